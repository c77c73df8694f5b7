"""A device that is managed from its server, as its operator does it: let in, told what to do, looked at, left alone."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.drills.installation import PROGRAM, Installation
from tests.acceptance.service import installed
from visavis.client.synchronous import Client
from visavis.wire.edge_health import CameraHealth
from visavis.wire.v1.agents import AgentEntry
from visavis.wire.v1.galleries import PolicyChange

pytestmark = [pytest.mark.models, pytest.mark.postgres]

PATIENCE_S = 120.0

OWN = """
state = "{state}"
[server]
url = "{url}"
[[hooks]]
command = ["/bin/sh", "-c", "cat >> {seen}"]
"""
TOLD = """
gallery = "staff"
split = "match"
pack = "{pack}"
[copy]
every_s = 1.0
[tracking]
report_every_s = 0.5
[[cameras]]
id = "door-1"
reader = "folder"
address = "{frames}"
rate = 4.0
repeat = true
[cameras.motion]
enabled = false
"""


def until(what: str, look: Callable[[], Any]) -> Any:
    """What is looked for, when it is there."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"{what} did not come about")


class Device:
    """A folder of its own, and the program in it."""

    def __init__(self, folder: Path, place: Installation) -> None:
        self.folder, self.place = folder, place
        self.state, self.seen = folder / "state", folder / "decisions"
        self.config = folder / "own.toml"
        self.config.write_text(OWN.format(state=self.state, url=place.url, seen=self.seen))

    @property
    def environment(self) -> dict[str, str]:
        """It knows no database; its models are those of the machine."""
        mine = {"VISAVIS_DATA_DIR": str(self.folder / "none"), "VISAVIS_MODELS__PACK": "light"}
        return {k: v for k, v in os.environ.items() if k != "VISAVIS_API_KEY"} | mine

    def visavis(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, "edge", *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=120,
            check=False,
        )

    @contextmanager
    def working(self) -> Iterator["subprocess.Popen[bytes]"]:
        log = (self.folder / "log").open("ab")
        process = subprocess.Popen(
            [PROGRAM, "edge", "--config", self.config], env=self.environment, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)
            log.close()

    def decisions(self) -> list[dict[str, Any]]:
        text = self.seen.read_text() if self.seen.exists() else ""
        return [json.loads(line) for line in text.replace("}{", "}\n{").splitlines()]


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    with installed(AGENTS__POLL_S="0.5") as one:
        one.up()
        yield one


@pytest.fixture
def device(place: Installation, tmp_path: Path) -> Device:
    return Device(tmp_path, place)


@pytest.fixture(scope="module")
def admin(place: Installation) -> Iterator[Client]:
    with Client(place.url, place.api_key("admin")) as client:
        yield client


def gate(admin: Client) -> AgentEntry:
    (found,) = admin.agents.list()
    return found


def cameras(admin: Client) -> list[CameraHealth]:
    report = gate(admin).report
    return list(report.health.cameras) if report else []


def told(folder: Path, pack: str) -> str:
    file = folder / f"{pack}.toml"
    file.write_text(TOLD.format(pack=pack, frames=folder / "frames"))
    return str(file)


def test_a_device_is_let_in_told_what_to_do_and_decides_while_the_server_is_away(
    place: Installation, device: Device, admin: Client, portraits: Path
) -> None:
    admin.galleries.create("staff", policy=PolicyChange(copies=True))
    admin.enrol("staff", "ada", portraits / "obama.jpg", portraits / "obama2.jpg")
    (device.folder / "frames").mkdir()
    for number in range(8):
        shutil.copy(portraits / "obama3.jpg", device.folder / "frames" / f"{number}.jpg")

    invited = place.visavis("agents", "invite", "gate", "--gallery", "staff", "--json")
    token = json.loads(invited)["invitation"]["token"]
    enrolled = device.visavis("--enrol", token, "--config", str(device.config), "--json")
    assert enrolled.returncode == 0, enrolled.stderr
    assert (device.state / "api-key").stat().st_mode & 0o777 == 0o600

    place.visavis("agents", "configure", "gate", told(device.folder, "light"))
    with device.working():
        until("the first configuration", lambda: gate(admin).applied == 1)
        until("a camera", lambda: [one for one in cameras(admin) if one.connected])
        place.visavis("agents", "configure", "gate", told(device.folder, "no-such-pack"))
        until("the failure", lambda: gate(admin).failed == 2)
        bad = gate(admin)
        assert (bad.applied, bad.desired) == (1, 2)
        assert "no-such-pack" in bad.failure
        assert cameras(admin)[0].connected
        admin.agents.roll_back(bad.id)
        until("the rollback", lambda: (gate(admin).applied, gate(admin).failed) == (3, 0))
        until("a copy", lambda: (report := gate(admin).report) and report.copies)

    place.down()
    device.seen.unlink(missing_ok=True)
    with device.working():
        made = until("a decision", lambda: [d for d in device.decisions() if d["outcome"] == "match"])
    assert {one["by"] for one in made} == {"device"}
    assert token not in (device.folder / "log").read_text()

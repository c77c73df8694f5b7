"""Cameras, an agent and a server, as they are used, and what happens to them. The camera speaks RTSP, the faces are
real, and who passes when is known.

VISAVIS_TEST_EDGE_S: how long the agent watches; the drill (ops/drills/edge.py) has more to choose from.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.drills.edge import GALLERY, Drill, Times, report
from ops.drills.installation import PROGRAM, Installation, free_port
from ops.drills.rtsp_server import why_not
from ops.drills.scene import Scene, people_of
from tests.acceptance.service import FACES, installed
from visavis.bootstrap.models import Models
from visavis.client.resources.events import Wanted
from visavis.client.synchronous import Client
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.edge_health import AgentHealth
from visavis.wire.v1.events import EventNote

pytestmark = [pytest.mark.models, pytest.mark.postgres, pytest.mark.data, pytest.mark.enable_socket]

WATCHED_S = float(os.environ.get("VISAVIS_TEST_EDGE_S", "22"))
BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A server whose gallery knows everybody in the scene, the pictures of the scene, and a key for agents."""

    place: Installation
    drill: Drill
    key: str
    pictures: Path
    grpc_port: int

    def events(self, source: str) -> list[EventNote]:
        with Client(self.place.url, self.key) as client:
            return list(client.events.list(Wanted(gallery=GALLERY, source=source)))


@pytest.fixture(scope="module")
def site(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not FACES.is_dir():
        pytest.skip("the development photographs are not there")
    folder = tmp_path_factory.mktemp("edge")
    grpc_port = free_port()
    with installed(SERVER__GRPC_PORT=str(grpc_port)) as place:
        place.up()
        scene = Scene(people=people_of(FACES, 6))
        drill = Drill(place=place, folder=folder, scene=scene, times=Times(seconds=WATCHED_S))
        key = drill.prepare()
        pictures = scene.render(folder / "scene")
        yield Site(place=place, drill=drill, key=key, pictures=pictures, grpc_port=grpc_port)


def test_every_track_is_in_the_log_exactly_once_whatever_happens(site: Site) -> None:
    if why_not():
        pytest.skip(why_not())
    outcome = replace(site.drill)(site.key)
    assert outcome.wrong == [], report(outcome)
    assert len(outcome.expected) >= 2
    assert max(outcome.reconnects_s) <= 5.0


def agent(
    site: Site, folder: Path, *arguments: str, split: str, more: str = "", name: str = "", way: str = "json"
) -> "subprocess.CompletedProcess[str]":
    config = folder / "camera.toml"
    config.write_text(
        f'gallery = "{GALLERY}"\npack = "light"\nsplit = "{split}"\nstate = "state"\n'
        f'[server]\nurl = "{site.place.url}"\ntransport = "{way}"\n'
        f'grpc_url = "http://127.0.0.1:{site.grpc_port}"\n'
        f'[[cameras]]\nid = "{name or split}-1"\nreader = "folder"\naddress = "{site.pictures}"\n'
        f'zone = "lobby"\nrate = 10.0\nas_fast_as_possible = true\n{more}'
    )
    return subprocess.run(
        [PROGRAM, "edge", "--config", str(config), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"VISAVIS_API_KEY": site.key},
    )


@pytest.mark.parametrize("split", ["crops", "templates"])
def test_a_recording_is_reported_with_its_own_times(site: Site, tmp_path: Path, split: str) -> None:
    done = agent(site, tmp_path, "--once", split=split, more=f'started_at = "{BEGIN.isoformat()}"\n')
    assert done.returncode == 0, done.stderr
    found = sorted(site.events(f"{split}-1"), key=lambda one: one.captured_at)
    visits = site.drill.scene.visits
    assert [(one.subject, one.outcome) for one in found] == [(one.person, "match") for one in visits]
    for event, visit in zip(found, visits, strict=True):
        assert abs(event.captured_at - BEGIN - timedelta(seconds=visit.begin_s)) < timedelta(seconds=0.3)
        assert event.seen_until is not None
        assert abs(event.seen_until - BEGIN - timedelta(seconds=visit.end_s)) < timedelta(seconds=0.3)
        assert event.frames > 15
    health = AgentHealth.model_validate_json(agent(site, tmp_path, "--status", "--json", split=split).stdout)
    assert health.cameras[0].tracks == len(visits)
    assert not any(one.person in done.stderr for one in visits)


@pytest.mark.parametrize("way", ["form", "grpc"])
def test_crops_arrive_in_every_way_and_no_track_twice(site: Site, tmp_path: Path, way: str) -> None:
    """JSON is what the test before this one uses. The agent ends with 0 only if nothing waits any more."""
    first = agent(site, tmp_path, "--once", split="crops", name=way, way=way)
    assert first.returncode == 0, first.stderr
    found = sorted(site.events(f"{way}-1"), key=lambda one: one.captured_at)
    visits = site.drill.scene.visits
    assert [(one.subject, one.outcome) for one in found] == [(one.person, "match") for one in visits]
    assert len({one.track for one in found}) == len(visits)
    health = AgentHealth.model_validate_json(
        agent(site, tmp_path, "--status", "--json", split="crops").stdout
    )
    assert (health.spool.refused, health.spool.dropped) == (0, 0)


def test_hooks_hear_what_the_server_decides(site: Site, tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = f"import sys; open({str(told)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n')"
    hook = f"[[hooks]]\ncommand = {json.dumps([sys.executable, '-c', program])}\ntimeout_s = 30.0\n"
    assert agent(site, tmp_path, "--once", split="templates", more=hook).returncode == 0
    heard = [EdgeDecisionDocument.model_validate_json(line) for line in told.read_bytes().splitlines()]
    assert [one.subject for one in heard if one.outcome == "match"] == [
        one.person for one in site.drill.scene.visits
    ]
    assert {one.by for one in heard} == {"server"}


def test_a_check_says_what_does_not_work(site: Site, tmp_path: Path) -> None:
    lost = '[[cameras]]\nid = "lost"\nreader = "rtsp"\naddress = "rtsp://ada:s3cret@127.0.0.1:1/x"\n'
    done = agent(site, tmp_path, "--check", "--json", split="templates", more=lost)
    assert done.returncode == 8, done.stderr
    found = json.loads(done.stdout)
    assert found["server"] == {"good": True, "problem": ""}
    assert [one["good"] for one in found["cameras"]] == [True, False]
    assert found["cameras"][1]["problem"]
    assert "s3cret" not in done.stdout + done.stderr

"""A device that watches cameras, which here are a film that is shown again and again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from ops.drills.installation import PROGRAM

_PATIENCE_S: Final = 60.0  #: until the first pictures are there


@contextmanager
def watching(http: httpx.Client, url: str, film: Path, folder: Path) -> Iterator[None]:
    """An agent is let in at `url` and told to watch `film` as two cameras. `folder` is where it keeps its state.

    Without the film nothing is watched.
    """
    if not film.exists():
        yield
        return
    config = folder / "agent.toml"
    config.write_text(f'state = "{folder / "state"}"\n[server]\nurl = "{url}"\n')
    invited = http.post("/v1/agents/invitations", json={"name": "front building", "galleries": ["staff"]})
    invited.raise_for_status()
    enrol = [PROGRAM, "edge", "--config", config, "--enrol", invited.json()["token"]]
    subprocess.run(enrol, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    (agent,) = http.get("/v1/agents").json()["agents"]
    cameras = [
        {"id": name, "reader": "file", "address": str(film), "site": "berlin", "zone": zone, "repeat": True}
        | {"snapshots": "full", "rate": 2, "snapshot_every_s": 5, "direction": direction}
        for name, zone, direction in (("entrance", "lobby", "entry"), ("hall", "hall", "passing"))
    ]
    told = {"gallery": "staff", "split": "crops", "cameras": cameras}
    http.put(f"/v1/agents/{agent['id']}/configuration", json=told).raise_for_status()
    process = subprocess.Popen(
        [PROGRAM, "edge", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until_seen(http)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_seen(http: httpx.Client) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and len(http.get("/v1/snapshots").json()["snapshots"]) < 2:
        time.sleep(1)

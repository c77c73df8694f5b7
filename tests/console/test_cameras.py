"""Cameras, agents and the live view as a browser gets them."""

import base64
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from tests.api.outposts import Device, client_of, enrolled
from tests.api.test_snapshots import picture
from tests.console.conftest import Desk
from visavis.console.camera_views import CameraView
from visavis.domain.access import Role
from visavis.wire.edge import CameraConfig, Workload
from visavis.wire.v1.agents import AgentDetail
from visavis.wire.v1.camera_pictures import SnapshotReport

pytestmark = pytest.mark.anyio
PATHS = ("/cameras", "/cameras/agents", "/live")


async def told(desk: Desk, folder: Path, **more: object) -> tuple[Device, AgentDetail]:
    """An agent with a camera."""
    platform = desk.service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    device = await enrolled(desk.service, folder, name="lobby <agent>")
    given = {
        "id": "door-1",
        "reader": "rtsp",
        "address": "rtsp://viewer:hidden@cam/1",
        "snapshots": "blurred",
    }
    camera = CameraConfig.model_validate(given | more)
    async with client_of(desk.service, await desk.service.key()) as admin:
        (agent,) = [one async for one in admin.agents.list()]
        return device, await admin.agents.configure(agent.id, Workload(gallery="staff", cameras=(camera,)))


async def test_empty_pages_teach_what_to_do(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        assert "Invite an agent" in (await owner.get("/cameras")).text
        assert "Invite an agent" in (await owner.get("/cameras/agents")).text
        assert "no agent is there yet" in (await owner.get("/cameras/new")).text
        assert "No camera is watched yet" in (await owner.get("/live")).text


async def test_a_camera_its_place_and_its_agent(desk: Desk, tmp_path: Path) -> None:
    device, agent = await told(desk, tmp_path, region=[[[0.1, 0.2], [0.9, 0.2], [0.9, 1.0]]])
    async with desk.browser(Role.OWNER) as owner:
        listed = (await owner.get("/cameras")).text
        assert "being set up" in listed
        assert "No picture at the moment" in listed
        one = (await owner.get("/cameras/at/door-1")).text
        assert "rtsp://***@cam/1" in one
        assert "hidden@" not in one
        assert "[[[0.1, 0.2]" in unescape(one)
        shown = (await owner.get(f"/cameras/agents/{agent.id}")).text
        assert "lobby <agent>" not in shown
        assert "lobby <agent>" in unescape(shown)
        assert "on its way" in shown
        await owner.post("/v1/cameras", json={"name": "door-1", "site": "<b>HQ</b>", "direction": "entry"})
        assert "<b>HQ" not in (await owner.get("/cameras")).text
        assert (await owner.get("/cameras/at/none")).status_code == 404
        async with client_of(desk.service, device.key) as mine:
            report = SnapshotReport(content=picture(), at=datetime.now(UTC), blurred=True)
            await mine.cameras.keep_snapshot("door-1", report)
        for path in ("/live", "/cameras", "/cameras/at/door-1"):
            assert '<img src="/v1/cameras/door-1/snapshot' in (await owner.get(path)).text
        got = await owner.get("/v1/cameras/door-1/snapshot")
        assert got.content == base64.b64decode(picture())


async def test_who_only_looks_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    _, agent = await told(desk, tmp_path)
    async with desk.browser(Role.AUDITOR) as auditor:
        for path in (*PATHS, "/cameras/at/door-1", f"/cameras/agents/{agent.id}"):
            page = (await auditor.get(path)).text
            for word in (
                "Add a camera",
                "Revoke",
                "Remove this",
                "Save",
                "rtsp://viewer",
                "Invite an agent<",
            ):
                assert word not in page, path
        refused = await auditor.get("/cameras/new")
        assert refused.status_code == 403
        assert "another role" in refused.text


def test_states_are_words() -> None:
    assert CameraView(name="x").state == ("no agent", "")
    assert not CameraView(name="x").problem

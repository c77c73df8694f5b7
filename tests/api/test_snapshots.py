"""What cameras see over REST: tried, and shown."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.api.outposts import client_of, enrolled
from tests.api.serving import Served
from visavis.domain.access import Permission, Role
from visavis.domain.errors import NotPermitted, SnapshotNotFound, VisavisError
from visavis.wire.edge import CameraConfig, Workload
from visavis.wire.v1.camera_pictures import SnapshotReport

pytestmark = pytest.mark.anyio


def picture(width: int = 64, height: int = 48) -> str:
    content = cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()
    return base64.b64encode(content).decode()


def report(*, blurred: bool = True, at: datetime | None = None) -> SnapshotReport:
    return SnapshotReport(content=picture(), at=at or datetime.now(UTC), blurred=blurred)


def cameras(**modes: str) -> Workload:
    made = [
        CameraConfig.model_validate(
            {"id": name, "reader": "mjpeg", "address": "http://u:hidden@cam/", "snapshots": mode}
        )
        for name, mode in modes.items()
    ]
    return Workload(gallery="staff", cameras=tuple(made))


async def test_an_agent_shows_its_own_cameras_as_it_is_told(service: Served, tmp_path: Path) -> None:
    platform = service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    device = await enrolled(service, tmp_path)
    async with client_of(service, await service.key()) as admin, client_of(service, device.key) as agent:
        (found,) = [one async for one in admin.agents.list()]
        await admin.agents.configure(found.id, cameras(lobby="blurred", yard="full", safe="off"))
        assert (await agent.cameras.keep_snapshot("lobby", report())).newest
        assert (await agent.cameras.keep_snapshot("yard", report(blurred=False))).newest
        for name, blurred in (("lobby", False), ("safe", True), ("elsewhere", True)):
            with pytest.raises(NotPermitted):
                await agent.cameras.keep_snapshot(name, report(blurred=blurred))
        heads = (await admin.cameras.snapshots()).snapshots
        assert [(one.camera, one.gallery, one.blurred) for one in heads] == [
            ("lobby", "staff", True),
            ("yard", "staff", False),
        ]
        assert await admin.cameras.snapshot("lobby") == base64.b64decode(picture())
        with pytest.raises(NotPermitted):
            await agent.cameras.snapshots()
        with pytest.raises(SnapshotNotFound) as missing:
            await admin.cameras.snapshot("safe")
        assert "snapshots" in missing.value.advice


async def test_who_may_use_other_galleries_sees_nothing(service: Served) -> None:
    platform = service.platform()
    for name in ("staff", "doors"):
        await platform.create(name, pack=platform.models.pack("standard"))
    reporting = frozenset({Permission.TRACKS_REPORT})
    sender = await service.key(reporting, galleries=frozenset({"staff"}))
    theirs = await service.key(Role.AUDITOR, galleries=frozenset({"doors"}))
    async with client_of(service, sender) as gate, client_of(service, theirs) as auditor:
        sent = report().model_copy(update={"gallery": "staff"})
        assert (await gate.cameras.keep_snapshot("lobby", sent)).newest
        with pytest.raises(NotPermitted):
            await gate.cameras.keep_snapshot("lobby", sent.model_copy(update={"gallery": "doors"}))
        assert not (await auditor.cameras.snapshots()).snapshots
        with pytest.raises(SnapshotNotFound):
            await auditor.cameras.snapshot("lobby")


async def test_only_small_jpeg_pictures_and_only_newer_ones(service: Served) -> None:
    async with client_of(service, await service.key()) as client:
        assert (await client.cameras.keep_snapshot("lobby", report())).newest
        older = report(at=datetime.now(UTC) - timedelta(minutes=1))
        assert not (await client.cameras.keep_snapshot("lobby", older)).newest
        await client.cameras.create("lobby")
        await client.cameras.remove("lobby")
        with pytest.raises(SnapshotNotFound):
            await client.cameras.snapshot("lobby")
    async with service.client(await service.key()) as plain:
        now = datetime.now(UTC).isoformat()
        wrong = [picture(700, 100), "bm8gcGljdHVyZQ==", "ü€ü€", base64.b64encode(b"\xff\xd8\xff").decode()]
        for content in wrong:
            answer = await plain.put("/v1/cameras/lobby/snapshot", json={"content": content, "at": now})
            assert answer.status_code == 422
        shown = await plain.put("/v1/cameras/lobby/snapshot", json={"content": picture(), "at": now})
        assert shown.status_code == 200
        got = await plain.get("/v1/cameras/lobby/snapshot")
        assert (got.headers["content-type"], got.headers["cache-control"]) == ("image/jpeg", "no-store")


async def test_trials_are_for_managers_and_for_their_networks(service: Served) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["169.254.169.254"]

    service.service.trials.resolve_host = resolve
    async with client_of(service, await service.key(Role.OPERATOR)) as operator:
        with pytest.raises(NotPermitted):
            await operator.cameras.try_address("http://cam.example/")
    async with client_of(service, await service.key()) as owner:
        for address in ("http://u:hidden@cam.example/", "file:///etc/passwd"):
            with pytest.raises(VisavisError) as refused:
                await owner.cameras.try_address(address)
            assert "hidden" not in str(refused.value)
    async with service.client(await service.key()) as plain:
        entries = (await plain.get("/v1/audit", params={"action": "camera.tried"})).json()["entries"]
        assert entries
        assert "hidden" not in str(entries)
        assert "***@cam.example" in str(entries)

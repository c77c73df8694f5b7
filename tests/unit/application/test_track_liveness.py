"""Which tracks a detector looks at, and what it means when it cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest

from tests.contract.making import TENANT, a_gallery, a_template
from tests.unit.edge.fakes import Script, Somebody, captured
from visavis.adapters.memory.store import MemoryStore
from visavis.application.tracks.liveness import CheckLiveness
from visavis.application.tracks.reported import ReportedShot, ReportedTrack
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.attendance import AttendancePlan
from visavis.domain.door import AccessRule, Door, DoorCamera, DoorId
from visavis.domain.errors import ModelDown, VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, AttackThreshold, LivePolicy, found_in
from visavis.domain.sample import Sample

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Detector:
    """A score for each sample, by the value of its pixels."""

    scores: dict[int, float | None]
    looked: list[int] = field(default_factory=list)
    error: VisavisError | None = None
    name: str = "pad"
    threshold: AttackThreshold | None = None

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        assert picture is None
        if self.error is not None:
            raise self.error
        seen = [int(one.chip[5, 5, 0]) for one in samples]
        self.looked += seen
        scores = [self.scores[one] for one in seen]
        return [None if one is None else AttackFinding(score=one, detector="pad") for one in scores]


def sample(value: int) -> Sample:
    scene = captured(0.0)
    script = Script({0.0: [Somebody(who=value, x=10.0)]})
    found = script.sample(scene.frame, script.faces(scene.frame)[0])
    assert found is not None
    return replace(found, chip=np.full((112, 112, 3), value, np.uint8))


def track(*values: int, camera: str = "in-1") -> SeenTrack:
    reported = ReportedTrack(
        track=uuid4(),
        camera=camera,
        first_at=NOW,
        last_at=NOW,
        frames=3,
        ended=True,
        shots=(ReportedShot(at=NOW, crop=b"x"),),
    )
    return SeenTrack(
        reported=reported, probe=a_template(), shots=1, samples=tuple(sample(value) for value in values)
    )


async def shop(*, door: bool = False, plan: bool = False) -> tuple[MemoryStore, Gallery]:
    store, gallery = MemoryStore(), a_gallery()
    live = LivePolicy(require_live=True)
    async with store.transaction(TENANT) as work:
        await work.galleries.add(gallery)
        if door:
            await work.doors.put(
                Door(
                    id=DoorId(uuid4()),
                    name="front",
                    gallery_id=gallery.id,
                    gallery=gallery.name,
                    created_at=NOW,
                    cameras=(DoorCamera(name="in-1"),),
                    rules=(AccessRule(name="everybody"),),
                    live=live,
                )
            )
        if plan:
            await work.attendance.set_plan(AttendancePlan(gallery_id=gallery.id, zone="UTC", live=live))
    return store, gallery


async def found(
    store: MemoryStore, gallery: Gallery, detector: Detector, *tracks: SeenTrack
) -> list[tuple[str, ...]]:
    check = CheckLiveness(store=store, tenant=TENANT, attack=detector)
    error = ModelDown()
    *kept, last = await check(gallery, [*tracks, error])
    assert last is error
    return [one.liveness for one in kept if isinstance(one, SeenTrack)]


async def test_only_cameras_of_doors_that_ask_are_looked_at() -> None:
    detector = Detector({1: 0.1, 2: 0.2, 3: 0.9, 7: 0.0})
    store, gallery = await shop(door=True)
    near, far = await found(store, gallery, detector, track(1, 3, 2), track(7, camera="yard"))
    assert found_in(near) == AttackFinding(score=0.9, detector="pad"), "the most suspicious shot"
    assert far == ()
    assert detector.looked == [1, 3, 2]


async def test_nobody_asks() -> None:
    detector = Detector({1: 0.1})
    store, gallery = await shop()
    assert await found(store, gallery, detector, track(1)) == [()]
    assert detector.looked == []


async def test_a_gallery_whose_attendance_must_be_live_asks_of_all_its_cameras() -> None:
    store, gallery = await shop(plan=True)
    (told,) = await found(store, gallery, Detector({1: 0.1}), track(1, camera="yard"))
    assert found_in(told) == AttackFinding(score=0.1, detector="pad")


@pytest.mark.parametrize("why", ["templates only", "one cannot be told", "the model is down"])
async def test_what_cannot_be_told_is_said_so(why: str) -> None:
    store, gallery = await shop(door=True)
    detector = Detector({1: 0.0, 2: None}, error=ModelDown() if why == "the model is down" else None)
    shown = {"templates only": track(), "one cannot be told": track(1, 2), "the model is down": track(1)}
    assert await found(store, gallery, detector, shown[why]) == [("liveness_unavailable",)]

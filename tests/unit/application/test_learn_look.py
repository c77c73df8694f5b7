"""A visitor who is recognised for certain is remembered in another light, too; nobody else is."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import MODEL, features
from visavis.application.kit import Kit
from visavis.application.record_track import RecordTrack
from visavis.application.remember import Remember
from visavis.application.tracks.learning import LearnLook
from visavis.application.tracks.reported import RecordedTrack, ReportedShot, ReportedTrack
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.decision import Outcome
from visavis.domain.gallery import Gallery, Purpose, usual_policy
from visavis.domain.liveness import AttackFinding, Doubt
from visavis.domain.subject import DEFAULT_TENANT, SubjectId
from visavis.domain.template import Template


class Camera:
    """Reports tracks to a gallery of visitors."""

    def __init__(self, bench: Bench, **policy: Any) -> None:
        self.bench = bench
        usual = replace(usual_policy(Purpose.VISITORS), band=1.0, **policy)
        self.gallery: Gallery = bench.run(
            bench.galleries.create("shop", purpose=Purpose.VISITORS, pack="words", model=MODEL, policy=usual)
        )
        self.record = RecordTrack(
            store=bench.store,
            tenant=DEFAULT_TENANT,
            record=bench.record,
            remember=Remember(maker=bench.enrol.maker, ledger=bench.enrol.ledger),
        )

    def sees(
        self,
        name: str,
        look: int,
        *,
        noise: float = 0.6,
        quality: float = 80.0,
        ended: bool = True,
        track: int = 0,
    ) -> RecordedTrack:
        bench = self.bench
        bench.clock.turn(minutes=1)
        template = Template.of(features(name, noise, look), MODEL, quality=quality)
        at = bench.clock.now()
        report = ReportedTrack(
            track=uuid.UUID(int=track) if track else uuid.uuid4(),
            camera="door",
            first_at=at,
            last_at=at + timedelta(seconds=3),
            frames=5,
            ended=ended,
            shots=(ReportedShot(at=at, template=template),),
        )
        inference: Any = bench.identify.inference
        kit = Kit(inference=inference, crops=None, identify=bench.identify, enrol=bench.enrol)  # type: ignore[arg-type]
        (answer,) = bench.run(self.record(kit, self.gallery, [report]))
        assert isinstance(answer, RecordedTrack)
        return answer

    def references(self, subject_id: SubjectId | None) -> int:
        async def count() -> int:
            assert subject_id is not None
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                return len((await work.references.of_subjects(self.gallery.id, [subject_id]))[subject_id])

        found: int = self.bench.run(count())
        return found


@pytest.fixture
def camera(bench: Bench) -> Camera:
    return Camera(bench)


def test_a_look_in_another_light_is_kept_up_to_the_limit(bench: Bench) -> None:
    camera = Camera(bench, max_references=3)
    new = camera.sees("ada", 1)
    assert (new.remembered, camera.references(new.subject_id)) == (True, 1)
    for look, expected in ((2, 2), (3, 3), (4, 3)):
        again = camera.sees("ada", look)
        assert (again.outcome, again.subject_id) == (Outcome.MATCH, new.subject_id)
        assert camera.references(new.subject_id) == expected


def test_what_shows_nothing_new_is_poor_or_told_again_is_not_kept(camera: Camera) -> None:
    new = camera.sees("ada", 1)
    assert camera.sees("ada", 1, noise=0.62).outcome is Outcome.MATCH  # the same again
    assert camera.references(new.subject_id) == 1
    assert camera.sees("ada", 2, quality=10.0).outcome is Outcome.MATCH
    assert camera.references(new.subject_id) == 1
    assert camera.sees("ada", 3, ended=False, track=7).outcome is Outcome.MATCH
    assert camera.references(new.subject_id) == 1
    assert camera.sees("ada", 4).subject_id == new.subject_id
    assert camera.references(new.subject_id) == 2
    assert camera.sees("ada", 5, noise=0.9, track=8).subject_id == new.subject_id
    assert camera.sees("ada", 6, noise=0.9, track=8).subject_id == new.subject_id
    assert camera.references(new.subject_id) == 3


def test_looks_that_are_too_poor_are_not_compared(camera: Camera) -> None:
    camera.sees("ada", 1)
    assert camera.sees("ada", 1, quality=3.0).outcome is None


def test_nothing_is_learned_of_a_presentation_that_is_doubted(camera: Camera) -> None:
    camera.sees("ada", 1)
    told = replace(camera.sees("ada", 2), score=0.5)
    learn = LearnLook(maker=camera.bench.enrol.maker, ledger=camera.bench.enrol.ledger)
    at = camera.bench.clock.now()
    shot = ReportedShot(at=at, template=Template.of(features("ada", 0.6, 2), MODEL))
    report = ReportedTrack(
        track=told.track, camera="door", first_at=at, last_at=at, frames=5, ended=True, shots=(shot,)
    )
    sure = SeenTrack(reported=report, probe=None, shots=1)
    assert learn.wants(camera.gallery, sure, told)
    doubt = Doubt(finding=AttackFinding(score=0.4, detector="pad"), threshold=0.5)
    assert not learn.wants(camera.gallery, replace(sure, doubt=doubt), told)

"""Presentations that a detector of attacks doubts: which wait for people, and what follows from their opinion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from tests.unit.application.test_beside import cases
from tests.unit.application.test_record_track import a_kit, a_track, record_track
from visavis.application.corrections.deny import DenySubject
from visavis.application.corrections.keeping import Keeping
from visavis.application.detection_log import DetectionLog
from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.reviews.decide import DecideReview
from visavis.application.tracks.liveness import CheckLiveness
from visavis.application.tracks.reported import RecordedTrack, ReportedTrack
from visavis.domain.access import Actor, ActorKind
from visavis.domain.decision import Outcome
from visavis.domain.door import AccessRule, Door, DoorCamera, DoorId
from visavis.domain.errors import ReviewConflict
from visavis.domain.event import Event, EventId
from visavis.domain.liveness import AttackFinding, AttackThreshold, Doubt, LivePolicy
from visavis.domain.review import ReviewCase, ReviewKind, ReviewState
from visavis.domain.sample import Sample
from visavis.domain.subject import DEFAULT_TENANT

CLEAR, VAGUE = picture("ada", noise=0.1, seed=3), picture("ada", noise=1.0, seed=3)
THRESHOLD = AttackThreshold(value=0.5, detector="pad", data="lab", apcer=0.02, bpcer=0.01)


@dataclass
class Detector:
    """Says of everybody what it is told to."""

    score: float = 0.0
    name: str = "pad"
    threshold: AttackThreshold | None = THRESHOLD

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        return [AttackFinding(score=self.score, detector="pad", instrument="print")] * len(samples)


@pytest.fixture
def door(bench: Bench) -> Bench:
    """Ada is known, sure is only what is very sure, and a door wants live people."""
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    bench.policy(fpir=1e-9, fmr=1e-9, band=1000)

    async def build() -> None:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            await work.doors.put(
                Door(
                    id=DoorId(uuid4()),
                    name="front",
                    gallery_id=bench.gallery.id,
                    gallery=bench.gallery.name,
                    created_at=bench.clock.now(),
                    cameras=(DoorCamera(name="door"),),
                    rules=(AccessRule(name="everybody"),),
                    live=LivePolicy(require_live=True),
                )
            )

    bench.run(build())
    return bench


def passed(bench: Bench, track: ReportedTrack, score: float, **changes: object) -> RecordedTrack:
    detector = replace(Detector(score=score), **changes)  # type: ignore[arg-type]  # fields of a fake
    check = CheckLiveness(store=bench.store, tenant=DEFAULT_TENANT, attack=detector)
    use = replace(record_track(bench), liveness=check)
    (found,) = bench.run(use(a_kit(bench), bench.gallery, [track]))
    assert isinstance(found, RecordedTrack)
    return found


def line(bench: Bench, event_id: EventId | None) -> Event:
    async def get() -> Event:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            assert event_id is not None
            return await work.events.get(event_id)

    found: Event = bench.run(get())
    return found


@pytest.mark.parametrize(("score", "waits"), [(0.0, False), (0.24, False), (0.25, True), (0.9, True)])
def test_a_doubtful_presentation_of_somebody_waits_for_people(door: Bench, score: float, waits: bool) -> None:
    told = passed(door, a_track(door, CLEAR), score)
    assert told.outcome is Outcome.MATCH
    found = cases(door)
    assert len(found) == waits
    for case in found:
        assert (case.event_id, case.kind, case.candidate) == (
            told.event_id,
            ReviewKind.LIVENESS,
            told.subject_id,
        )
        assert case.doubt == Doubt(
            finding=AttackFinding(score=score, detector="pad", instrument="print"), threshold=0.5
        )
        assert case.doubt.suspected == (score >= 0.5)
        assert case.reference_id is not None


def test_nobody_waits_where_nobody_could_tell_or_nobody_is_shown(door: Bench) -> None:
    passed(door, a_track(door, CLEAR), 0.9, threshold=None)
    passed(door, a_track(door, CLEAR), 0.9, threshold=replace(THRESHOLD, detector="another"))
    passed(door, a_track(door, picture("bob")), 0.9)
    door.policy(event_days=0)
    passed(door, a_track(door, CLEAR), 0.9)
    assert cases(door) == []


@pytest.mark.parametrize("scores", [(0.9, 0.0), (0.0, 0.9), (0.9, 0.3)])
def test_the_worst_that_was_found_of_a_track_stays_when_it_becomes_sure(
    door: Bench, scores: tuple[float, float]
) -> None:
    track = a_track(door, VAGUE, ended=False)
    vague = passed(door, track, scores[0])
    assert vague.outcome is Outcome.INCONCLUSIVE
    (before,) = cases(door)
    assert before.kind is (ReviewKind.LIVENESS if scores[0] else ReviewKind.IDENTIFICATION)
    assert before.candidate is not None, "whom it resembles"
    sure = passed(door, replace(track, shots=a_track(door, CLEAR).shots, ended=True), scores[1])
    assert (sure.event_id, sure.outcome) == (vague.event_id, Outcome.MATCH)
    (case,) = cases(door)
    assert (case.kind, case.candidate, case.opened_at) == (
        ReviewKind.LIVENESS,
        sure.subject_id,
        before.opened_at,
    )
    assert case.doubt is not None
    assert case.doubt.finding.score == 0.9


def test_a_doubt_that_comes_with_a_report_that_decides_nothing_counts(door: Bench) -> None:
    track = a_track(door, CLEAR, ended=False)
    passed(door, track, 0.0)
    assert cases(door) == []
    passed(door, replace(track, shots=a_track(door, VAGUE).shots, frames=20), 0.6)
    (case,) = cases(door)
    assert case.doubt is not None
    assert case.doubt.finding.score == 0.6


def deciding(bench: Bench, name: str) -> DecideReview:
    ledger = replace(bench.record.ledger, actor=Actor(kind=ActorKind.USER, id=name))
    keeping = Keeping(
        store=bench.store,
        tenant=DEFAULT_TENANT,
        ledger=ledger,
        clock=bench.clock,
        identifiers=bench.record.identifiers,
    )
    log = DetectionLog(
        store=bench.store, tenant=DEFAULT_TENANT, ledger=ledger, deny=DenySubject(keeping=keeping)
    )
    return DecideReview(store=bench.store, tenant=DEFAULT_TENANT, ledger=ledger, clock=bench.clock, log=log)


def taught(bench: Bench) -> int:
    async def count() -> int:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            return len(await work.corrections.page(CorrectionFilter()))

    found: int = bench.run(count())
    return found


def test_a_presentation_loses_its_name_and_teaches_nothing(door: Bench) -> None:
    told = passed(door, a_track(door, CLEAR), 0.9)
    assert told.event_id is not None
    one = deciding(door, "one")
    door.run(one(told.event_id, Outcome.NON_MATCH, reason="the edge of a screen"))
    found = line(door, told.event_id)
    assert (found.verdict, found.subject_id, taught(door)) == (Outcome.NON_MATCH, None, 0)
    door.run(one.withdraw(told.event_id))
    found = line(door, told.event_id)
    assert (found.verdict, found.subject_id) == (None, told.subject_id), "what the machine said stands again"
    door.run(one(told.event_id, Outcome.MATCH))
    found = line(door, told.event_id)
    assert (found.verdict, found.subject_id) == (Outcome.MATCH, told.subject_id)
    assert passed(door, a_track(door, CLEAR), 0.0).outcome is Outcome.MATCH, "Ada is still recognised"


def test_two_decide_about_it_where_the_policy_wants_two(door: Bench) -> None:
    door.policy(reviewers=2)
    told = passed(door, a_track(door, CLEAR), 0.9)
    assert told.event_id is not None
    one, two = deciding(door, "one"), deciding(door, "two")
    door.run(one(told.event_id, Outcome.NON_MATCH))
    with pytest.raises(ReviewConflict):
        door.run(one(told.event_id, Outcome.NON_MATCH))
    assert (cases(door)[0].state, line(door, told.event_id).verdict) == (ReviewState.WAITING, None)
    door.run(two(told.event_id, Outcome.NON_MATCH))
    (case,) = cases(door)
    assert (case.state, line(door, told.event_id).verdict) == (ReviewState.DECIDED, Outcome.NON_MATCH)
    passed(door, replace(a_track(door, CLEAR), track=told.track), 1.0)
    assert [one.state for one in cases(door)] == [ReviewState.DECIDED], "it is not opened again"
    kept: list[ReviewCase] = cases(door)
    assert kept[0].doubt is not None
    assert kept[0].doubt.finding.score == 0.9

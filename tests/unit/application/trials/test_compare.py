"""What two packs made of the same face, and what is counted of it."""

import uuid
from dataclasses import replace

import pytest

from tests.contract.making import START, TENANT, a_calibration, a_gallery, an_event
from tests.contract.store_trials import a_trial
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import SystemClock
from visavis.application.identify import Identification
from visavis.application.ledger import Ledger
from visavis.application.trials.compare import CountTrial, Observations, compared
from visavis.bootstrap.model_trials import TrialDesk
from visavis.domain.access import SYSTEM
from visavis.domain.audit import Action
from visavis.domain.decision import Candidate, CandidateList, ComparisonScore, Decision, Measure, Outcome
from visavis.domain.errors import ModelDown
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.trial import Agreement, Comparison, TrialLimits, TrialState

pytestmark = pytest.mark.anyio
ADA, BOB = SubjectId(uuid.UUID(int=1)), SubjectId(uuid.UUID(int=2))
CALIBRATION = a_calibration()


def one(outcome: Outcome, subject: SubjectId | None = None) -> Identification:
    score = ComparisonScore(value=0.5, measure=Measure.COSINE)
    best = Candidate(
        subject_id=subject or ADA, name="x", score=score, fmr=CALIBRATION.fmr_at(0.5), reference_id=None
    )
    threshold = CALIBRATION.threshold_at(1e-3)
    return Identification(
        found=None,
        decision=Decision(outcome=outcome, score=score, fmr=None, threshold=threshold, policy="p"),
        candidates=CandidateList(candidates=(best,), searched=1, subjects=1),
        took_ms=3.0,
    )


NOBODY = Identification(found=None)


@pytest.mark.parametrize(
    ("ours", "theirs", "agreement"),
    [
        (one(Outcome.MATCH, ADA), one(Outcome.MATCH, ADA), Agreement.SAME),
        (one(Outcome.MATCH, ADA), one(Outcome.MATCH, BOB), Agreement.OTHER),
        (one(Outcome.MATCH, ADA), one(Outcome.INCONCLUSIVE, ADA), Agreement.ONLY_IN_FORCE),
        (one(Outcome.MATCH, ADA), NOBODY, Agreement.ONLY_IN_FORCE),
        (one(Outcome.NON_MATCH), one(Outcome.MATCH, ADA), Agreement.ONLY_CANDIDATE),
        (one(Outcome.NON_MATCH, ADA), one(Outcome.INCONCLUSIVE, BOB), Agreement.NEITHER),
    ],
)
async def test_classes(ours: Identification, theirs: Identification, agreement: Agreement) -> None:
    found = compared(ours, theirs)
    assert found.agreement is agreement
    assert found.in_force_score == 0.5
    assert found.in_force_ms == 3.0


def count(store: MemoryStore) -> CountTrial:
    ledger = Ledger(actor=SYSTEM, clock=SystemClock())
    return CountTrial(store=store, tenant=TENANT, ledger=ledger, clock=SystemClock())


async def test_a_canary_beyond_its_limits_goes_back_and_is_audited() -> None:
    store, gallery = MemoryStore(), a_gallery()
    limits = TrialLimits(least=4, disagreements=0.25)
    trial = replace(a_trial(gallery), state=TrialState.CANARY, limits=limits)
    event = an_event(gallery)
    async with store.transaction(TENANT) as work:
        await work.galleries.add(gallery)
        await work.events.add([event])
        await work.trials.keep(trial)
    same = (EventId(uuid.uuid4()), Comparison(agreement=Agreement.SAME))
    other = (event.id, Comparison(agreement=Agreement.ONLY_CANDIDATE, candidate_score=0.9))
    first = await count(store)(trial, Observations(comparisons=(same, same, other), skipped=1, dropped=2))
    assert first is not None
    assert (first.state, first.canary.compared, first.canary.skipped, first.canary.dropped) == (
        TrialState.CANARY,
        3,
        1,
        2,
    )
    second = await count(store)(trial, Observations(comparisons=(other,)))
    assert second is not None
    assert (second.state, second.notice) == (TrialState.SHADOW, "disagreements: 2 of 4 comparisons")
    async with store.transaction(TENANT) as work:
        (entry,) = await work.audit.page(limit=9)
        assert entry.record.action is Action.TRIAL_ROLLED_BACK
        assert [one.event_id for one in await work.trials.disagreements(second)] == [event.id]
        await work.trials.remove(gallery.id)
    assert await count(store)(second, Observations(errors=1)) is None
    assert START < second.changed_at


async def test_what_does_not_fit_into_the_line_is_dropped_and_counted() -> None:
    desk, done = TrialDesk(enabled=True), []
    key = (TENANT, GalleryId(uuid.uuid4()))

    async def errand() -> None:
        done.append(1)
        if len(done) == 1:
            raise ModelDown

    for _ in range(70):
        desk.offer(key, errand)
    await desk.drained()
    assert len(done) == 64
    assert (desk.take_dropped(key), desk.take_dropped(key)) == (6, 0)
    desk.offer(key, errand)
    await desk.aclose()
    assert len(done) == 64

"""Corrections that are remembered: the use cases over memory."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import calibration, picture
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.corrections.assign import Assignment, AssignSubject
from visavis.application.corrections.deny import DenySubject
from visavis.application.corrections.keeping import Keeping
from visavis.application.corrections.merge import MergeSubjects
from visavis.application.corrections.overview import CorrectionOverview
from visavis.application.corrections.split import SplitSubject
from visavis.application.corrections.undo import UndoCorrection
from visavis.application.detection_log import DetectionLog
from visavis.application.identify import Identification
from visavis.application.ports.corrections import CorrectionFilter
from visavis.domain.access import SYSTEM
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionKind, is_denied
from visavis.domain.decision import Outcome
from visavis.domain.errors import (
    ConfirmationMissing,
    ConsentMissing,
    CorrectionConflict,
    CorrectionNotFound,
    QualityTooLow,
    ReferenceNotFound,
    SubjectNotFound,
    ValueInvalid,
    VisavisError,
    WrongSubject,
)
from visavis.domain.event import Event, EventId
from visavis.domain.policy import DENIED_BEFORE, Keep
from visavis.domain.subject import DEFAULT_TENANT, ReferenceId, SubjectId, SubjectKind

TWIN = "ada+twin"  #: somebody who looks so much like Ada that the gallery takes her for Ada


@dataclass
class Desk:
    """The corrections of a bench."""

    bench: Bench
    keeping: Keeping

    @classmethod
    def over(cls, bench: Bench) -> "Desk":
        ledger = bench.enrol.ledger
        keeping = Keeping(
            store=bench.store,
            tenant=DEFAULT_TENANT,
            ledger=ledger,
            clock=bench.clock,
            identifiers=RandomIdentifiers(),
        )
        return cls(bench=bench, keeping=keeping)

    def deny(self, event: Event, **more: Any) -> Correction:
        return self.done(DenySubject(keeping=self.keeping)(event.id, **more))

    def assign(self, event: Event, subject: str | SubjectId, **more: Any) -> Correction:
        work = AssignSubject(
            keeping=self.keeping, maker=self.bench.enrol.maker, calibration=lambda _: calibration()
        )
        return self.done(work(event.id, Assignment(subject=subject, **more)))

    def merge(self, gone: str | SubjectId, into: str | SubjectId, *confirmed: str) -> Correction:
        work = MergeSubjects(keeping=self.keeping, search=self.bench.identify.search)
        return self.done(work(gone, into, confirmed=confirmed))

    def split(self, subject: str, references: Sequence[ReferenceId] = (), **more: Any) -> Correction:
        return self.done(SplitSubject(keeping=self.keeping)(subject, references=references, **more))

    def undo(self, correction: Correction) -> Correction:
        return self.done(UndoCorrection(keeping=self.keeping)(correction.id))

    def listed(self, **wanted: Any) -> list[Correction]:
        overview = CorrectionOverview(store=self.keeping.store, tenant=DEFAULT_TENANT)
        found = self.bench.run(overview.page(CorrectionFilter(**wanted)))
        return [one.correction for one in found]

    def done(self, work: Any) -> Correction:
        self.bench.clock.turn(minutes=1)
        made: Correction = self.bench.run(work)
        return made


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return Desk.over(bench)


def enrol(bench: Bench, name: str, *seeds: int, force: bool = False) -> list[ReferenceId]:
    from visavis.application.enrol import EnrolOptions

    named = [(f"photo {seed}", picture(name.lower(), seed=seed)) for seed in seeds]
    result = bench.run(bench.enrol(bench.gallery, name, named, EnrolOptions(force=force)))
    assert result.enrolled == len(seeds), [one.error for one in result.results]
    return [one.reference_id for one in result.results]


def seen(bench: Bench, who: str, seed: int = 50, **more: Any) -> tuple[Identification, Event]:
    """What is decided about a picture, and the line of the log."""
    found = bench.run(bench.identify(bench.gallery, picture(who, seed=seed, **more)))
    (event,) = bench.run(bench.record.identified(bench.gallery, found))
    return found[0], event


def looks_like(bench: Bench, who: str, seed: int = 51) -> str | None:
    """Whom a picture is taken for; nothing is logged."""
    (found,) = bench.run(bench.identify(bench.gallery, picture(who, seed=seed)))
    return name_of(found)


def name_of(found: Identification) -> str | None:
    assert found.decision is not None
    assert found.candidates is not None
    if found.decision.outcome is not Outcome.MATCH or found.candidates.best is None:
        return None
    return found.candidates.best.name


def event_of(bench: Bench, event: Event) -> Event:
    found = bench.run(
        DetectionLog(store=bench.store, tenant=DEFAULT_TENANT, ledger=bench.enrol.ledger).get(event.id)
    )
    kept: Event = found.event
    return kept


def references_of(bench: Bench, name: str) -> dict[ReferenceId, bytes]:
    async def read() -> dict[ReferenceId, bytes]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            subject = await work.subjects.by_name(name)
            kept = await work.references.of_subjects(bench.gallery.id, [subject.id])
            return {one.id: one.template.vector.tobytes() for one in kept.get(subject.id, [])}

    found: dict[ReferenceId, bytes] = bench.run(read())
    return found


def actions(bench: Bench) -> list[Action]:
    return [entry.record.action for entry in bench.entries()]


class TestTheRule:
    @pytest.mark.parametrize(
        ("score", "denied", "outcome"),
        [(0.5, 0.9, True), (0.9, 0.5, False), (0.2, 0.3, False), (0.5, 0.5, False), (0.1, 0.4, True)],
    )
    def test_the_denied_look_must_match_and_be_nearer(
        self, score: float, denied: float, *, outcome: bool
    ) -> None:
        assert is_denied(score, denied, 0.4) is outcome


class TestDeny:
    def test_whoever_was_denied_is_not_taken_for_the_subject_again(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1, 2)
        before, event = seen(bench, TWIN)
        assert name_of(before) == "Ada"
        done = desk.deny(event)
        assert done.remembered
        denied = event_of(bench, event)
        assert (denied.verdict, denied.subject_id) == (Outcome.NON_MATCH, None)
        for seed in (51, 52, 53):
            after, line = seen(bench, TWIN, seed)
            assert after.decision is not None
            assert after.decision.outcome is Outcome.NON_MATCH
            assert after.decision.reasons == (DENIED_BEFORE,) == line.reasons
            assert after.candidates is not None
            assert [one.name for one in after.candidates.denied] == ["Ada"]
            assert line.subject_id is None
            assert looks_like(bench, "ada", seed) == "Ada"
        assert Action.EVENT_DENIED in actions(bench)

    def test_other_processes_know_it_at_once(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        elsewhere = bench.another_process()
        (before,) = bench.run(elsewhere(bench.gallery, picture(TWIN, seed=7)))
        assert name_of(before) == "Ada"
        desk.deny(seen(bench, TWIN)[1])
        (after,) = bench.run(elsewhere(bench.gallery, picture(TWIN, seed=7)))
        assert name_of(after) is None

    def test_the_next_best_who_qualifies_is_the_match(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        desk.deny(event)
        enrol(bench, TWIN, 1)
        found, line = seen(bench, TWIN, 60)
        assert name_of(found) == TWIN
        assert line.reasons == (DENIED_BEFORE,)

    def test_verification_knows_it(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        asked = bench.verify_subject(bench.gallery, "Ada", picture(TWIN, seed=8))
        assert bench.run(asked).decision.outcome is Outcome.MATCH
        desk.deny(seen(bench, TWIN)[1])
        after = bench.run(bench.verify_subject(bench.gallery, "Ada", picture(TWIN, seed=8)))
        assert after.decision.outcome is Outcome.NON_MATCH
        assert after.decision.reasons == (DENIED_BEFORE,)
        own = bench.run(bench.verify_subject(bench.gallery, "Ada", picture("ada", seed=8)))
        assert (own.decision.outcome, own.decision.reasons) == (Outcome.MATCH, ())

    def test_undone_it_is_as_it_was(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        done = desk.deny(event)
        undone = desk.undo(done)
        assert undone.undone_at is not None
        assert not undone.remembered
        assert event_of(bench, event) == event
        assert looks_like(bench, TWIN, 51) == "Ada"
        assert actions(bench).count(Action.CORRECTION_UNDONE) == 1
        with pytest.raises(CorrectionConflict):
            desk.undo(done)

    def test_without_the_template_only_the_event_is_put_right(self, bench: Bench, desk: Desk) -> None:
        bench.policy(probe_days=0)
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        assert not desk.deny(event).remembered
        assert event_of(bench, event).subject_id is None
        assert looks_like(bench, TWIN, 51) == "Ada"

    def test_an_event_that_names_nobody_needs_a_name(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        desk.deny(event)
        with pytest.raises(CorrectionConflict):
            desk.deny(event)
        assert desk.deny(event, subject="Ada").remembered

    def test_a_decision_since_keeps_it_from_being_undone(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        done = desk.deny(event)
        ada = bench.run(bench.subjects.get("Ada")).subject.id
        log = DetectionLog(store=bench.store, tenant=DEFAULT_TENANT, ledger=bench.enrol.ledger)
        bench.run(log.review(event.id, Outcome.INCONCLUSIVE, ada))
        with pytest.raises(CorrectionConflict):
            desk.undo(done)
        assert looks_like(bench, TWIN, 51) is None

    def test_it_goes_with_the_subject(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        done = desk.deny(seen(bench, TWIN)[1])
        bench.run(bench.erase("Ada"))
        assert desk.listed() == []
        with pytest.raises(CorrectionNotFound):
            desk.undo(done)

    def test_it_expires_with_the_events(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        done = desk.deny(seen(bench, TWIN)[1])
        assert done.expires_at - done.made_at == timedelta(days=90)
        bench.clock.turn(days=89)
        bench.run(bench.retain())
        assert len(desk.listed()) == 1
        bench.clock.turn(days=2)
        bench.run(bench.retain())
        assert desk.listed() == []
        assert looks_like(bench, TWIN, 51) == "Ada"

    def test_reviews_teach_the_same(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        log = DetectionLog(
            store=bench.store,
            tenant=DEFAULT_TENANT,
            ledger=bench.enrol.ledger,
            deny=DenySubject(keeping=desk.keeping),
        )
        reviewed = bench.run(log.review(event.id, Outcome.NON_MATCH, None))
        assert (reviewed.event.verdict, reviewed.event.subject_id) == (Outcome.NON_MATCH, None)
        assert looks_like(bench, TWIN, 51) is None
        assert event.subject_id is not None
        bench.run(log.review(event.id, Outcome.MATCH, event.subject_id))  # on second thoughts
        assert looks_like(bench, TWIN, 51) == "Ada"
        assert len(desk.listed(undone=True)) == 1


class TestAssign:
    def test_the_event_names_the_other_who_learns_the_look(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Eve", 1)
        _, event = seen(bench, TWIN)
        done = desk.assign(event, "Bob", create=True, enrol=True)
        named = event_of(bench, event)
        bob = bench.run(bench.subjects.get("Bob")).subject
        assert (named.verdict, named.subject_id) == (Outcome.MATCH, bob.id)
        assert done.remembered
        assert len(done.undo.references) == 1
        assert looks_like(bench, TWIN, 51) == "Bob"
        assert looks_like(bench, "ada", 51) == "Ada"
        desk.undo(done)
        assert event_of(bench, event) == event
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get("Bob"))
        assert looks_like(bench, TWIN, 52) == "Ada"

    def test_a_new_subject_is_made_only_when_asked(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        with pytest.raises(SubjectNotFound):
            desk.assign(seen(bench, TWIN)[1], "Bob")

    def test_a_look_of_somebody_else_is_not_enrolled(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Eve", 1)
        _, event = seen(bench, TWIN)
        with pytest.raises(WrongSubject):
            desk.assign(event, "Eve", enrol=True)
        assert event_of(bench, event) == event
        assert len(desk.assign(event, "Eve", enrol=True, force=True).undo.references) == 1

    def test_nobody_is_enrolled_without_consent(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        bench.policy(consent="access")
        with pytest.raises(ConsentMissing):
            desk.assign(event, "Bob", create=True, enrol=True)
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get("Bob"))

    def test_a_poor_look_is_not_enrolled(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN, quality=3.0)
        with pytest.raises(QualityTooLow):
            desk.assign(event, "Bob", create=True, enrol=True)

    def test_what_was_denied_is_taken_back_first(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        done = desk.deny(event)
        with pytest.raises(CorrectionConflict):
            desk.assign(event, "Ada")
        desk.undo(done)
        desk.assign(event, "Ada")

    def test_of_two_corrections_of_an_event_the_later_is_undone_first(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        first = desk.deny(event)
        second = desk.assign(event, "Bob", create=True)
        with pytest.raises(CorrectionConflict) as refused:
            desk.undo(first)
        assert str(second.id) in refused.value.advice
        desk.undo(second)
        desk.undo(first)
        assert event_of(bench, event) == event

    def test_a_look_of_one_who_is_erased_goes_from_the_denials_of_others(
        self, bench: Bench, desk: Desk
    ) -> None:
        enrol(bench, "Ada", 1)
        desk.assign(seen(bench, TWIN)[1], "Bob", create=True)
        desk.deny(later := seen(bench, "ada+cyd", 5)[1])
        desk.assign(later, "Cyd", create=True)
        bench.run(bench.erase("Bob"))
        bench.run(bench.erase("Cyd"))

        async def left() -> int:
            async with bench.store.transaction(DEFAULT_TENANT) as work:
                return len(await work.denials.subjects(bench.gallery.id))

        assert bench.run(left()) == 0


class TestMerge:
    def test_one_takes_over_and_the_identifier_leads_there(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Zoe", 1)
        _, event = seen(bench, "zoe")
        zoe = bench.run(bench.subjects.get("Zoe")).subject
        before = (references_of(bench, "Ada"), references_of(bench, "Zoe"))
        with pytest.raises(ConfirmationMissing):
            desk.merge("Zoe", "Ada")
        done = desk.merge("Zoe", "Ada", "Ada", "Zoe")
        assert looks_like(bench, "zoe", 51) == "Ada"
        assert references_of(bench, "Ada") == {**before[0], **before[1]}
        ada = bench.run(bench.subjects.get(zoe.id)).subject
        assert (ada.name, event_of(bench, event).subject_id) == ("Ada", ada.id)
        assert done.gone_id == zoe.id
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get("Zoe"))
        desk.undo(done)
        assert bench.run(bench.subjects.get(zoe.id)).subject == zoe
        assert (references_of(bench, "Ada"), references_of(bench, "Zoe")) == before
        assert event_of(bench, event) == event
        assert looks_like(bench, "zoe", 51) == "Zoe"

    def test_no_process_matches_whoever_is_gone(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Zoe", 1)
        elsewhere = bench.another_process()
        bench.run(elsewhere(bench.gallery, picture("zoe", seed=9)))
        desk.merge("Zoe", "Ada", "Ada", "Zoe")
        (found,) = bench.run(elsewhere(bench.gallery, picture("zoe", seed=9)))
        assert name_of(found) == "Ada"

    def test_beyond_the_limit_the_best_and_most_diverse_stay_and_come_back(
        self, bench: Bench, desk: Desk
    ) -> None:
        bench.policy(max_references=3, keep=Keep.SAMPLE)
        enrol(bench, "Ada", 1, 2)
        enrol(bench, "Zoe", 1, 2)
        before = (references_of(bench, "Ada"), references_of(bench, "Zoe"))
        images = kept_images(bench)
        done = desk.merge("Zoe", "Ada", "Ada", "Zoe")
        kept = references_of(bench, "Ada")
        assert len(kept) == 3
        assert len(done.undo.parked) == 1
        assert set(kept) & set(before[0])
        assert set(kept) & set(before[1])
        desk.undo(done)
        assert (references_of(bench, "Ada"), references_of(bench, "Zoe")) == before
        assert kept_images(bench) == images

    def test_an_unknown_who_turns_out_to_be_known_takes_the_name(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        nobody = bench.run(bench.subjects.create("anonymous-1", [bench.gallery], kind=SubjectKind.ANONYMOUS))
        done = desk.merge("Ada", nobody.id)
        one = bench.run(bench.subjects.get("Ada")).subject
        assert (one.id, one.kind) == (nobody.id, SubjectKind.NAMED)
        desk.undo(done)
        assert bench.run(bench.subjects.get(nobody.id)).subject == nobody

    def test_the_platform_confirms_nothing(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Zoe", 1)
        system = replace(desk.keeping, ledger=replace(desk.keeping.ledger, actor=SYSTEM))
        alone = Desk(bench=bench, keeping=system)
        with pytest.raises(ConfirmationMissing):
            alone.merge("Zoe", "Ada", "Ada", "Zoe")
        nobody = bench.run(bench.subjects.create("anonymous-1", [bench.gallery], kind=SubjectKind.ANONYMOUS))
        assert alone.merge(nobody.id, "Ada").made_by == str(SYSTEM)

    def test_consents_go_with_them(self, bench: Bench, desk: Desk) -> None:
        bench.policy(consent="access")
        for name in ("Ada", "Zoe"):
            bench.run(bench.subjects.create(name, [bench.gallery]))
        consent = bench.run(bench.consents.grant("Zoe", purpose="access", text_version="1"))
        enrol(bench, "Zoe", 1)
        done = desk.merge("Zoe", "Ada", "Ada", "Zoe")
        assert [one.id for one in bench.run(bench.consents.of_subject("Ada"))] == [consent.id]
        desk.undo(done)
        assert bench.run(bench.consents.of_subject("Ada")) == []
        assert looks_like(bench, "zoe", 9) == "Zoe"

    def test_merges_are_undone_in_order(self, bench: Bench, desk: Desk) -> None:
        for name in ("Ada", "Bob", "Cyd"):
            enrol(bench, name, 1)
        first = desk.merge("Ada", "Bob", "Ada", "Bob")
        second = desk.merge("Bob", "Cyd", "Bob", "Cyd")
        with pytest.raises(CorrectionConflict):
            desk.undo(first)
        desk.undo(second)
        desk.undo(first)
        assert {looks_like(bench, one, 9) for one in ("ada", "bob", "cyd")} == {"Ada", "Bob", "Cyd"}

    def test_a_name_that_was_given_away_cannot_come_back(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        enrol(bench, "Zoe", 1)
        done = desk.merge("Zoe", "Ada", "Ada", "Zoe")
        bench.run(bench.subjects.create("Zoe", [bench.gallery]))
        before = references_of(bench, "Ada")
        with pytest.raises(CorrectionConflict):
            desk.undo(done)
        assert references_of(bench, "Ada") == before

    def test_erasing_leaves_nothing_of_either(self, bench: Bench, desk: Desk) -> None:
        bench.policy(max_references=1)
        enrol(bench, "Ada", 1)
        enrol(bench, "Zoe", 1)
        desk.deny(seen(bench, "zoe+twin")[1])
        done = desk.merge("Zoe", "Ada", "Ada", "Zoe")
        bench.run(bench.erase("Ada"))
        assert desk.listed() == []

        async def left() -> tuple[int, int]:
            async with bench.store.transaction(DEFAULT_TENANT) as work:
                denied = await work.denials.subjects(bench.gallery.id)
                return len(denied), len(await work.corrections.parked(done.id))

        assert bench.run(left()) == (0, 0)
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get(done.gone_id or ""))

    def test_nobody_merges_with_oneself(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        with pytest.raises(ValueInvalid):
            desk.merge("Ada", "Ada", "Ada")


class TestSplit:
    def test_what_shows_somebody_else_goes_out_for_good(self, bench: Bench, desk: Desk) -> None:
        (own,) = enrol(bench, "Ada", 1)
        (wrong,) = enrol_as(bench, "zoe", "Ada", 1)
        _, event = seen(bench, "zoe")
        done = desk.split("Ada", [wrong], events=[event.id], name="Zoe")
        assert (set(references_of(bench, "Ada")), set(references_of(bench, "Zoe"))) == ({own}, {wrong})
        zoe = bench.run(bench.subjects.get("Zoe")).subject
        assert event_of(bench, event).subject_id == zoe.id
        assert looks_like(bench, "zoe", 51) == "Zoe"
        with pytest.raises(ConfirmationMissing, match="two humans"):
            desk.merge("Zoe", "Ada")
        desk.undo(done)
        assert set(references_of(bench, "Ada")) == {own, wrong}
        assert event_of(bench, event) == event
        with pytest.raises(SubjectNotFound):
            bench.run(bench.subjects.get("Zoe"))
        (listed,) = desk.listed()
        assert (listed.undone_at is not None, listed.gone_id) == (True, zoe.id)

    def test_without_a_name_it_is_anonymous_and_apart(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        _, event = seen(bench, TWIN)
        done = desk.split("Ada", events=[event.id])
        assert done.remembered
        assert done.other_id is not None
        other = bench.run(bench.subjects.get(done.other_id)).subject
        assert other.kind is SubjectKind.ANONYMOUS

        async def apart() -> bool:
            async with bench.store.transaction(DEFAULT_TENANT) as work:
                return await work.corrections.are_apart(done.subject_id, other.id)

        assert bench.run(apart())
        assert looks_like(bench, TWIN, 51) is None

    def test_what_the_new_subject_got_since_keeps_it_from_being_undone(
        self, bench: Bench, desk: Desk
    ) -> None:
        enrol(bench, "Ada", 1)
        (wrong,) = enrol_as(bench, "zoe", "Ada", 1)
        done = desk.split("Ada", [wrong], name="Zoe")
        enrol(bench, "Zoe", 7)
        with pytest.raises(CorrectionConflict):
            desk.undo(done)
        assert len(references_of(bench, "Zoe")) == 2

    def test_something_stays_and_something_goes(self, bench: Bench, desk: Desk) -> None:
        (own,) = enrol(bench, "Ada", 1)
        (other,) = enrol(bench, "Zoe", 1)
        refused: list[tuple[type[VisavisError], dict[str, Any]]] = [
            (ValueInvalid, {}),
            (ValueInvalid, {"references": [own]}),
            (ReferenceNotFound, {"references": [other]}),
            (VisavisError, {"events": [EventId(uuid.uuid4())]}),
        ]
        for error, asked in refused:
            with pytest.raises(error):
                desk.split("Ada", **asked)
        assert desk.listed(kind=CorrectionKind.SPLIT) == []

    def test_whoever_is_split_off_needs_a_consent_of_her_own(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        (wrong,) = enrol_as(bench, "zoe", "Ada", 1)
        bench.policy(consent="access")
        with pytest.raises(ConsentMissing):
            desk.split("Ada", [wrong], name="Zoe")


class TestExport:
    def test_a_subject_learns_what_was_put_right(self, bench: Bench, desk: Desk) -> None:
        enrol(bench, "Ada", 1)
        done = desk.deny(seen(bench, TWIN)[1], note="the twin")
        exported = bench.run(bench.export_subject("Ada"))
        assert [one.id for one in exported.corrections] == [done.id]


def enrol_as(bench: Bench, who: str, name: str, seed: int) -> list[ReferenceId]:
    """A photo of one human as a reference of another: the mistake that splitting puts right."""
    from visavis.application.enrol import EnrolOptions

    photo = [("photo", picture(who, seed=seed))]
    result = bench.run(bench.enrol(bench.gallery, name, photo, EnrolOptions(force=True)))
    return [one.reference_id for one in result.results if one.reference_id]


def kept_images(bench: Bench) -> dict[ReferenceId, bytes]:
    async def read() -> dict[ReferenceId, bytes]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            ids = [one.id for one in await work.references.page(bench.gallery.id)]
            images = [await work.samples.get(one, Keep.SAMPLE) for one in ids]
            return {one.reference_id: one.content for one in images if one is not None}

    found: dict[ReferenceId, bytes] = bench.run(read())
    return found

"""A request that is sent again, because nobody knows what became of it, writes nothing twice."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from tests.unit.application.jobs.conftest import each, photo
from visavis.adapters.memory.queue import NoQueue
from visavis.application.identifiers import SeededIdentifiers
from visavis.application.jobs.submit import SubmitJob
from visavis.application.record import Record
from visavis.domain.audit import Action
from visavis.domain.event import Event
from visavis.domain.job import Job, JobKind
from visavis.domain.subject import DEFAULT_TENANT

SEED, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def count(bench: Bench, action: Action) -> int:
    return sum(entry.record.action is action for entry in bench.entries())


def test_identifiers_depend_on_the_seed_and_the_place_alone() -> None:
    first, again, other = SeededIdentifiers(SEED), SeededIdentifiers(SEED), SeededIdentifiers(OTHER)
    made = [first.new() for _ in range(3)]
    assert made == [again.new() for _ in range(3)]
    assert len({*made, other.new()}) == 4


def test_decisions_without_a_reference_are_logged_once(bench: Bench) -> None:
    found = bench.run(bench.identify(bench.gallery, picture("ada", "bob")))

    def kept(seed: uuid.UUID) -> Sequence[Event]:
        record: Record = replace(bench.record, identifiers=SeededIdentifiers(seed))
        events: Sequence[Event] = bench.run(record.identified(bench.gallery, found))
        return events

    first = kept(SEED)
    assert [event.position for event in first] == [0, 1]
    assert kept(SEED) == first
    assert count(bench, Action.DECISION_IDENTIFIED) == 2
    assert {event.id for event in kept(OTHER)}.isdisjoint(event.id for event in first)
    assert count(bench, Action.DECISION_IDENTIFIED) == 4


def test_a_consent_is_recorded_once(bench: Bench) -> None:
    bench.run(bench.enrol(bench.gallery, "ada", [("photo", picture("ada"))]))

    def grant(seed: uuid.UUID) -> object:
        consents = replace(bench.consents, identifiers=SeededIdentifiers(seed))
        return bench.run(consents.grant("ada", purpose="doors", text_version="1"))

    first = grant(SEED)
    bench.clock.turn(seconds=1)
    assert grant(SEED) == first
    assert count(bench, Action.CONSENT_GRANTED) == 1
    assert grant(OTHER) != first
    assert count(bench, Action.CONSENT_GRANTED) == 2


def test_a_job_is_accepted_once(bench: Bench) -> None:
    def submitted(seed: uuid.UUID) -> Job:
        submit = SubmitJob(
            store=bench.store,
            tenant=DEFAULT_TENANT,
            queue=NoQueue(),
            clock=bench.clock,
            identifiers=SeededIdentifiers(seed),
            ledger=bench.record.ledger,
        )
        items = each([photo(picture("ada"))])
        job: Job = bench.run(submit(JobKind.CLASSIFY, bench.gallery, items, source="door"))
        return job

    first = submitted(SEED)
    assert submitted(SEED) == first
    assert count(bench, Action.JOB_SUBMITTED) == 1
    assert submitted(OTHER).id != first.id

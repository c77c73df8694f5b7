"""Ranking photos, and comparing templates one by one."""

from dataclasses import replace

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from visavis.application.compare_pairs import Compared, ComparePairs
from visavis.application.ports.events import EventFilter
from visavis.application.probe import Probe
from visavis.application.rank_photos import RankPhotos
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.errors import ConsentMissing, ReferenceNotFound
from visavis.domain.event import Event, EventKind, Origin
from visavis.domain.gallery import Purpose
from visavis.domain.policy import Policy
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import DEFAULT_TENANT
from visavis.engine.assess import PROBE_GATE

ORIGIN = Origin(source="test")


def ranker(bench: Bench) -> RankPhotos:
    return RankPhotos(store=bench.store, tenant=DEFAULT_TENANT, identify=bench.identify, record=bench.record)


def pairs(bench: Bench) -> ComparePairs:
    return ComparePairs(
        store=bench.store,
        tenant=DEFAULT_TENANT,
        calibration=bench.identify.calibration,
        policy=bench.gallery.policy,
        record=bench.record,
        clock=bench.clock,
    )


def found_in(bench: Bench, content: bytes) -> list[Sample | Rejection]:
    return list(bench.run(bench.identify.inference.samples(content, gate=PROBE_GATE)))


def probes_of(bench: Bench, content: bytes) -> list[Probe]:
    samples = [one for one in found_in(bench, content) if isinstance(one, Sample)]
    templates = bench.run(bench.identify.inference.templates(samples))
    return [Probe(sample=one, template=two) for one, two in zip(samples, templates, strict=True)]


def enrol(bench: Bench, name: str, photos: int) -> None:
    pictures = [(f"{seed}", picture(name, seed=seed)) for seed in range(1, photos + 1)]
    assert bench.run(bench.enrol(bench.gallery, name, pictures)).enrolled == photos


def events(bench: Bench) -> list[Event]:
    async def read() -> list[Event]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            return await work.events.page(EventFilter(gallery_id=bench.gallery.id))

    return list(bench.run(read()))


def test_every_photo_counts_and_every_subject_once(bench: Bench) -> None:
    enrol(bench, "ann", 3)
    enrol(bench, "bob", 1)
    content = picture("ann", seed=9)
    probes = [probe.template for probe in probes_of(bench, content)]
    (found,) = bench.run(ranker(bench)(bench.gallery, found_in(bench, content), probes, ORIGIN, limit=4))
    assert [one.name for one in found.photos] == ["ann", "ann", "ann", "bob"]
    assert [one.name for one in found.subjects] == ["ann", "bob"]
    scores = [one.score.value for one in found.photos]
    assert scores == sorted(scores, reverse=True)
    assert len({one.reference_id for one in found.photos}) == 4
    assert None not in {one.reference_id for one in found.photos}
    assert found.decision.outcome is Outcome.MATCH
    (fewer,) = bench.run(ranker(bench).templates(bench.gallery, probes, ORIGIN, limit=2))
    assert fewer.photos == found.photos[:2]
    assert {(one.source, one.outcome) for one in events(bench)} == {("test", Outcome.MATCH)}


def test_a_rejected_face_has_no_rank(bench: Bench) -> None:
    enrol(bench, "ann", 1)
    content = picture("ann", bad="too_dark")
    (found,) = bench.run(ranker(bench)(bench.gallery, found_in(bench, content), [], ORIGIN, limit=1))
    assert (found.photos, found.subjects, found.decision) == ((), (), None)
    (event,) = events(bench)
    assert event.kind is EventKind.REJECTED


def test_pairs_are_decided_and_recorded(bench: Bench) -> None:
    enrol(bench, "ann", 1)
    (one,) = bench.run(bench.references.page(bench.gallery))
    kept, name = bench.run(pairs(bench).reference(bench.gallery, one.id))
    assert (kept.id, name) == (one.id, "ann")
    (ann,), (eve,) = probes_of(bench, picture("ann", seed=5)), probes_of(bench, picture("eve"))
    decided = bench.run(
        pairs(bench)(
            bench.gallery,
            Compared(template=kept.template),
            [Compared(template=ann.template, probe=ann), Compared(template=eve.template)],
            ORIGIN,
            subject_id=kept.subject_id,
            reference_id=kept.id,
        )
    )
    assert [made.outcome for made in decided] == [Outcome.MATCH, Outcome.NON_MATCH]
    kinds = [entry.record.action for entry in bench.entries()]
    assert kinds.count(Action.DECISION_VERIFIED) == 2
    assert {event.subject_id for event in events(bench)} == {kept.subject_id, None}


def test_a_reference_of_another_gallery_is_none(bench: Bench) -> None:
    enrol(bench, "ann", 1)
    (one,) = bench.run(bench.references.page(bench.gallery))
    other = bench.run(
        bench.galleries.create(
            "other", purpose=Purpose.GENERAL, pack="words", model=bench.gallery.model, policy=Policy()
        )
    )
    with pytest.raises(ReferenceNotFound):
        bench.run(pairs(bench).reference(other, one.id))


def test_without_a_consent_nobody_is_compared(bench: Bench) -> None:
    enrol(bench, "ann", 1)
    (one,) = bench.run(bench.references.page(bench.gallery))
    asking = replace(bench.gallery, policy=replace(bench.gallery.policy, consent="access"))
    with pytest.raises(ConsentMissing):
        bench.run(pairs(bench).reference(asking, one.id))

"""A gallery's own calibration: kept, used, audited, refused when it is of too little or of something else."""

import uuid
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.application.conftest import ACTOR, Bench
from tests.unit.application.fakes import MODEL, calibration
from visavis.application.calibrate_gallery import CalibrateGallery
from visavis.application.ledger import Ledger
from visavis.domain.audit import Action
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import CalibrationNotFound, GalleryNotFound, ModelMismatch, ValueInvalid
from visavis.domain.evidence import MadeFrom
from visavis.domain.subject import (
    DEFAULT_TENANT,
    Reference,
    ReferenceId,
    Subject,
    SubjectId,
    SubjectKind,
)
from visavis.domain.template import ModelIdentity, Template

SUBJECTS = 130


@pytest.fixture
def calibrate(bench: Bench) -> CalibrateGallery:
    return CalibrateGallery(
        store=bench.store,
        tenant=DEFAULT_TENANT,
        ledger=Ledger(actor=ACTOR, clock=bench.clock),
        clock=bench.clock,
        software="visavis test",
    )


def enrol(bench: Bench, count: int, *, kind: SubjectKind = SubjectKind.NAMED, each: int = 2) -> None:
    """Subjects whose templates are alike; equal numbers of another kind look the same."""

    async def add() -> None:
        rng = np.random.default_rng(0)
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            for number in range(count):
                subject = Subject(
                    id=SubjectId(uuid.uuid4()),
                    name=f"{kind.value} {number}",
                    created_at=bench.clock.now(),
                    kind=kind,
                )
                base = rng.standard_normal(MODEL.dimension)
                await work.subjects.add(subject)
                await work.references.add(
                    [reference(bench, subject, base + 0.5 * rng.standard_normal(64)) for _ in range(each)]
                )

    bench.run(add())


def reference(bench: Bench, subject: Subject, features: np.ndarray) -> Reference:
    return Reference(
        id=ReferenceId(uuid.uuid4()),
        gallery_id=bench.gallery.id,
        subject_id=subject.id,
        template=Template.of(features.astype(np.float32), MODEL, quality=80.0),
        photo=b"",
        created_at=bench.clock.now(),
    )


def own(**changes: object) -> Calibration:
    return replace(calibration(), data="our own people", **changes)  # type: ignore[arg-type]


def test_from_references_and_what_is_kept_of_it(bench: Bench, calibrate: CalibrateGallery) -> None:
    enrol(bench, SUBJECTS)
    made = bench.run(calibrate.from_references("staff", data="what is enrolled"))
    assert (made.subjects, made.mated, made.model) == (SUBJECTS, SUBJECTS, MODEL)
    assert made.non_mated == (2 * SUBJECTS) * (2 * SUBJECTS - 2) // 2
    assert made.evidence.source is MadeFrom.REFERENCES
    assert len(made.evidence.digest) == 64
    assert made.evidence.checks
    assert made.search is not None
    again = bench.run(calibrate.from_references("staff", data="what is enrolled"))
    assert again == made, "the same references give the same calibration"
    with pytest.raises(CalibrationNotFound):
        bench.run(calibrate.get("staff"))

    kept = bench.run(calibrate.keep("staff", made))
    assert kept.own_calibration == made == bench.run(calibrate.get("staff"))
    entry = bench.entries()[-1].record
    assert entry.action is Action.GALLERY_CALIBRATED
    assert (entry.details["data"], entry.details["digest"]) == ("what is enrolled", made.evidence.digest)


def test_remembered_faces_may_be_anybody_and_do_not_count(bench: Bench, calibrate: CalibrateGallery) -> None:
    enrol(bench, SUBJECTS)
    enrol(bench, 20, kind=SubjectKind.FACE)
    made = bench.run(calibrate.from_references("staff", data="x"))
    assert made.subjects == SUBJECTS


@pytest.mark.parametrize(("subjects", "each"), [(0, 2), (1, 2), (100, 2), (300, 1)])
def test_too_few_are_refused_with_advice(
    bench: Bench, calibrate: CalibrateGallery, subjects: int, each: int
) -> None:
    enrol(bench, subjects, each=each)
    with pytest.raises(ValueInvalid) as caught:
        bench.run(calibrate.from_references("staff", data="x"))
    assert caught.value.advice
    if subjects == 100:
        assert "With 2.0 photos each it takes 123 subjects or more" in caught.value.advice


def test_removed_again(bench: Bench, calibrate: CalibrateGallery) -> None:
    bench.run(calibrate.keep("staff", own()))
    gallery = bench.run(calibrate.remove("staff"))
    assert gallery.calibration is None
    assert bench.entries()[-1].record.action is Action.GALLERY_CALIBRATION_REMOVED
    for call in (calibrate.get, calibrate.remove):
        with pytest.raises(CalibrationNotFound):
            bench.run(call("staff"))
        with pytest.raises(GalleryNotFound):
            bench.run(call("nowhere"))


def test_of_another_model_rule_or_of_too_little(bench: Bench, calibrate: CalibrateGallery) -> None:
    other = ModelIdentity(family="test", digest="e" * 64, contract="words", dimension=MODEL.dimension)
    with pytest.raises(ModelMismatch):
        bench.run(calibrate.keep("staff", own(model=other)))
    with pytest.raises(ModelMismatch):
        bench.run(calibrate.keep("staff", own(measure=Measure.EUCLIDEAN)))
    small = (
        CalibrationPoint(score=0.1, fmr=0.5, fnmr=0.0),
        CalibrationPoint(score=0.4, fmr=2e-3, fnmr=0.0),
    )
    with pytest.raises(ValueInvalid, match=r"down to 2.0e-03 only"):
        bench.run(calibrate.keep("staff", own(points=small)))
    assert bench.entries()[-1].record.action is Action.GALLERY_CREATED


def test_a_change_of_the_rule_falls_back_to_the_pack(bench: Bench, calibrate: CalibrateGallery) -> None:
    bench.run(calibrate.keep("staff", own()))
    bench.policy(measure=Measure.EUCLIDEAN)
    assert bench.gallery.calibration is not None
    assert bench.gallery.own_calibration is None
    bench.policy(measure=Measure.COSINE)
    assert bench.gallery.own_calibration == own()

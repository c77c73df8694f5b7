"""Domain values for documents."""

import uuid
from datetime import UTC, datetime

import numpy as np

from visavis.domain.decision import (
    Calibration,
    CalibrationPoint,
    Candidate,
    CandidateList,
    ComparisonScore,
    Decision,
    FalseMatchRate,
    Measure,
    Outcome,
    Threshold,
)
from visavis.domain.face import Face
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.geometry import Box
from visavis.domain.pack import (
    Artefact,
    ColourOrder,
    DetectionPlan,
    DetectorFamily,
    DetectorSpec,
    EmbedderFamily,
    EmbedderSpec,
    Licence,
    Pack,
    Source,
    SourceKind,
)
from visavis.domain.policy import Policy
from visavis.domain.sample import Component, Pose, Quality
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import ModelIdentity

MODEL = ModelIdentity(family="arcface", digest="a" * 64, contract="112px", dimension=512)
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def threshold(measure: Measure = Measure.COSINE) -> Threshold:
    return Threshold(
        value=0.42,
        measure=measure,
        fmr=FalseMatchRate(value=1e-4),
        model=MODEL,
        data="some photos",
        supported=1e-5,
    )


def decision(
    outcome: Outcome = Outcome.MATCH, score: float | None = 0.7123456789, fpir: float | None = None
) -> Decision:
    return Decision(
        outcome=outcome,
        score=None if score is None else ComparisonScore(value=score, measure=Measure.COSINE),
        fmr=None if score is None else FalseMatchRate(value=4.2e-7, extrapolated=True),
        threshold=threshold(),
        policy="balanced",
        fpir=fpir,
    )


def candidates(*names: str) -> CandidateList:
    return CandidateList(
        candidates=tuple(
            Candidate(
                subject_id=SubjectId(uuid.UUID(int=number)),
                name=name,
                score=ComparisonScore(value=0.8 - number / 10, measure=Measure.COSINE),
                fmr=FalseMatchRate(value=1e-3),
                reference_id=None,
            )
            for number, name in enumerate(names, 1)
        ),
        searched=3 * len(names),
        subjects=len(names),
    )


def face() -> Face:
    points = np.array([[30, 40], [60, 40], [45, 60], [33, 75], [57, 75]], np.float32)
    return Face(box=Box(left=10.0, top=20.0, right=80.0, bottom=100.0), landmarks=points, score=0.9)


def quality(unified: float | None = 88.0) -> Quality:
    return Quality(
        components=((Component.SHARPNESS, 55.5),),
        pose=Pose(yaw_deg=3.0, pitch_deg=-4.0, roll_deg=0.5),
        unified=unified,
    )


def licence(*, commercial: bool = True) -> Licence:
    return Licence(name="MIT" if commercial else "Research", commercial=commercial, words="What one may do.")


def artefact(name: str, *, commercial: bool = True) -> Artefact:
    return Artefact(
        name=name,
        source=Source(kind=SourceKind.PYPI, name="some-package", version="1.0", member=f"models/{name}.onnx"),
        sha256="a" * 64,
        size_bytes=4_884_269,
        licence=licence(commercial=commercial),
        provenance="Made by somebody.",
    )


def calibration(measure: Measure = Measure.COSINE) -> Calibration:
    return Calibration(
        model=MODEL,
        measure=measure,
        data="some photos",
        subjects=1680,
        mated=1000,
        non_mated=100_000,
        points=(
            CalibrationPoint(score=0.2, fmr=1e-2, fnmr=0.001),
            CalibrationPoint(score=0.4, fmr=1e-4, fnmr=0.01),
        ),
    )


def pack(*, commercial: bool = True, calibrations: tuple[Calibration, ...] | None = None) -> Pack:
    return Pack(
        name="standard",
        title="Standard",
        description="The default.",
        detector=DetectorSpec(
            family=DetectorFamily.YUNET, artefact=artefact("detector"), plan=DetectionPlan()
        ),
        embedder=EmbedderSpec(
            family=EmbedderFamily.ARCFACE,
            artefact=artefact("embedder", commercial=commercial),
            contract="112px",
            dimension=512,
            side=112,
            colour=ColourOrder.BGR,
            mean=(127.5, 127.5, 127.5),
            scale=128.0,
            quality=None,
        ),
        calibrations=(calibration(),) if calibrations is None else calibrations,
    )


def gallery() -> Gallery:
    return Gallery(
        id=GalleryId(uuid.UUID(int=9)),
        name="staff",
        purpose=Purpose.ACCESS,
        pack="standard",
        model=MODEL,
        policy=Policy(),
        created_at=WHEN,
    )

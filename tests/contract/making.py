"""Values for the tests of stores."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np

from visavis.domain.consent import Consent, ConsentId
from visavis.domain.decision import Calibration, CalibrationPoint, Measure, Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.evidence import CrossCheck, Evidence, SearchCheck
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.gallery_size import SearchScaling
from visavis.domain.policy import Keep, Policy, Unknowns
from visavis.domain.subject import (
    GalleryId,
    Reference,
    ReferenceDetails,
    ReferenceId,
    Subject,
    SubjectId,
    SubjectKind,
    TenantId,
)
from visavis.domain.template import ModelIdentity, Template, unit

TENANT = TenantId(uuid.UUID(int=7))
OTHER_TENANT = TenantId(uuid.UUID(int=8))
MODEL = ModelIdentity(family="test", digest="a" * 64, contract="bgr-112", dimension=16)
OTHER_MODEL = ModelIdentity(family="test", digest="b" * 64, contract="bgr-112", dimension=16)
START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

_random = np.random.default_rng(20260301)


def a_gallery(name: str = "doors", *, model: ModelIdentity = MODEL) -> Gallery:
    return Gallery(
        id=GalleryId(uuid.uuid4()),
        name=name,
        purpose=Purpose.ACCESS,
        pack="standard",
        model=model,
        policy=Policy(
            name="strict",
            fmr=1e-6,
            fpir=1e-4,
            band=1.0,
            enrol_quality=33.3,
            max_references=5,
            consent="entry",
            keep=Keep.SAMPLE,
            unknowns=Unknowns.REMEMBER,
            reference_days=365,
            event_days=30,
            probe_days=3,
        ),
        created_at=START,
    )


def a_calibration(model: ModelIdentity = MODEL) -> Calibration:
    """With everything that a calibration can have."""
    return Calibration(
        model=model,
        measure=Measure.COSINE,
        data="Tür 1 – 2026",
        subjects=400,
        mated=1200,
        non_mated=718_000,
        points=(
            CalibrationPoint(score=0.1, fmr=0.5, fnmr=0.0, fmr_interval=(1 / 3, 2 / 3)),
            CalibrationPoint(score=1 / 3, fmr=1e-4, fnmr=0.1, fmr_interval=(3e-5, 2e-4)),
        ),
        search=SearchScaling(
            exponent=0.16, rise=0.1, dispersion=100 / 3, growth=0.5, lowest=1e-4, largest=300
        ),
        evidence=Evidence(
            made_at=START,
            software="visavis 1",
            digest="f" * 64,
            checks=(CrossCheck(target=1e-3, realised=1e-3, lowest=0.0, highest=2e-3, extrapolated=False),),
            searches=(SearchCheck(references=100, subjects=40, target=0.1, realised=0.1, independent=0.07),),
        ),
    )


def a_subject(name: str = "Ada", *, kind: SubjectKind = SubjectKind.NAMED) -> Subject:
    return Subject(id=SubjectId(uuid.uuid4()), name=name, created_at=START, kind=kind)


def a_template(model: ModelIdentity = MODEL, *, quality: float | None = 71.5) -> Template:
    vector = unit(_random.standard_normal(model.dimension))
    return Template(vector=vector, norm=float(_random.uniform(5, 25)), model=model, quality=quality)


def a_reference(
    gallery: Gallery,
    subject: Subject,
    *,
    photo: bytes = b"",
    minute: int = 0,
    template: Template | None = None,
    details: ReferenceDetails | None = None,
) -> Reference:
    return Reference(
        id=ReferenceId(uuid.uuid4()),
        subject_id=subject.id,
        gallery_id=gallery.id,
        template=template or a_template(gallery.model),
        photo=photo,
        created_at=START + timedelta(minutes=minute),
        details=details or ReferenceDetails(),
    )


def an_event(
    gallery: Gallery | None = None,
    *,
    subject: Subject | None = None,
    source: str = "gate",
    reference: str = "",
    position: int = 0,
    kind: EventKind = EventKind.IDENTIFIED,
    minute: int = 0,
) -> Event:
    at = START + timedelta(minutes=minute)
    outcome = Outcome.MATCH if subject else Outcome.NON_MATCH
    return Event(
        id=EventId(uuid.uuid4()),
        kind=kind,
        captured_at=at,
        recorded_at=at + timedelta(seconds=1.5),
        gallery_id=gallery.id if gallery else None,
        gallery=gallery.name if gallery else "",
        source=source,
        reference=reference,
        position=position,
        outcome=None if kind is EventKind.REJECTED else outcome,
        subject_id=subject.id if subject else None,
        score=0.1 + 0.2,
        measure="cosine",
        fmr=1.7e-9,
        fpir=None,
        threshold=1 / 3,
        model=MODEL.key,
        policy="strict",
        searched=1_000_000,
        quality=71.25,
        reasons=("too_dark", "blurred"),
        box=(1.5, -2.0, 33.3, 44.0),
        software="1.2.3",
        request=uuid.uuid4(),
        job_id=uuid.uuid4(),
    )


def a_consent(
    subject: Subject,
    *,
    purpose: str = "entry",
    days: int | None = None,
    revoked: int | None = None,
    start: int = 0,
) -> Consent:
    """Granted `start` days after `START`, expiring and revoked these days after `START`."""
    return Consent(
        id=ConsentId(uuid.uuid4()),
        subject_id=subject.id,
        purpose=purpose,
        text_version="v1",
        evidence="form 17",
        granted_at=START + timedelta(days=start),
        expires_at=None if days is None else START + timedelta(days=days),
        revoked_at=None if revoked is None else START + timedelta(days=revoked),
    )

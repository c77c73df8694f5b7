"""Values for the tests of stores."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np

from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, Reference, ReferenceId, Subject, SubjectId, TenantId
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
        policy=Policy(name="strict", fmr=1e-6, fpir=1e-4, band=1.0, enrol_quality=33.3, max_references=5),
        created_at=START,
    )


def a_subject(name: str = "Ada") -> Subject:
    return Subject(id=SubjectId(uuid.uuid4()), name=name, created_at=START)


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
) -> Reference:
    return Reference(
        id=ReferenceId(uuid.uuid4()),
        subject_id=subject.id,
        gallery_id=gallery.id,
        template=template or a_template(gallery.model),
        photo=photo,
        created_at=START + timedelta(minutes=minute),
    )

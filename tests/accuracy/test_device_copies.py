"""A device that matches by itself decides as the server does, on real photos: outcome, subject, score and threshold."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.extractions import LfwExtraction
from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.memory.store import MemoryStore
from visavis.application.copy_pages import CopiedSubject, CopyPage, Terms, decoded_page, encoded_page
from visavis.application.gallery_copy import GalleryCopy
from visavis.application.search import GallerySearch
from visavis.bootstrap.models import Models
from visavis.domain.correction import Correction, CorrectionId, CorrectionKind, Denial, DenialId, Undo
from visavis.domain.decision import Outcome
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import (
    DEFAULT_TENANT,
    GalleryId,
    Reference,
    ReferenceId,
    Subject,
    SubjectId,
)
from visavis.domain.template import Template

pytestmark = [pytest.mark.models, pytest.mark.anyio]

ENROLLED, PHOTOS, PROBES = 150, 3, 400
AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("denied", [0, 60], ids=["nobody denied", "60 looks denied"])
async def test_the_device_decides_as_the_server_does(
    models: Models, lfw_extraction: LfwExtraction, denied: int
) -> None:
    pack = models.pack("standard")
    found = lfw_extraction("standard")
    photos: dict[str, list[str]] = {}
    for subject, photo in found.rows:
        if photo in found.extraction.references and photo in found.extraction.probes:
            photos.setdefault(subject, []).append(photo)
    several = sorted((name for name in photos if len(photos[name]) > 1), key=lambda name: -len(photos[name]))
    gallery = Gallery(
        id=GalleryId(uuid.uuid4()),
        name="staff",
        purpose=Purpose.ACCESS,
        pack="standard",
        model=pack.embedder.model,
        policy=Policy(copies=True),
        created_at=AT,
    )
    subjects = {
        name: Subject(id=SubjectId(uuid.uuid4()), name=name, created_at=AT) for name in several[:ENROLLED]
    }
    kept = {
        one.id: [
            Reference(
                id=ReferenceId(uuid.uuid4()),
                subject_id=one.id,
                gallery_id=gallery.id,
                template=found.extraction.references[photo],
                photo=b"",
                created_at=AT + timedelta(seconds=number),
            )
            for number, photo in enumerate(photos[name][: min(PHOTOS, len(photos[name]) - 1)])
        ]
        for name, one in subjects.items()
    }
    mated = [photos[name][-1] for name in subjects]
    others = [photos[name][0] for name in several[ENROLLED:]] + [
        photos[name][0] for name in sorted(photos) if len(photos[name]) == 1
    ]
    probes = [found.extraction.probes[photo] for photo in (mated + others)[:PROBES]]

    store = MemoryStore()
    async with store.transaction(DEFAULT_TENANT) as work:
        await work.galleries.add(gallery)
        for one in subjects.values():
            await work.subjects.add(one)
        await work.references.add([reference for group in kept.values() for reference in group])
    search = GallerySearch(store=store, tenant=DEFAULT_TENANT, indexes=ProcessIndexes(ExactIndex))
    calibration = pack.calibration(gallery.policy.measure)
    by_id = list(subjects.values())
    looks = {one.id: probe for one, probe in zip(by_id, probes[:denied], strict=False)}
    await deny(store, gallery, looks)
    lists = await search(gallery, probes, calibration)

    terms = Terms(
        gallery="staff",
        gallery_id=gallery.id,
        epoch="",
        policy=gallery.policy,
        calibration=calibration,
    )
    page = CopyPage(
        terms=terms,
        after=0,
        version=1,
        more=False,
        as_of=AT,
        subjects=[
            CopiedSubject(
                subject_id=subject_id,
                references=len(group),
                vectors=np.stack([one.template.vector for one in group]),
                norms=np.array([one.template.norm for one in group], np.float32),
                denied=(looks[subject_id],) if subject_id in looks else (),
            )
            for subject_id, group in kept.items()
        ],
    )
    copy = GalleryCopy.of(decoded_page(encoded_page(page)))

    matches = 0
    for probe, candidates in zip(probes, lists, strict=True):
        there, here = gallery.policy.decide_identification(candidates, calibration), copy.decide(probe, AT)
        assert here.decision == there
        best = candidates.best
        expected = best.subject_id if best and there.outcome is Outcome.MATCH else None
        assert here.subject_id == expected
        matches += here.subject_id is not None
    assert len(probes) == PROBES
    expected_matches = ENROLLED - denied
    assert 0.9 * expected_matches < matches < 1.05 * expected_matches
    assert sum(bool(one.denied) for one in lists) >= 0.9 * denied


async def deny(store: MemoryStore, gallery: Gallery, looks: dict[SubjectId, Template]) -> None:
    """A person says of each of these looks that it is not this subject."""
    async with store.transaction(DEFAULT_TENANT) as work:
        for subject_id, look in looks.items():
            correction = Correction(
                id=CorrectionId(uuid.uuid4()),
                kind=CorrectionKind.DENY,
                subject_id=subject_id,
                galleries=(gallery.id,),
                made_at=AT,
                made_by="local:test",
                expires_at=AT,
                undo=Undo(),
            )
            await work.corrections.add(correction)
            denial = Denial(
                id=DenialId(uuid.uuid4()),
                correction_id=correction.id,
                gallery_id=gallery.id,
                subject_id=subject_id,
                template=look,
                created_at=AT,
            )
            await work.denials.add([denial])

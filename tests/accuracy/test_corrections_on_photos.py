"""Denied once, with one photo: are further photos of that human still taken for the subject, and the subject's own?

Half of the people are enrolled with one photo under a lenient policy; the others, of whom there are three photos or
more, are searched. Whoever is taken for somebody is denied with the first such photo.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import anyio
import pytest

from tests.extractions import LabelledExtraction, LfwExtraction
from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.memory.store import MemoryStore
from visavis.application.search import GallerySearch
from visavis.bootstrap.models import Models
from visavis.domain.correction import Correction, CorrectionId, CorrectionKind, Denial, DenialId, Undo
from visavis.domain.decision import Calibration, Outcome
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT, GalleryId, Reference, ReferenceId, Subject, SubjectId
from visavis.domain.template import Template

pytestmark = [pytest.mark.models, pytest.mark.data]

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LENIENT = Policy(name="lenient", fmr=1e-3, fpir=0.3, band=1.0)


@dataclass(kw_only=True)
class Counted:
    """Photos: of denied humans that were taken for the subject, and of the subjects that were recognised."""

    denied: int = 0
    strangers_before: int = 0
    strangers_after: int = 0
    own_before: int = 0
    own_after: int = 0


@dataclass(kw_only=True)
class Bench:
    store: MemoryStore
    search: GallerySearch
    gallery: Gallery
    calibration: Calibration
    subjects: dict[str, Subject]

    @classmethod
    async def of(cls, pack: Pack, enrolled: dict[str, Template]) -> "Bench":
        store = MemoryStore()
        gallery = Gallery(
            id=GalleryId(uuid.uuid4()),
            name="lfw",
            purpose=Purpose.GENERAL,
            pack=pack.name,
            model=pack.embedder.model,
            policy=LENIENT,
            created_at=NOW,
        )
        subjects = {name: Subject(id=SubjectId(uuid.uuid4()), name=name, created_at=NOW) for name in enrolled}
        async with store.transaction(DEFAULT_TENANT) as work:
            await work.galleries.add(gallery)
            for name, subject in subjects.items():
                await work.subjects.add(subject)
                reference = Reference(
                    id=ReferenceId(uuid.uuid4()),
                    subject_id=subject.id,
                    gallery_id=gallery.id,
                    template=enrolled[name],
                    photo=b"",
                    created_at=NOW,
                )
                await work.references.add([reference])
        search = GallerySearch(store=store, tenant=DEFAULT_TENANT, indexes=ProcessIndexes(ExactIndex))
        calibration = pack.calibration(LENIENT.measure)
        return cls(store=store, search=search, gallery=gallery, calibration=calibration, subjects=subjects)

    async def taken_for(self, probes: Sequence[Template]) -> list[str | None]:
        found = await self.search(self.gallery, probes, self.calibration)
        decided = [self.gallery.policy.decide_identification(one, self.calibration) for one in found]
        return [
            one.best.name if one.best and decision.outcome is Outcome.MATCH else None
            for one, decision in zip(found, decided, strict=True)
        ]

    async def deny(self, name: str, probe: Template) -> CorrectionId:
        subject = self.subjects[name]
        correction = Correction(
            id=CorrectionId(uuid.uuid4()),
            kind=CorrectionKind.DENY,
            subject_id=subject.id,
            galleries=(self.gallery.id,),
            made_at=NOW,
            made_by="local:test",
            expires_at=NOW,
            undo=Undo(),
        )
        denial = Denial(
            id=DenialId(uuid.uuid4()),
            correction_id=correction.id,
            gallery_id=self.gallery.id,
            subject_id=subject.id,
            template=probe,
            created_at=NOW,
        )
        async with self.store.transaction(DEFAULT_TENANT) as work:
            await work.corrections.add(correction)
            await work.denials.add([denial])
        return correction.id

    async def undo(self, correction_id: CorrectionId) -> None:
        async with self.store.transaction(DEFAULT_TENANT) as work:
            await work.corrections.close(correction_id, NOW, "local:test")


async def counted(pack: Pack, photos: LabelledExtraction) -> Counted:
    people: dict[str, list[tuple[Template, Template]]] = defaultdict(list)
    extraction = photos.extraction
    for name, photo in photos.rows:
        if photo in extraction.references and photo in extraction.probes:
            people[name].append((extraction.references[photo], extraction.probes[photo]))
    names = sorted(people)
    enrolled = {name: people[name][0][0] for name in names[::2]}
    bench = await Bench.of(pack, enrolled)
    count = Counted()
    for stranger in (name for name in names[1::2] if len(people[name]) >= 3):
        probes = [probe for _, probe in people[stranger]]
        taken = await bench.taken_for(probes)
        for name in dict.fromkeys(one for one in taken if one is not None):
            first = taken.index(name)
            further = [place for place, one in enumerate(taken) if one == name and place != first]
            own = [probe for _, probe in people[name][1:]]
            before = await bench.taken_for(own) if own else []
            correction = await bench.deny(name, probes[first])
            after = await bench.taken_for([probes[place] for place in further]) if further else []
            own_after = await bench.taken_for(own) if own else []
            await bench.undo(correction)
            count.denied += 1
            count.strangers_before += len(further)
            count.strangers_after += sum(one == name for one in after)
            count.own_before += sum(one == name for one in before)
            count.own_after += sum(one == name for one in own_after)
    return count


def test_one_denial_is_remembered_and_costs_the_subject_nothing(
    models: Models, lfw_extraction: LfwExtraction
) -> None:
    pack = models.pack("standard")
    count = anyio.run(counted, pack, lfw_extraction(pack.name))
    assert count.strangers_before >= 50, "there must be look-alikes"
    assert count.strangers_after <= 0.05 * count.strangers_before
    assert count.own_after >= 0.98 * count.own_before > 0

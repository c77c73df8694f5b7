"""Take over descriptors that another program computed with a model we know (dlib's 128 numbers)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.consent import require_consent
from visavis.application.ledger import Ledger
from visavis.application.making import note_enrolled, require_room
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.arrays import Features
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, ReferenceId, Subject, SubjectId, TenantId, checked_name
from visavis.domain.template import Template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Descriptor:
    """The features of one photo of one subject, as the other program stored them, shape (dimension,)."""

    subject: str
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDescriptors:
    """Enrols descriptors as references. A descriptor that is there already is not taken twice."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def __call__(self, gallery: Gallery, descriptors: Sequence[Descriptor]) -> int:
        """All or nothing; the number of new references.

        Raises `ValueInvalid` for a descriptor of another dimension or without direction, `GalleryFull`,
        `ConsentMissing`.
        """
        templates = [Template.of(d.features, gallery.model) for d in descriptors]
        added: Counter[SubjectId] = Counter()
        async with self.store.transaction(self.tenant) as work:
            await require_room(work, gallery, len(descriptors))
            prints = [await work.references.fingerprint(t.vector.tobytes()) for t in templates]
            known = set(await work.references.by_photo(gallery.id, prints))
            for descriptor, template, fingerprint in zip(descriptors, templates, prints, strict=True):
                if fingerprint in known:
                    continue
                known.add(fingerprint)
                subject_id = await self._subject(work, descriptor.subject)
                added[subject_id] += 1
                reference = Reference(
                    id=ReferenceId(self.identifiers.new()),
                    subject_id=subject_id,
                    gallery_id=gallery.id,
                    template=template,
                    photo=fingerprint,
                    created_at=self.clock.now(),
                )
                await work.references.add([reference])
            for subject_id, count in added.items():
                await require_consent(work, gallery, subject_id, self.clock.now(), hold=True)
                await note_enrolled(self.ledger, work, gallery, subject_id, count, imported=True)
        return added.total()

    async def _subject(self, work: UnitOfWork, given: str) -> SubjectId:
        name = checked_name(given, what="subject name")
        subject = await work.subjects.find(name)
        if subject is None:
            subject = Subject(id=SubjectId(self.identifiers.new()), name=name, created_at=self.clock.now())
            await work.subjects.add(subject)
        return subject.id

"""Unknowns who are remembered: a subject without a name, so that the human is recognised the next time."""

from dataclasses import dataclass

from visavis.application.identify import Newcomer
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker, kept_images, note_enrolled
from visavis.application.ports.inference import Inference
from visavis.application.ports.store import UnitOfWork
from visavis.domain.decision import Outcome
from visavis.domain.errors import AlreadyExists
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep, Unknowns
from visavis.domain.sample import Sample
from visavis.domain.subject import ReferenceDetails, Subject, SubjectId, SubjectKind
from visavis.domain.template import Template
from visavis.engine.assess import ENROL_GATE

_NAMES = 20  #: tries for a name that nobody has: with a million unknowns each fails once in 4,000 times


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """Runs inside the transaction that searched, while nobody else remembers anybody in the same gallery."""

    maker: ReferenceMaker
    ledger: Ledger

    def wants(self, gallery: Gallery, outcome: Outcome, sample: Sample | None, quality: float | None) -> bool:
        """Whether this face becomes a subject: it is nobody, and as good as any reference must be. Without a sample,
        which devices may keep to themselves, the quality of the template alone says so.

        Nobody can have consented before being known, so a gallery that needs consent remembers no unknowns.
        """
        policy = gallery.policy
        return (
            policy.unknowns is Unknowns.REMEMBER
            and not policy.consent
            and outcome is Outcome.NON_MATCH
            and (quality is None or quality >= policy.enrol_quality)
            and (sample is None or not ENROL_GATE.reasons(sample.face, sample.quality))
        )

    async def __call__(
        self, work: UnitOfWork, gallery: Gallery, sample: Sample, picture: bytes, inference: Inference
    ) -> Newcomer | None:
        """The new subject with its reference; `None` if the gallery is full."""
        if await self._is_full(work, gallery):
            return None
        (template,) = await inference.templates([sample], flip=True)
        details = self.maker.details(sample.face, picture)
        newcomer = await self._newcomer(work, gallery, template, details)
        images = await kept_images(gallery.policy.keep, newcomer.reference_id, sample, picture)
        if images:
            await work.samples.add(images)
        return newcomer

    async def track(
        self, work: UnitOfWork, gallery: Gallery, template: Template, sample: Sample | None
    ) -> Newcomer | None:
        """The same for a face that was followed: its reference is the template of all its shots together.

        The sample of the best shot is kept where the policy keeps anything: there is no larger picture.
        """
        if await self._is_full(work, gallery):
            return None
        details = ReferenceDetails(image_id=self.maker.identifiers.new())
        newcomer = await self._newcomer(work, gallery, template, details)
        if sample is not None and gallery.policy.keep is not Keep.NOTHING:
            await work.samples.add(await kept_images(Keep.SAMPLE, newcomer.reference_id, sample, b""))
        return newcomer

    async def _is_full(self, work: UnitOfWork, gallery: Gallery) -> bool:
        return await work.references.count(gallery.id) >= gallery.policy.capacity

    async def _newcomer(
        self, work: UnitOfWork, gallery: Gallery, template: Template, details: ReferenceDetails
    ) -> Newcomer:
        subject = await self._subject(work)
        # no fingerprint of the photo: several unknowns may be in one
        reference = self.maker.reference(gallery, subject.id, template, photo=b"", details=details)
        await work.references.add([reference])
        await note_enrolled(self.ledger, work, gallery, subject.id, 1, anonymous=True)
        return Newcomer(
            subject_id=subject.id, name=subject.name, reference_id=reference.id, template=template
        )

    async def _subject(self, work: UnitOfWork) -> Subject:
        for _ in range(_NAMES):
            subject = Subject(
                id=SubjectId(self.maker.identifiers.new()),
                name=f"anonymous-{self.maker.identifiers.new().hex[:8]}",
                created_at=self.maker.clock.now(),
                kind=SubjectKind.ANONYMOUS,
            )
            if await work.subjects.find(subject.name) is None:
                await work.subjects.add(subject)
                return subject
        raise AlreadyExists("No name was found for an unknown.")

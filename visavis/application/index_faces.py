"""Every acceptable face of one picture becomes a reference of its own."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from visavis.application.consent import require_consent
from visavis.application.guard import belongs
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker, kept_images, note_enrolled, require_room
from visavis.application.ports.inference import Inference
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.decision import Calibration
from visavis.domain.errors import ConsentMissing
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery
from visavis.domain.sample import Reason, Rejection, Sample
from visavis.domain.subject import (
    Reference,
    ReferenceDetails,
    ReferenceId,
    Subject,
    SubjectId,
    SubjectKind,
    TenantId,
    checked_name,
)
from visavis.domain.template import Template, require_same_model
from visavis.engine.assess import ENROL_GATE, QualityGate

TOO_MANY = "exceeds_max_faces"
NO_ROOM = "exceeds_max_references"
OTHER_SUBJECT = "wrong_subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """`subject` gets all faces; without it each face is a subject of its own (`SubjectKind.FACE`).

    `max_faces` takes the largest only, 0 all. With `guard` a face must look like the subject's other references.
    With `once` the same picture sent again with the same `external_id` and subject adds nothing. Without
    `enrol_gate` faces are taken that are good enough for a probe (`gate`), whatever the policy says.
    """

    subject: str | None = None
    external_id: str = ""
    image_id: uuid.UUID | None = None
    max_faces: int = 0
    guard: bool = False
    once: bool = True
    gate: QualityGate = ENROL_GATE
    policy_quality: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexedFace:
    """One face: its reference, or the reasons why it has none. `known`: the reference was there before."""

    found: Sample | Rejection
    details: ReferenceDetails
    template: Template | None = None
    reference_id: ReferenceId | None = None
    subject_id: SubjectId | None = None
    reasons: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Indexing:
    """The faces of the picture, largest first."""

    image_id: uuid.UUID
    subject: str | None
    faces: tuple[IndexedFace, ...]


@dataclass(slots=True)
class _Face:
    """Working state of one face on its way through the checks."""

    found: Sample | Rejection
    details: ReferenceDetails
    photo: bytes = b""
    template: Template | None = None
    reference_id: ReferenceId | None = None
    subject_id: SubjectId | None = None
    reasons: list[str] = field(default_factory=list)
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFaces:
    """Enrols all faces of a picture. What it returns with a reference is committed, and audited."""

    store: Store
    tenant: TenantId
    inference: Inference
    calibration: Calibration
    ledger: Ledger
    maker: ReferenceMaker

    async def __call__(
        self, gallery: Gallery, picture: bytes | Frame, options: IndexOptions | None = None
    ) -> Indexing:
        """Raises what decoding raises, `ModelMismatch`, `GalleryFull`, `ConsentMissing`."""
        options = options or IndexOptions()
        require_same_model(gallery.model, self.inference.model)
        if gallery.policy.consent and options.subject is None:
            raise ConsentMissing(
                "A face that belongs to nobody has nobody's consent, which this gallery requires."
            )
        image_id = options.image_id or self.maker.identifiers.new()
        found = await self.inference.samples(picture, gate=options.gate)
        faces = [self._face(one, picture, image_id, options) for one in found]
        await self._templates(gallery, faces, options)
        async with self.store.transaction(self.tenant) as work:
            await self._keep(work, gallery, picture, faces, options)
        return Indexing(
            image_id=image_id,
            subject=options.subject,
            faces=tuple(
                IndexedFace(
                    found=face.found,
                    details=face.details,
                    template=face.template,
                    reference_id=face.reference_id,
                    subject_id=face.subject_id,
                    reasons=tuple(face.reasons),
                    known=face.known,
                )
                for face in faces
            ),
        )

    def _face(
        self, one: Sample | Rejection, picture: bytes | Frame, image_id: uuid.UUID, options: IndexOptions
    ) -> _Face:
        details = self.maker.details(one.face, picture, external_id=options.external_id, image_id=image_id)
        reasons = [reason.value for reason in one.reasons] if isinstance(one, Rejection) else []
        return _Face(found=one, details=details, reasons=reasons)

    async def _templates(self, gallery: Gallery, faces: Sequence[_Face], options: IndexOptions) -> None:
        """Templates of the accepted faces, as many as are wanted; those of low quality are refused."""
        good = [face for face in faces if isinstance(face.found, Sample)]
        wanted = good[: options.max_faces] if options.max_faces else good
        for face in good[len(wanted) :]:
            face.reasons.append(TOO_MANY)
        samples = [face.found for face in wanted if isinstance(face.found, Sample)]
        if not samples:
            return
        made = await self.inference.templates(samples, flip=True)
        lowest = gallery.policy.enrol_quality if options.policy_quality else 0.0
        for face, template in zip(wanted, made, strict=True):
            face.template = template
            if template.quality is not None and template.quality < lowest:
                face.reasons.append(Reason.LOW_QUALITY.value)

    async def _keep(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        picture: bytes | Frame,
        faces: Sequence[_Face],
        options: IndexOptions,
    ) -> None:
        if options.once:
            await self._recognise(work, gallery, picture, faces, options)
        open_ = [face for face in faces if face.template and not face.reasons and not face.known]
        if not open_:
            return
        subject_id = None
        if options.subject is not None:
            subject_id = await self._subject(work, gallery, options.subject)
            open_ = await self._fitting(work, gallery, subject_id, open_, guard=options.guard)
        await require_room(work, gallery, len(open_))
        await self._add(work, gallery, picture, open_, subject_id)
        await require_consent(work, gallery, subject_id, self.maker.clock.now(), hold=True)

    async def _recognise(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        picture: bytes | Frame,
        faces: Sequence[_Face],
        options: IndexOptions,
    ) -> None:
        """Finds the references of faces that are there already. A face of a picture is told by its place."""
        content = picture.pixels.tobytes() if isinstance(picture, Frame) else picture
        image = await work.references.fingerprint(content)
        ours = f"{options.external_id}\0{options.subject or ''}\0".encode()
        for face in faces:
            box = face.found.face.box
            place = f"{box.left:.1f},{box.top:.1f},{box.right:.1f},{box.bottom:.1f}"
            face.photo = await work.references.fingerprint(ours + place.encode() + image)
        owners = await work.references.by_photo(gallery.id, [face.photo for face in faces])
        kept = await work.references.of_subjects(gallery.id, list(set(owners.values())))
        there = {one.photo: one for references in kept.values() for one in references}
        for face in faces:
            one = there.get(face.photo)
            if one is not None and not face.reasons:
                face.reference_id, face.subject_id, face.known = one.id, one.subject_id, True
                face.details = one.details

    async def _subject(self, work: UnitOfWork, gallery: Gallery, given: str) -> SubjectId:
        name, now = checked_name(given, what="subject name"), self.maker.clock.now()
        subject = await work.subjects.find(name)
        if subject is None:
            subject = Subject(id=SubjectId(self.maker.identifiers.new()), name=name, created_at=now)
            await work.subjects.add(subject)
        await require_consent(work, gallery, subject.id, now)
        return subject.id

    async def _fitting(
        self, work: UnitOfWork, gallery: Gallery, subject_id: SubjectId, faces: list[_Face], *, guard: bool
    ) -> list[_Face]:
        """Those that the subject can have; the others get a reason."""
        kept = (await work.references.of_subjects(gallery.id, [subject_id])).get(subject_id, [])
        if guard:
            templates = [face.template for face in faces if face.template]
            fits = belongs(templates, [one.template for one in kept], self.calibration)
            for face, ok in zip(faces, fits, strict=True):
                face.reasons += [] if ok else [OTHER_SUBJECT]
        fitting = [face for face in faces if not face.reasons]
        room = max(gallery.policy.max_references - len(kept), 0)
        for face in fitting[room:]:
            face.reasons.append(NO_ROOM)
        return fitting[:room]

    async def _add(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        picture: bytes | Frame,
        faces: Sequence[_Face],
        subject_id: SubjectId | None,
    ) -> None:
        references: list[Reference] = []
        images = []
        for face in faces:
            if face.template is None or not isinstance(face.found, Sample):
                continue
            reference_id = ReferenceId(self.maker.identifiers.new())
            face.reference_id = reference_id
            face.subject_id = subject_id or await self._nobody(work, reference_id)
            references.append(
                self.maker.reference(
                    gallery,
                    face.subject_id,
                    face.template,
                    photo=face.photo,
                    details=face.details,
                    reference_id=reference_id,
                )
            )
            images += await kept_images(gallery.policy.keep, reference_id, face.found, picture)
        await work.references.add(references)
        if images:
            await work.samples.add(images)
        for one in {reference.subject_id for reference in references}:
            count = sum(reference.subject_id == one for reference in references)
            await note_enrolled(self.ledger, work, gallery, one, count, indexed=True)

    async def _nobody(self, work: UnitOfWork, reference_id: ReferenceId) -> SubjectId:
        """A subject for a face that belongs to nobody yet."""
        subject = Subject(
            id=SubjectId(self.maker.identifiers.new()),
            name=str(reference_id),
            created_at=self.maker.clock.now(),
            kind=SubjectKind.FACE,
        )
        await work.subjects.add(subject)
        return subject.id

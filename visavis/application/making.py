"""Makes references of samples, and what is kept beside them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import anyio.to_thread

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import UnitOfWork
from visavis.domain.audit import Action, Detail
from visavis.domain.errors import GalleryFull
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery
from visavis.domain.geometry import Size
from visavis.domain.policy import Keep
from visavis.domain.sample import Sample
from visavis.domain.subject import Reference, ReferenceDetails, ReferenceId, SubjectId
from visavis.domain.template import Template
from visavis.vision.png import png


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceMaker:
    """`size` reads the size of an image file, upright, px; without it references do not say where the face was."""

    clock: Clock
    identifiers: Identifiers
    size: Callable[[bytes], Size] | None = None

    def details(
        self, face: Face, picture: bytes | Frame, *, external_id: str = "", image_id: uuid.UUID | None = None
    ) -> ReferenceDetails:
        """Where the face was and how sure its detection; every picture has an identifier."""
        return ReferenceDetails(
            external_id=external_id,
            image_id=image_id or self.identifiers.new(),
            box=self._shares(face, picture),
            detection_score=face.score,
        )

    def reference(
        self,
        gallery: Gallery,
        subject_id: SubjectId,
        template: Template,
        *,
        photo: bytes,
        details: ReferenceDetails,
        reference_id: ReferenceId | None = None,
    ) -> Reference:
        return Reference(
            id=reference_id or ReferenceId(self.identifiers.new()),
            subject_id=subject_id,
            gallery_id=gallery.id,
            template=template,
            photo=photo,
            created_at=self.clock.now(),
            details=details,
        )

    def _shares(self, face: Face, picture: bytes | Frame) -> tuple[float, float, float, float] | None:
        """Left, top, width and height as shares of the picture's."""
        if isinstance(picture, Frame):
            size = picture.original
        elif self.size is not None:
            size = self.size(picture)
        else:
            return None
        box = face.box
        return (
            box.left / size.width,
            box.top / size.height,
            box.width / size.width,
            box.height / size.height,
        )


async def kept_images(
    keep: Keep, reference_id: ReferenceId, sample: Sample, picture: bytes | Frame
) -> list[KeptImage]:
    """What the policy keeps of the picture a reference was made of."""
    if keep is Keep.NOTHING:
        return []
    if keep is Keep.SAMPLE:
        content = png(sample.chip)
    elif isinstance(picture, Frame):
        content = await anyio.to_thread.run_sync(png, picture.pixels)
    else:
        content = picture
    return [KeptImage(reference_id=reference_id, kind=keep, content=content)]


async def require_room(work: UnitOfWork, gallery: Gallery, more: int) -> None:
    """Raises `GalleryFull` if the gallery has no room for so many more references."""
    if await work.references.count(gallery.id) + more > gallery.policy.capacity:
        raise GalleryFull


async def note_enrolled(
    ledger: Ledger,
    work: UnitOfWork,
    gallery: Gallery,
    subject_id: SubjectId,
    references: int,
    **details: Detail,
) -> None:
    """The audit record of new references."""
    await ledger.note(
        work,
        Action.SUBJECT_ENROLLED,
        f"subject:{subject_id}",
        gallery=str(gallery.id),
        references=references,
        model=str(gallery.model),
        policy=gallery.policy.name,
        keep=gallery.policy.keep.value,
        **details,
    )

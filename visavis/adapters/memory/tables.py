"""What one tenant keeps, in dictionaries."""

import secrets
from dataclasses import dataclass, field

from visavis.domain.errors import GalleryNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, Reference, Subject, SubjectId


@dataclass(slots=True, kw_only=True)
class Tables:
    """Not a value: the one thing here that changes. Its parts are never changed, only exchanged."""

    galleries: dict[GalleryId, Gallery] = field(default_factory=dict)
    subjects: dict[SubjectId, Subject] = field(default_factory=dict)
    references: dict[GalleryId, dict[SubjectId, tuple[Reference, ...]]] = field(default_factory=dict)
    photos: dict[GalleryId, dict[bytes, SubjectId]] = field(default_factory=dict)
    changes: dict[GalleryId, dict[SubjectId, int]] = field(default_factory=dict)
    sequences: dict[GalleryId, int] = field(default_factory=dict)
    photo_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def copy(self) -> "Tables":
        return Tables(
            galleries=dict(self.galleries),
            subjects=dict(self.subjects),
            references={gallery: dict(kept) for gallery, kept in self.references.items()},
            photos={gallery: dict(known) for gallery, known in self.photos.items()},
            changes={gallery: dict(changed) for gallery, changed in self.changes.items()},
            sequences=dict(self.sequences),
            photo_key=self.photo_key,
        )

    def gallery(self, gallery_id: GalleryId) -> Gallery:
        if gallery_id not in self.galleries:
            raise GalleryNotFound
        return self.galleries[gallery_id]

    def kept(self, gallery_id: GalleryId) -> dict[SubjectId, tuple[Reference, ...]]:
        return self.references.get(gallery_id, {})

    def keep(self, gallery_id: GalleryId, subject_id: SubjectId, references: tuple[Reference, ...]) -> None:
        """Replaces the subject's references in the gallery and records the change."""
        kept, photos = self.references[gallery_id], self.photos[gallery_id]
        for old in kept.pop(subject_id, ()):
            photos.pop(old.photo, None)
        if references:
            kept[subject_id] = references
        photos.update({new.photo: subject_id for new in references if new.photo})
        self.sequences[gallery_id] += 1
        self.changes[gallery_id][subject_id] = self.sequences[gallery_id]

    def where(self, subject_id: SubjectId) -> list[GalleryId]:
        """The galleries that keep a reference of the subject."""
        return [gallery for gallery, kept in self.references.items() if subject_id in kept]

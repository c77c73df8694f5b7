"""Where subjects, galleries and references are kept. The store is the truth; an index only proposes.

One `transaction` is one unit of work: everything in it is committed when its block ends without an error, or
nothing is. All reads and writes are limited to one tenant. Adapters raise `StoreDown` when the store cannot be
reached and `KeyUnavailable` when templates cannot be decrypted.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, Reference, ReferenceId, Subject, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class GallerySummary:
    gallery: Gallery
    subjects: int
    references: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSummary:
    """A subject and how many references each gallery keeps of it: (gallery name, count), sorted by name."""

    subject: Subject
    galleries: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure removed."""

    subject_id: SubjectId
    references: int
    galleries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The references of `subject_id` in a gallery changed; `sequence` orders changes of one gallery, gapless
    in commit order: a reader that has seen sequence n has seen everything up to n."""

    sequence: int
    subject_id: SubjectId


class Galleries(Protocol):
    async def add(self, gallery: Gallery) -> None:
        """Raises `AlreadyExists` if the tenant has a gallery of this name."""
        ...

    async def by_name(self, name: str) -> Gallery:
        """Raises `GalleryNotFound`."""
        ...

    async def all(self) -> list[GallerySummary]:
        """Sorted by name."""
        ...

    async def set_policy(self, gallery_id: GalleryId, policy: Policy) -> None:
        """Raises `GalleryNotFound`."""
        ...

    async def remove(self, gallery_id: GalleryId) -> int:
        """Removes the gallery and its references, and subjects that have no reference left anywhere.

        The number of references removed. Raises `GalleryNotFound`.
        """
        ...


class Subjects(Protocol):
    async def add(self, subject: Subject) -> None:
        """Raises `AlreadyExists` if the tenant has a subject of this name."""
        ...

    async def by_name(self, name: str) -> Subject:
        """Raises `SubjectNotFound`."""
        ...

    async def find(self, name: str) -> Subject | None: ...

    async def names(self, ids: Sequence[SubjectId]) -> dict[SubjectId, str]:
        """Names of those that still exist."""
        ...

    async def page(
        self, *, gallery_id: GalleryId | None = None, after: str = "", limit: int = 100
    ) -> list[SubjectSummary]:
        """Subjects whose name sorts after `after`, by name; of one gallery or of all."""
        ...

    async def erase(self, subject_id: SubjectId) -> Erasure:
        """Removes the subject and every reference in every gallery. Raises `SubjectNotFound`."""
        ...


class References(Protocol):
    async def add(self, references: Sequence[Reference]) -> None:
        """Keeps them and records a change for each subject concerned.

        Raises `ReferenceNotFound` never; `SubjectNotFound` or `GalleryNotFound` if one of these is gone,
        `AlreadyEnrolled` if the gallery has a reference of the same photo (equal non-empty `photo`),
        `ModelMismatch` if a template's model is not the gallery's.
        """
        ...

    async def of_subjects(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Reference]]:
        """Decrypted references, oldest first; subjects without any are absent."""
        ...

    def everything(self, gallery_id: GalleryId, *, batch: int = 1000) -> AsyncIterator[list[Reference]]:
        """All references of a gallery, in batches that never split a subject. For building an index."""
        ...

    async def count(self, gallery_id: GalleryId) -> int: ...

    async def by_photo(self, gallery_id: GalleryId, photos: Sequence[bytes]) -> dict[bytes, SubjectId]:
        """Which of these photo fingerprints are enrolled, and for whom."""
        ...

    async def remove(self, reference_id: ReferenceId) -> None:
        """Raises `ReferenceNotFound`."""
        ...

    async def changes(self, gallery_id: GalleryId, *, after: int) -> list[Change]:
        """Changes with a sequence above `after`, in order; only the latest change of each subject is kept."""
        ...

    async def sequence(self, gallery_id: GalleryId) -> int:
        """The sequence of the latest change, 0 if there was none. Raises `GalleryNotFound`."""
        ...

    async def fingerprint(self, photo: bytes) -> bytes:
        """Keyed digest of a photo's bytes, 32 bytes; equal for equal photos of one tenant, else meaningless."""
        ...


class UnitOfWork(Protocol):
    @property
    def galleries(self) -> Galleries: ...

    @property
    def subjects(self) -> Subjects: ...

    @property
    def references(self) -> References: ...


class Store(Protocol):
    def transaction(self, tenant: TenantId) -> AbstractAsyncContextManager[UnitOfWork]:
        """Commits at the end of the block, rolls back if it raises."""
        ...

"""Jobs and their items, of one tenant, as a unit of work sees them. They are the truth; a queue only wakes workers."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.job import Fault, ItemResult, ItemState, Job, JobId, JobItem, JobKind, JobState
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId
from visavis.domain.template import ModelIdentity, Template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewItem:
    """An item with its content: an image file, a path in UTF-8, or nothing. Sealed until it is processed."""

    item: JobItem
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A stream in which items wait."""

    stream: str
    kind: JobKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An item that is about to be processed, and the job that it belongs to."""

    job: Job
    item: JobItem


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What to look for; `None` means any. `galleries` are names, for callers that are limited to some."""

    kind: JobKind | None = None
    state: JobState | None = None
    galleries: frozenset[str] | None = None


class Jobs(Protocol):
    async def add(self, job: Job, items: AsyncIterable[NewItem]) -> Job:
        """Keeps a job with all its items, numbered 0, 1, 2, … in their order; the job with sequence and total."""
        ...

    async def extend(self, job_id: JobId, items: Sequence[JobItem]) -> None:
        """Further items without content, for a job that is not final. Raises `JobNotFound`."""
        ...

    async def get(self, job_id: JobId) -> Job:
        """Raises `JobNotFound`."""
        ...

    async def page(self, wanted: JobFilter, *, before: int | None = None, limit: int = 100) -> list[Job]:
        """The latest first, with a sequence below `before`."""
        ...

    async def items(
        self, job_id: JobId, *, state: ItemState | None = None, after: int = -1, limit: int = 100
    ) -> list[JobItem]:
        """By number."""
        ...

    async def waiting(self) -> list[Waiting]:
        """The streams in which items wait, or a job waits for its end."""
        ...

    async def take(self, stream: str, limit: int) -> list[Taken]:
        """The first items that wait in a stream, in order of submission; counts the attempt.

        An item that was begun before is taken alone, because it may be what ended the worker.
        """
        ...

    async def release(self, taken: Sequence[Taken]) -> None:
        """Takes back the attempt that `take` counted, for items that still wait: it was not their fault."""
        ...

    async def hold(self, job_id: JobId, number: int) -> bool:
        """Locks the item for this transaction; whether it still waits."""
        ...

    async def payload(self, job_id: JobId, number: int) -> bytes | None:
        """What was sent; `None` once the item is done."""
        ...

    async def finish_item(
        self, job_id: JobId, number: int, at: datetime, *, result: ItemResult | None, fault: Fault | None
    ) -> None:
        """Keeps result or fault of an item that waits, and forgets its payload."""
        ...

    async def start(self, job_id: JobId, at: datetime) -> None:
        """Queued becomes running."""
        ...

    async def ready(self, stream: str) -> list[Job]:
        """Jobs that are not final although nothing of them waits, in order of submission."""
        ...

    async def settle(self, job_id: JobId, at: datetime) -> Job | None:
        """Ends a job of which nothing waits; the job if this call ended it."""
        ...

    async def fail(self, job_id: JobId, at: datetime, fault: Fault) -> None:
        """Ends a job that cannot go on; its waiting items are cancelled. Does nothing to a final one."""
        ...

    async def cancel(self, job_id: JobId, at: datetime) -> Job:
        """Cancels what waits; a final job stays as it is. Raises `JobNotFound`."""
        ...

    async def serialise(self, name: str) -> None:
        """Waits for other transactions of the tenant that said the same, and keeps them waiting until this ends."""
        ...

    async def purge(self, finished_before: datetime) -> int:
        """Removes final jobs with their results; how many."""
        ...

    async def forget(self, subject_id: SubjectId, name: str) -> int:
        """Removes from all items what leads to a subject: its identifier, its name, and labels next to them.

        Waiting items that would enrol it are cancelled. How many items.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StagedTemplate:
    """A template of another model for a reference that is still searched with its old one."""

    reference_id: ReferenceId
    subject_id: SubjectId
    template: Template


class Staging(Protocol):
    """Templates that wait for their gallery to change its model; encrypted, and gone with job or reference."""

    async def add(self, job_id: JobId, gallery_id: GalleryId, staged: Sequence[StagedTemplate]) -> None:
        """Replaces what is staged for the same references."""
        ...

    async def missing(self, job_id: JobId, gallery_id: GalleryId) -> list[ReferenceId]:
        """References of the gallery for which nothing is staged. Locks the gallery for this transaction, so that
        no reference is added to it or taken from it meanwhile."""
        ...

    async def of(self, job_id: JobId, gallery_id: GalleryId, model: ModelIdentity) -> list[StagedTemplate]:
        """Everything staged for the gallery."""
        ...

    async def switch(self, job_id: JobId, gallery_id: GalleryId, *, pack: str, model: ModelIdentity) -> int:
        """Gives the gallery the other model, and each of its references the staged template; how many these are.

        Identifiers, details, photo digests and kept images stay as they are. References for which nothing of this
        model is staged are removed, members stay. Afterwards nothing is staged. Raises `GalleryNotFound`.
        """
        ...

    async def clear(self, job_id: JobId) -> None: ...


def renewed(reference: Reference, staged: StagedTemplate) -> Reference:
    """The reference with the template of the other model."""
    return Reference(
        id=reference.id,
        subject_id=reference.subject_id,
        gallery_id=reference.gallery_id,
        template=staged.template,
        photo=reference.photo,
        created_at=reference.created_at,
        details=reference.details,
    )

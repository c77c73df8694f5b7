"""Corrections, and what they leave for later decisions, as a unit of work of one tenant sees them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.application.ports.samples import KeptImage
from visavis.domain.correction import (
    Correction,
    CorrectionId,
    CorrectionKind,
    Denial,
    EventMark,
    Moved,
)
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, Reference, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFilter:
    """What to look for; `None` means any. `within`: that concern nothing outside these galleries."""

    kind: CorrectionKind | None = None
    subject_id: SubjectId | None = None
    event_id: EventId | None = None
    within: frozenset[GalleryId] | None = None
    undone: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parked:
    """A reference that a merge took out because the subject would have had too many, and what was kept beside it."""

    reference: Reference
    images: tuple[KeptImage, ...] = ()


class Corrections(Protocol):
    """They go with the subjects that they are about."""

    async def claim(self) -> None:
        """Waits until no other transaction of the tenant corrects anything; lasts until this one ends. Comes first."""
        ...

    async def add(self, correction: Correction) -> Correction:
        """With its sequence. After `claim`. Raises `SubjectNotFound` if one whom it is about is gone."""
        ...

    async def get(self, correction_id: CorrectionId) -> Correction:
        """Raises `CorrectionNotFound`."""
        ...

    async def page(
        self, wanted: CorrectionFilter, *, before: int | None = None, limit: int = 100
    ) -> list[Correction]:
        """The latest first, below the sequence `before`."""
        ...

    async def close(
        self, correction_id: CorrectionId, at: datetime, by: str, *, unmade: SubjectId | None = None
    ) -> Correction:
        """Notes that it was undone; the denials and references that it kept are removed. `unmade` is the other subject
        if that is about to go, which the correction survives. Raises `CorrectionNotFound`."""
        ...

    async def purge(
        self, gallery_id: GalleryId | None, made_before: datetime, now: datetime, *, limit: int = 10_000
    ) -> int:
        """Removes corrections of a gallery (`None`: of none) that were made before this time or have expired, with the
        denials and references that they kept; how many. Who is apart stays so."""
        ...

    async def park(self, correction_id: CorrectionId, parked: Sequence[Parked]) -> None:
        """Keeps references, encrypted, for as long as the correction can be undone."""
        ...

    async def parked(self, correction_id: CorrectionId) -> list[Parked]:
        """By identifier. Raises `ModelMismatch` if the gallery has another model by now."""
        ...

    async def keep_apart(self, one: SubjectId, other: SubjectId, at: datetime) -> bool:
        """Remembers that these are two humans, for as long as both are there; whether that is new. Raises
        `SubjectNotFound`."""
        ...

    async def rejoin(self, one: SubjectId, other: SubjectId) -> None:
        """Forgets that these are two humans."""
        ...

    async def are_apart(self, one: SubjectId, other: SubjectId) -> bool:
        """Whether a person said that these are two humans."""
        ...

    async def apart(self, gallery_id: GalleryId) -> list[tuple[SubjectId, SubjectId]]:
        """All pairs of members of a gallery of whom a person said so; the lesser identifier first, in order."""
        ...


class Denials(Protocol):
    """Looks that are not a subject, encrypted. They go with their correction, and with whomever they are about.

    When a correction is closed or purged, or `forget` removes them, that is a change of the gallery for each subject,
    as adding them is: devices that hold a copy drop them.
    """

    async def add(self, denials: Sequence[Denial]) -> None:
        """Records a change of the gallery for each subject. Raises `ModelMismatch`."""
        ...

    async def of(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Denial]]:
        """Those of the gallery's model, oldest first; subjects without any are absent. What shows the subject itself,
        because it was merged since, does not count."""
        ...

    async def subjects(self, gallery_id: GalleryId) -> frozenset[SubjectId]:
        """Those of whom a look was denied in this gallery."""
        ...

    async def forget(self, subject_id: SubjectId) -> int:
        """Removes the denials of a subject, those that show it and those of events that name it; how many. Comes
        before the events forget the subject."""
        ...


class Lineage(Protocol):
    """Which subject another one became."""

    async def leads_to(self, subject_id: SubjectId) -> SubjectId | None:
        """The subject that this identifier stands for since it was merged, if it was."""
        ...

    async def absorb(self, gone: SubjectId, into: SubjectId) -> Moved:
        """Gives everything but references, memberships and the row itself to another subject: events, consents,
        denials, corrections, earlier identifiers, visits and whatever else there is. Then `gone` may be erased."""
        ...

    async def release(self, moved: Moved, held: SubjectId, back: SubjectId) -> None:
        """Gives back those of the rows that `held` still has, and ends the identifier's leading elsewhere."""
        ...

    async def redirect(self, gone: SubjectId, into: SubjectId, at: datetime) -> None:
        """From now on the identifier of a subject that is gone stands for the other one."""
        ...

    async def reassign(
        self, events: Collection[EventId], held: SubjectId, to: SubjectId
    ) -> tuple[EventId, ...]:
        """Gives those of these events that name `held` to another subject; which these were."""
        ...

    async def restore(self, mark: EventMark) -> None:
        """What a person decided about the event is this again. Raises `EventNotFound`; a subject that is gone is left
        out."""
        ...

    async def is_named(self, subject_id: SubjectId) -> bool:
        """Whether events, consents, corrections that stand, or anything else but references names the subject."""
        ...

    async def aliases(self, subject_id: SubjectId) -> list[SubjectId]:
        """Identifiers that stand for this subject since they were merged, in order."""
        ...

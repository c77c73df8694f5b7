"""Attendance of one tenant: plans, and what people corrected, as a unit of work sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from visavis.domain.attendance import AttendancePlan, Correction, CorrectionId
from visavis.domain.subject import GalleryId, SubjectId


class AttendanceBook(Protocol):
    """Plans and corrections go with their gallery, corrections with their subject, too."""

    async def plan(self, gallery_id: GalleryId) -> AttendancePlan | None: ...

    async def set_plan(self, plan: AttendancePlan) -> None:
        """Raises `GalleryNotFound`."""
        ...

    async def add(self, correction: Correction) -> None:
        """Raises `SubjectNotFound`, `GalleryNotFound`."""
        ...

    async def get(self, correction_id: CorrectionId) -> Correction:
        """Raises `CorrectionNotFound`. No other transaction changes it until this one ends."""
        ...

    async def replace(self, correction: Correction) -> None:
        """Who undid it, and when. Raises `CorrectionNotFound`."""
        ...

    async def corrections(
        self,
        *,
        gallery_id: GalleryId | None = None,
        subject_ids: Sequence[SubjectId] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        undone: bool = True,
    ) -> list[Correction]:
        """By the time they are about, from `since` (included) until `until` (not included); with those that were
        undone, or without."""
        ...

    async def purge(self, gallery_id: GalleryId, before: datetime) -> int:
        """Removes corrections about times before this one; how many."""
        ...

"""Attendance in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.domain.attendance import AttendancePlan, Correction, CorrectionId
from visavis.domain.errors import CorrectionNotFound
from visavis.domain.subject import GalleryId, SubjectId


class MemoryAttendance:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def plan(self, gallery_id: GalleryId) -> AttendancePlan | None:
        tables = self._work.read()
        return tables.passages.plans.get(gallery_id) if gallery_id in tables.galleries else None

    async def set_plan(self, plan: AttendancePlan) -> None:
        tables = await self._work.write()
        tables.gallery(plan.gallery_id)
        tables.passages.plans[plan.gallery_id] = plan

    async def add(self, correction: Correction) -> None:
        tables = await self._work.write()
        tables.gallery(correction.gallery_id)
        tables.subject(correction.subject_id)
        tables.passages.corrections[correction.id] = correction

    async def get(self, correction_id: CorrectionId) -> Correction:
        found = next((one for one in self._living() if one.id == correction_id), None)
        if found is None:
            raise CorrectionNotFound
        return found

    async def replace(self, correction: Correction) -> None:
        tables = (await self._work.write()).passages
        old = await self.get(correction.id)
        tables.corrections[old.id] = replace(
            old, undone_by=correction.undone_by, undone_at=correction.undone_at
        )

    async def corrections(
        self,
        *,
        gallery_id: GalleryId | None = None,
        subject_ids: Sequence[SubjectId] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        undone: bool = True,
    ) -> list[Correction]:
        found = [
            one
            for one in self._living()
            if gallery_id in (None, one.gallery_id)
            and (subject_ids is None or one.subject_id in subject_ids)
            and (since is None or one.at >= since)
            and (until is None or one.at < until)
            and (undone or one.holds)
        ]
        return sorted(found, key=lambda one: (one.at, one.made_at, one.id))

    async def purge(self, gallery_id: GalleryId, before: datetime) -> int:
        tables = (await self._work.write()).passages
        old = [
            key for key, one in tables.corrections.items() if one.gallery_id == gallery_id and one.at < before
        ]
        for key in old:
            del tables.corrections[key]
        return len(old)

    def _living(self) -> list[Correction]:
        tables = self._work.read()
        return [one for one in tables.passages.corrections.values() if one.gallery_id in tables.galleries]

"""How attendance in a gallery is counted, and what people correct in it."""

from dataclasses import dataclass, replace
from datetime import datetime

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store
from visavis.domain.attendance import AttendanceChange, AttendancePlan, Correction, CorrectionId
from visavis.domain.audit import Action
from visavis.domain.errors import (
    CorrectionNotFound,
    EventNotFound,
    PlanNotFound,
    ScheduleNotFound,
    ValueInvalid,
)
from visavis.domain.event import EventId
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRequest:
    """What a person says: came or left at `at`, is excused on the day of `at`, or the sighting `event_id` is wrong."""

    subject_id: SubjectId
    kind: AttendanceChange
    reason: str
    at: datetime | None = None
    event_id: EventId | None = None

    def __post_init__(self) -> None:
        wanted = self.event_id if self.kind is AttendanceChange.IGNORE else self.at
        if wanted is None or (self.at is not None and self.event_id is not None):
            raise ValueInvalid("A sighting to be ignored is named by its event, everything else has a time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendances:
    """Plans and corrections of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def plan(self, gallery: Gallery) -> AttendancePlan:
        """Raises `PlanNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            found = await work.attendance.plan(gallery.id)
        if found is None:
            raise PlanNotFound
        return found

    async def set_plan(self, plan: AttendancePlan) -> AttendancePlan:
        """Raises `ScheduleNotFound`, `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            if plan.schedule is not None and not await work.schedules.of([plan.schedule]):
                raise ScheduleNotFound
            await work.attendance.set_plan(plan)
            await self.ledger.note(
                work,
                Action.ATTENDANCE_PLANNED,
                f"gallery:{plan.gallery_id}",
                zone=plan.zone,
                schedule=str(plan.schedule) if plan.schedule else None,
                require_live=plan.live.require_live,
            )
        return plan

    async def correct(self, gallery: Gallery, wanted: CorrectionRequest) -> Correction:
        """Raises `SubjectNotFound`, and `EventNotFound` for a sighting that is not the subject's in this gallery."""
        async with self.store.transaction(self.tenant) as work:
            at = wanted.at
            if wanted.event_id is not None:
                event = await work.events.get(wanted.event_id)
                if (event.gallery_id, event.subject_id) != (gallery.id, wanted.subject_id):
                    raise EventNotFound
                at = event.captured_at
            now = self.clock.now()
            correction = Correction(
                id=CorrectionId(self.identifiers.new()),
                gallery_id=gallery.id,
                subject_id=wanted.subject_id,
                kind=wanted.kind,
                at=at or now,
                reason=wanted.reason,
                made_by=self.ledger.actor,
                made_at=now,
                event_id=wanted.event_id,
            )
            await work.attendance.add(correction)
            await self.ledger.note(
                work,
                Action.ATTENDANCE_CORRECTED,
                f"subject:{wanted.subject_id}",
                correction=str(correction.id),
                gallery=str(gallery.id),
                kind=wanted.kind.value,
                at=correction.at.isoformat(),
                event=str(wanted.event_id) if wanted.event_id else None,
            )
        return correction

    async def undo(self, gallery_id: GalleryId, correction_id: CorrectionId) -> Correction:
        """It no longer counts, and stays to be seen; undone again it stays as it is. Raises `CorrectionNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            found = await work.attendance.get(correction_id)
            if found.gallery_id != gallery_id:
                raise CorrectionNotFound
            if not found.holds:
                return found
            undone = replace(found, undone_by=self.ledger.actor, undone_at=self.clock.now())
            await work.attendance.replace(undone)
            await self.ledger.note(
                work,
                Action.ATTENDANCE_CORRECTION_UNDONE,
                f"subject:{found.subject_id}",
                correction=str(correction_id),
                gallery=str(gallery_id),
            )
        return undone

    async def corrections(
        self,
        gallery: Gallery,
        *,
        subject_id: SubjectId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Correction]:
        """By the time they are about, those that were undone, too."""
        async with self.store.transaction(self.tenant) as work:
            return await work.attendance.corrections(
                gallery_id=gallery.id,
                subject_ids=None if subject_id is None else [subject_id],
                since=since,
                until=until,
            )

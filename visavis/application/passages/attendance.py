"""Attendance of a gallery's people over some days."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.attendance import (
    AttendancePlan,
    Correction,
    DayRecord,
    Period,
    Seen,
    Sighting,
    Total,
    total_of,
)
from visavis.domain.attendance_days import days_of
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.errors import PlanNotFound
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import Liveness, found_in, judged
from visavis.domain.schedule import Schedule
from visavis.domain.subject import SubjectId, SubjectKind, TenantId

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One subject: the days of which there is something to tell, and what they add up to."""

    subject_id: SubjectId
    name: str
    days: tuple[DayRecord, ...]
    total: Total


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceReport:
    """By name; `made_at` is until when it is known."""

    gallery: Gallery
    plan: AttendancePlan
    schedule: Schedule | None
    period: Period
    made_at: datetime
    people: tuple[Attendee, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAttendance:
    """Members with a name, seen or not; others do not attend. Every report is audited: it says of people when they
    were where."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock

    async def plan(self, gallery: Gallery) -> AttendancePlan:
        """Raises `PlanNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await _plan(work, gallery)

    async def __call__(
        self, gallery: Gallery, period: Period, *, subject_id: SubjectId | None = None
    ) -> AttendanceReport:
        """Of one subject, or of all. Raises `PlanNotFound`."""
        now = self.clock.now()
        async with self.store.transaction(self.tenant) as work:
            plan = await _plan(work, gallery)
            schedules = await work.schedules.of([plan.schedule] if plan.schedule else [])
            schedule = schedules.get(plan.schedule) if plan.schedule else None
            names = {key: name async for key, name in _members(work, gallery) if subject_id in (None, key)}
            seen = await _seen(work, gallery, plan, period, list(names))
            await self.ledger.note(
                work,
                Action.ATTENDANCE_REPORTED,
                f"gallery:{gallery.id}",
                since=period.first.isoformat(),
                until=period.last.isoformat(),
                subjects=len(names),
                subject=str(subject_id) if subject_id else None,
            )
        people = [
            _attendee(one, names[one.subject_id], plan, period, now=now, schedule=schedule) for one in seen
        ]
        return AttendanceReport(
            gallery=gallery,
            plan=plan,
            schedule=schedule,
            period=period,
            made_at=now,
            people=tuple(sorted(people, key=lambda one: one.name)),
        )


def _attendee(
    seen: Seen,
    name: str,
    plan: AttendancePlan,
    period: Period,
    *,
    now: datetime,
    schedule: Schedule | None,
) -> Attendee:
    days = days_of(seen, plan, period.days, now=now, schedule=schedule)
    return Attendee(
        subject_id=seen.subject_id,
        name=name,
        days=tuple(day for day in days if not day.empty),
        total=total_of(seen.subject_id, days),
    )


async def _plan(work: UnitOfWork, gallery: Gallery) -> AttendancePlan:
    found = await work.attendance.plan(gallery.id)
    if found is None:
        raise PlanNotFound(hint=f"Make one: visavis attendance-plan {gallery.name} --zone Europe/Berlin")
    return found


async def _members(work: UnitOfWork, gallery: Gallery) -> AsyncIterator[tuple[SubjectId, str]]:
    after = ""
    while page := await work.subjects.page(
        gallery_id=gallery.id, kind=SubjectKind.NAMED, after=after, limit=_PAGE
    ):
        for one in page:
            yield one.subject.id, one.subject.name
        after = page[-1].subject.name


async def _seen(
    work: UnitOfWork,
    gallery: Gallery,
    plan: AttendancePlan,
    period: Period,
    subjects: Sequence[SubjectId],
) -> list[Seen]:
    since, until = period.around(plan)
    only = subjects[0] if len(subjects) == 1 else None
    wanted = EventFilter(
        gallery_id=gallery.id, subject_id=only, kind=EventKind.IDENTIFIED, since=since, until=until
    )
    events = [event async for event in _recognised(work, wanted)]
    live = frozenset[EventId]()
    if plan.live.require_live:
        live = await work.access_decisions.live([event.id for event in events]) | frozenset(
            event.id for event in events if judged(plan.live, found_in(event.reasons)) is Liveness.LIVE
        )
    corrections: dict[SubjectId, list[Correction]] = {}
    for one in await work.attendance.corrections(
        gallery_id=gallery.id, since=since, until=until, undone=False
    ):
        corrections.setdefault(one.subject_id, []).append(one)
    sightings: dict[SubjectId, list[Sighting]] = {}
    for event in events:
        if event.subject_id is not None:
            sightings.setdefault(event.subject_id, []).append(_sighting(event, plan, live=event.id in live))
    return [
        Seen(subject_id=one, sightings=sightings.get(one, ()), corrections=corrections.get(one, ()))
        for one in subjects
    ]


async def _recognised(work: UnitOfWork, wanted: EventFilter) -> AsyncIterator[Event]:
    """Matches, unless a person decided otherwise, and what a person decided to be one."""
    after = 0
    while page := await work.events.page(wanted, after=after, limit=_PAGE):
        for event in page:
            if event.subject_id is not None and (event.verdict or event.outcome) is Outcome.MATCH:
                yield event
        after = page[-1].sequence


def _sighting(event: Event, plan: AttendancePlan, *, live: bool) -> Sighting:
    return Sighting(
        at=event.captured_at,
        until=event.seen_until,
        direction=plan.direction_at(event.source, event.direction),
        event_id=event.id,
        live=live,
    )

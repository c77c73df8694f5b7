"""How long somebody has been in a place, and how often: read from the detection log, kept nowhere else."""

from datetime import datetime, timedelta
from typing import Final

from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import UnitOfWork
from visavis.domain.alert import Condition
from visavis.domain.alert_kinds import Trigger
from visavis.domain.event import Event, EventKind
from visavis.domain.occurrence import Occurrence

GAP: Final = timedelta(seconds=60)
"""Whoever is seen again within this time has not left."""
_MOST = 1000
_MOMENT = timedelta(microseconds=1)


async def persists(work: UnitOfWork, condition: Condition, one: Occurrence) -> bool:
    """Whether the stay is as long, the returns are as many, or a camera has been quiet for as long, as the condition
    asks."""
    if one.trigger is Trigger.SILENT:
        return not one.is_quiet or await _is_quiet(work, one, condition.lasting_s)
    if condition.lasting_s and not await _stayed(work, one, timedelta(seconds=condition.lasting_s)):
        return False
    return not condition.times or await _returned(work, one, condition)


async def heard_at(work: UnitOfWork, source: str, now: datetime, within_s: float) -> datetime | None:
    """When a camera sent something last; `None` if it was not in so many seconds."""
    wanted = EventFilter(source=source, since=now - timedelta(seconds=within_s) - GAP)
    found = await work.events.page(wanted, limit=1)
    return found[0].ended_at if found else None


async def _is_quiet(work: UnitOfWork, one: Occurrence, least_s: float) -> bool:
    camera = await work.cameras.find(one.source)
    heard = await heard_at(work, one.source, one.at, least_s)
    last = heard or (camera.created_at if camera else one.at)
    return one.at - last >= timedelta(seconds=least_s)


async def _stayed(work: UnitOfWork, one: Occurrence, least: timedelta) -> bool:
    began = one.began_at or one.at
    if one.at - began >= least:
        return True
    for event in await _earlier(work, one, since=one.at - 2 * least - GAP):
        if event.ended_at < began - GAP:
            break
        began = min(began, event.captured_at)
        if one.at - began >= least:
            return True
    return False


async def _returned(work: UnitOfWork, one: Occurrence, condition: Condition) -> bool:
    seen = await _earlier(work, one, since=one.at - timedelta(seconds=condition.within_s))
    return len({event.track or event.id for event in seen}) >= condition.times


async def _earlier(work: UnitOfWork, one: Occurrence, *, since: datetime) -> list[Event]:
    """What the same subject did in the same place up to this moment, this included; the latest end first. Nobody knows
    what an unknown did before its track began."""
    if one.subject_id is None:
        return []
    found = await work.events.page(
        EventFilter(
            subject_id=one.subject_id,
            site=one.site,
            zone=one.zone,
            kind=EventKind.IDENTIFIED,
            since=since,
            until=one.at + _MOMENT,
        ),
        limit=_MOST,
    )
    return sorted(found, key=lambda event: event.ended_at, reverse=True)

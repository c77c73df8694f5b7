"""What the overview shows, asked for at once."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from visavis.client.resources.events import Wanted
from visavis.console.at_once import at_once
from visavis.console.paging import first_of
from visavis.console.platform import Visit
from visavis.domain.access import Permission
from visavis.domain.alert_kinds import AlertState
from visavis.domain.event_summary import Step
from visavis.wire.alert_notes import AlertNote
from visavis.wire.cameras import CameraNote
from visavis.wire.galleries import GalleryEntry
from visavis.wire.monitors import MonitorEntry
from visavis.wire.v1.accounts import KeyNote
from visavis.wire.v1.agents import AgentEntry
from visavis.wire.v1.events import EventCountsNote, EventNote, EventSummaryNote

T = TypeVar("T")

HOURS = 24
_LATEST = 8
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What the signed-in person may see of it; the rest is empty. `day` counts the last `HOURS` hours, `days` the same
    hours of two days, by hour. `figures` are those of the process that answered."""

    begins: datetime
    galleries: list[GalleryEntry]
    latest: list[EventNote]
    alerts: list[AlertNote]
    drifting: list[MonitorEntry]
    cameras: list[CameraNote]
    agents: list[AgentEntry]
    keys: list[KeyNote]
    day: EventSummaryNote | None
    days: EventSummaryNote | None
    figures: str

    def hours(self, *, before: bool = False) -> list[EventCountsNote]:
        """Hour by hour, the last day or the one before it."""
        known = {step.start: step.counts for step in self.days.steps} if self.days else {}
        start = self.begins - timedelta(hours=HOURS) if before else self.begins
        nothing = EventCountsNote(**dict.fromkeys(EventCountsNote.model_fields, 0))
        return [known.get(start + timedelta(hours=hour), nothing) for hour in range(HOURS)]


async def glance(visit: Visit, now: datetime) -> Glance:
    """`now` is in UTC."""
    begins = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    client, may = visit.client, visit.may
    sees_events, sees_cameras = may(Permission.EVENTS_READ), may(Permission.CAMERAS_READ)
    async with at_once() as group:

        def some(allowed: bool, found: AsyncIterator[T], most: int = _MOST) -> asyncio.Task[list[T]]:
            return group.create_task(_list(found, most) if allowed else _nothing())

        def one(allowed: bool, asked: Coroutine[None, None, T]) -> asyncio.Task[T | None]:
            return group.create_task(_if(allowed, asked))

        galleries = some(may(Permission.GALLERIES_READ), client.galleries.list(page_size=_MOST))
        latest = some(sees_events, client.events.list(page_size=_LATEST), _LATEST)
        alerts = some(may(Permission.ALERTS_READ), client.alerts.list(state=AlertState.OPEN, page_size=_MOST))
        drifting = some(sees_events, client.monitors.list(alarm=True, page_size=20), 20)
        cameras = some(sees_cameras, client.cameras.list(page_size=_MOST))
        agents = some(sees_cameras, client.agents.list(page_size=_MOST))
        keys = some(may(Permission.KEYS_MANAGE), client.api_keys.list(page_size=_MOST))
        day = one(sees_events, client.events.summary(Wanted(since=begins)))
        days = one(
            sees_events,
            client.events.summary(Wanted(since=begins - timedelta(hours=HOURS)), step=Step.HOUR),
        )
        figures = one(may(Permission.METRICS_READ), client.metrics())
    return Glance(
        begins=begins,
        galleries=galleries.result(),
        latest=latest.result(),
        alerts=alerts.result(),
        drifting=drifting.result(),
        cameras=cameras.result(),
        agents=agents.result(),
        keys=keys.result(),
        day=day.result(),
        days=days.result(),
        figures=figures.result() or "",
    )


async def _list(found: AsyncIterator[T], most: int) -> list[T]:
    return (await first_of(found, most))[0]


async def _nothing() -> list[T]:
    return []


async def _if(allowed: bool, asked: Coroutine[None, None, T]) -> T | None:
    if allowed:
        return await asked
    asked.close()
    return None

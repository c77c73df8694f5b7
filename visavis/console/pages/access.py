"""Doors: who may pass when, what is decided there as it happens, and the schedules behind it."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.asked import Text, day_of
from visavis.console.at_once import at_once
from visavis.console.clock import zone_of
from visavis.console.door_words import BADGES, DIRECTIONS, OUTCOMES, last_day, passback_said, rules_said
from visavis.console.lookups import names_of
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.weekly import picture, rows_of, week_of_schedule
from visavis.domain.access import Permission
from visavis.domain.admission import AccessOutcome
from visavis.domain.errors import NotPermitted
from visavis.wire.access import AccessNote
from visavis.wire.v1.doors import DoorNote
from visavis.wire.v1.schedules import ScheduleNote

router = APIRouter()
_SHOWN = 100
_LATEST = 12
_MOST_DOORS = 50  #: whose latest decisions are shown together
_ALARMS = (AccessOutcome.HELD_OPEN, AccessOutcome.FORCED)


@router.get("/access")
async def access(request: Request, visit: Visiting) -> HTMLResponse:
    """All doors, and the latest decisions at them."""
    _require(visit)
    doors = (await visit.client.doors.list()).doors
    latest = await _latest(visit, doors)
    alarms = [one for one in latest if one.outcome in _ALARMS]
    return page(
        request, visit, "access.html", **_common(visit), doors=doors, decisions=latest, alarms=alarms[:3]
    )


@router.get("/access/latest")
async def latest_decisions(request: Request, visit: Visiting, door: Text = "") -> HTMLResponse:
    """The rows of the table alone, for pages that stay open."""
    _require(visit)
    doors = [one for one in (await visit.client.doors.list()).doors if not door or one.name == door]
    found = await _latest(visit, doors)
    return page(request, visit, "access_rows.html", **_common(visit), decisions=found, one_door=bool(door))


@router.get("/access/new")
async def new_door(request: Request, visit: Visiting) -> HTMLResponse:
    return await _door_form(request, visit, None)


@router.get("/access/doors/{door}")
async def one_door(
    request: Request,
    visit: Visiting,
    door: str,
    outcome: Text = "",
    since: Text = "",
    until: Text = "",
) -> HTMLResponse:
    """A door with its rules, and what was decided there."""
    _require(visit)
    zone = zone_of(request)
    first, last = day_of(since), day_of(until)
    wanted = next((one for one in AccessOutcome if one.value == outcome), None)
    async with at_once() as together:
        asked = together.create_task(visit.client.doors.get(door))
        schedules = together.create_task(visit.client.schedules.list())
        listed = together.create_task(
            first_of(
                visit.client.doors.decisions(
                    door,
                    outcome=wanted,
                    since=datetime.combine(first, time(0), zone) if first else None,
                    until=datetime.combine(last + timedelta(days=1), time(0), zone) if last else None,
                    page_size=_SHOWN,
                ),
                _SHOWN,
            )
        )
    found, (decisions, more) = asked.result(), listed.result()
    used = {rule.schedule for rule in found.rules if rule.schedule}
    return page(
        request,
        visit,
        "door.html",
        **_common(visit),
        door=found,
        schedules=[_pictured(one) for one in schedules.result().schedules if one.name in used],
        decisions=decisions,
        more=more,
        outcome=outcome,
        since=first.isoformat() if first else "",
        until=last.isoformat() if last else "",
        filtered=bool(wanted or first or last),
        may_ask=visit.may(Permission.IDENTIFY),
    )


@router.get("/access/doors/{door}/edit")
async def edit_door(request: Request, visit: Visiting, door: str) -> HTMLResponse:
    return await _door_form(request, visit, await visit.client.doors.get(door))


@router.get("/access/schedules")
async def schedules(request: Request, visit: Visiting) -> HTMLResponse:
    """Weeks as pictures."""
    _require(visit)
    found = [_pictured(one) for one in (await visit.client.schedules.list()).schedules]
    return page(request, visit, "schedules.html", **_common(visit), schedules=found)


@router.get("/access/schedule")
async def schedule_form(request: Request, visit: Visiting, name: Text = "") -> HTMLResponse:
    """Of a new schedule, unless one is named."""
    _require_manager(visit)
    found = await visit.client.schedules.get(name) if name else None
    return page(
        request,
        visit,
        "schedule.html",
        **_common(visit),
        schedule=found,
        rows=rows_of(week_of_schedule(found)) if found else [],
        zone=found.zone if found else str(zone_of(request)),
    )


async def _door_form(request: Request, visit: Visit, door: DoorNote | None) -> HTMLResponse:
    _require_manager(visit)
    async with at_once() as together:
        galleries = together.create_task(first_of(visit.client.galleries.list(), 1000))
        cameras = together.create_task(first_of(visit.client.cameras.list(), 1000))
        listed = together.create_task(visit.client.schedules.list())
        people = together.create_task(names_of(visit.client, _named(door)))
    told = (
        {one.name: one.direction.value if one.direction else "place" for one in door.cameras} if door else {}
    )
    known = {one.name: one.direction.value for one in cameras.result()[0]}
    return page(
        request,
        visit,
        "door_form.html",
        **_common(visit),
        door=door,
        galleries=[one.name for one in galleries.result()[0]],
        schedules=[one.name for one in listed.result().schedules],
        cameras=[(name, known.get(name, ""), told.get(name, "")) for name in sorted({*known, *told})],
        people=people.result(),
        zone=zone_of(request),
        last_day=last_day,
    )


async def _latest(visit: Visit, doors: Sequence[DoorNote]) -> list[AccessNote]:
    """At all of these doors, the latest first."""
    async with at_once() as together:
        asked = [
            together.create_task(first_of(visit.client.doors.decisions(one.name, page_size=_LATEST), _LATEST))
            for one in doors[:_MOST_DOORS]
        ]
    found = [one for task in asked for one in task.result()[0]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:_LATEST]


def _named(door: DoorNote | None) -> list[UUID]:
    """Whom its rules name."""
    return [one for rule in door.rules for one in rule.subject_ids or ()] if door else []


def _pictured(schedule: ScheduleNote) -> dict[str, object]:
    return {"note": schedule, "week": picture(week_of_schedule(schedule))}


def _common(visit: Visit) -> dict[str, object]:
    return {
        "outcomes": OUTCOMES,
        "badges": BADGES,
        "directions": DIRECTIONS,
        "rules_said": rules_said,
        "passback_said": passback_said,
        "may_manage": visit.may(Permission.PASSAGES_MANAGE),
        "may_everywhere": visit.may(Permission.PASSAGES_MANAGE) and visit.me.galleries is None,
        "may_see_events": visit.may(Permission.EVENTS_READ),
    }


def _require(visit: Visit) -> None:
    if not visit.may(Permission.PASSAGES_READ):
        raise NotPermitted("You may not look at doors.", hint="Ask an administrator for the role operator.")


def _require_manager(visit: Visit) -> None:
    if not visit.may(Permission.PASSAGES_MANAGE):
        raise NotPermitted("You may not change doors and schedules.", hint="Ask an administrator.")

"""Today at a glance, and what needs a person."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.events import Wanted
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.words import OUTCOMES
from visavis.domain.access import Permission
from visavis.domain.decision import Outcome
from visavis.wire.v1.events import EventNote

router = APIRouter()
_LOOKED_AT = 1000
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    number: int
    link: str


@dataclass(frozen=True, slots=True)
class Note:
    """`level` is good, watch or bad."""

    level: str
    text: str
    link: str
    advice: str = ""


@router.get("/")
async def overview(request: Request, visit: Visiting) -> HTMLResponse:
    events: list[EventNote] = []
    if visit.may(Permission.EVENTS_READ):
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        events, _ = await first_of(
            visit.client.events.list(Wanted(since=midnight), page_size=_LOOKED_AT), _LOOKED_AT
        )
    latest = events[:_SHOWN]
    if not latest and visit.may(Permission.EVENTS_READ):
        latest, _ = await first_of(visit.client.events.list(page_size=_SHOWN), _SHOWN)
    return page(
        request,
        visit,
        "overview.html",
        tiles=_tiles(events),
        notes=await _notes(visit, events),
        events=latest,
        words=OUTCOMES,
    )


def _tiles(events: list[EventNote]) -> list[Tile]:
    def count(outcome: Outcome) -> int:
        return sum((event.verdict or event.outcome) is outcome for event in events)

    people = {event.subject_id for event in events if event.subject_id}
    return [
        Tile("faces seen", len(events), "/log"),
        Tile("recognised", count(Outcome.MATCH), "/log?outcome=match"),
        Tile("different people", len(people), "/people"),
        Tile("unknown", count(Outcome.NON_MATCH), "/log?outcome=non_match"),
        Tile("left open", count(Outcome.INCONCLUSIVE), "/log?outcome=inconclusive"),
    ]


async def _notes(visit: Visit, events: list[EventNote]) -> list[Note]:
    notes = []
    waiting = sum(event.outcome is Outcome.INCONCLUSIVE and event.verdict is None for event in events)
    if waiting:
        said = "1 decision of today waits" if waiting == 1 else f"{waiting} decisions of today wait"
        notes.append(Note("watch", f"{said} for a person.", "/log?outcome=inconclusive"))
    if visit.may(Permission.EVENTS_READ):
        drifting, _ = await first_of(visit.client.monitors.list(alarm=True), 20)
        notes += [
            Note("bad", signal.text, f"/log?source={one.source}", signal.advice)
            for one in drifting
            for signal in one.signals
            if signal.alarm_since is not None
        ]
    return notes

"""The detection log."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.events import Wanted
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.console.words import OUTCOMES
from visavis.domain.decision import Outcome

router = APIRouter()
_SHOWN = 200

Text = Annotated[str, Query(max_length=200)]


@router.get("/log")
async def log(
    request: Request,
    visit: Visiting,
    gallery: Text = "",
    source: Text = "",
    outcome: Text = "",
    since: Text = "",
    until: Text = "",
) -> HTMLResponse:
    end = _day(until)
    wanted = Wanted(
        gallery=gallery or None,
        source=source or None,
        outcome=Outcome(outcome) if outcome in OUTCOMES else None,
        since=_day(since),
        until=end + timedelta(days=1) if end else None,
    )
    events, more = await first_of(visit.client.events.list(wanted, page_size=_SHOWN), _SHOWN)
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    return page(
        request,
        visit,
        "log.html",
        events=events,
        more=more,
        wanted=wanted,
        since=since if _day(since) else "",
        until=until if end else "",
        galleries=[one.name for one in galleries],
        words=OUTCOMES,
    )


def _day(text: str) -> datetime | None:
    """Midnight of a day, UTC; `None` for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1900 <= day.year < 9000 else None

"""The last day at a glance, and what needs a person."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from visavis.console import charts
from visavis.console.attention import notes
from visavis.console.clock import zone_of
from visavis.console.glance import HOURS, Glance, glance
from visavis.console.pages.welcome import LATER
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.console.tiles import tiles
from visavis.console.words import OUTCOMES
from visavis.domain.access import Permission

router = APIRouter()


@router.get("/")
async def overview(request: Request, visit: Visiting) -> Response:
    """Whoever comes to an installation without galleries, and may make one, is led to the first steps."""
    now = datetime.now(UTC)
    seen = await glance(visit, now)
    may_set_up = visit.may(Permission.GALLERIES_WRITE)
    if not seen.galleries and may_set_up and LATER not in request.cookies:
        return RedirectResponse("/welcome", status_code=303)
    zone = zone_of(request)
    return page(
        request,
        visit,
        "overview.html",
        tiles=tiles(seen),
        notes=notes(seen, now, may_review=visit.may(Permission.EVENTS_REVIEW)),
        chart=_chart(seen, zone) if seen.day and seen.day.counts.events else None,
        hours=list(zip(_labels(seen, zone), seen.hours(), strict=True)),
        people=seen.day.subjects if seen.day else 0,
        zone=str(zone),
        events=seen.latest,
        unfinished=may_set_up and not any(one.subjects for one in seen.galleries),
        may_enrol=visit.may(Permission.ENROL),
        may_search=visit.may(Permission.IDENTIFY),
        words=OUTCOMES,
    )


def _chart(seen: Glance, zone: ZoneInfo) -> charts.Chart:
    counts = seen.hours()
    return charts.bars(
        f"Faces by hour, last {HOURS} hours",
        _labels(seen, zone),
        [
            [one.match for one in counts],
            [one.non_match for one in counts],
            [one.inconclusive for one in counts],
        ],
        names=tuple(OUTCOMES.values()),
    )


def _labels(seen: Glance, zone: ZoneInfo) -> list[str]:
    return [f"{(seen.begins + timedelta(hours=hour)).astimezone(zone):%H:%M}" for hour in range(HOURS)]

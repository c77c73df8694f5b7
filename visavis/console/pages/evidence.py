"""Everything that explains one decision, on one page, to be read, printed or kept."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from visavis.console.accounts import Accounts
from visavis.console.at_once import at_once
from visavis.console.events import EVENT_KINDS
from visavis.console.pages.review import STATES, VERDICTS_OF, doubt_in_words, references_of
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.reasons import in_words
from visavis.console.render import page, when
from visavis.console.scale import scale
from visavis.console.words import OUTCOMES
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound, NotPermitted, ReviewNotFound
from visavis.wire.corrections import CorrectionNote
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.events import EventNote
from visavis.wire.v1.reviews import ReviewEntry

router = APIRouter()
_AROUND = timedelta(minutes=5)
_BESIDE = 3


@router.get("/events/{event_id}")
async def evidence(request: Request, visit: Visiting, event_id: UUID) -> HTMLResponse:
    _require(visit)
    found = await visit.client.events.get(event_id)
    async with at_once() as group:
        review = group.create_task(_review(visit, event_id))
        gallery = group.create_task(_gallery(visit, found.gallery))
        corrections = group.create_task(_corrections(visit, event_id))
        accounts = group.create_task(Accounts.of(visit))
    case, place = review.result(), gallery.result()
    whom = found.subject or (case.candidate if case else None)
    references = await references_of(visit, found.gallery, whom)
    nearest = case.reference_id if case else None
    references.sort(key=lambda one: (one.id != nearest, not one.kept))
    may_look = visit.may(Permission.EVENTS_REVIEW)
    return page(
        request,
        visit,
        "evidence.html",
        event=found,
        case=case,
        gallery=place,
        whom=whom,
        scale=scale(found, place.policy if place else None),
        references=references,
        pictured=[one for one in references if one.kept and may_look][:_BESIDE],
        may_look=may_look,
        corrections=corrections.result(),
        accounts=accounts.result(),
        reasons=in_words(found.reasons),
        measured=measured(found),
        around=f"/log?{urlencode(_around(found))}",
        kind=EVENT_KINDS.get(found.kind.value, found.kind.value),
        words=OUTCOMES,
        states=STATES,
        verdicts=VERDICTS_OF[case.kind.value] if case else {},
        doubt=doubt_in_words(case) if case else "",
    )


@router.get("/events/{event_id}/download")
async def download(visit: Visiting, event_id: UUID) -> Response:
    """The line as JSON, as the API gives it."""
    _require(visit)
    found = await visit.client.events.get(event_id)
    return Response(
        found.model_dump_json(indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="event-{event_id}.json"'},
    )


def measured(event: EventNote) -> list[tuple[str, str]]:
    """What was measured of the face, in words, with units."""
    seen = event.observed
    if seen is None:
        return []
    rows = (
        ("Between the eyes", seen.inter_eye_px, "{:.0f} px"),
        ("Sharpness", seen.sharpness, "{:.0f} of 100"),
        ("Dynamic range", seen.dynamic_range, "{:.0f} of 100"),
        ("Brightness", seen.brightness, "{:.0f} of 255"),
        ("Detector's certainty", seen.detection, "{:.3f}"),
    )
    return [(name, form.format(value)) for name, value, form in rows if value is not None]


def _around(event: EventNote) -> dict[str, str]:
    """The log a few minutes before and after, where the event was."""
    until = (event.seen_until or event.captured_at) + _AROUND
    named = {"source": event.source, "since": when(event.captured_at - _AROUND), "until": when(until)}
    return {name: value for name, value in named.items() if value}


async def _review(visit: Visit, event_id: UUID) -> ReviewEntry | None:
    if not visit.may(Permission.EVENTS_REVIEW):
        return None
    try:
        return await visit.client.reviews.get(event_id)
    except ReviewNotFound:
        return None


async def _gallery(visit: Visit, name: str) -> GalleryEntry | None:
    if not name or not visit.may(Permission.GALLERIES_READ):
        return None
    try:
        return await visit.client.galleries.get(name)
    except GalleryNotFound:
        return None


async def _corrections(visit: Visit, event_id: UUID) -> list[CorrectionNote]:
    return (await first_of(visit.client.corrections.list(event_id=event_id), 50))[0]


def _require(visit: Visit) -> None:
    if not visit.may(Permission.EVENTS_READ):
        raise NotPermitted("You may not read the log.", hint="Ask an administrator for another role.")

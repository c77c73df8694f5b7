"""The detection log: what was decided, when, where; and what people put right in it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.events import Wanted
from visavis.console.accounts import Accounts
from visavis.console.asked import Text, identifier_of, moment_of
from visavis.console.at_once import at_once
from visavis.console.events import EVENT_KINDS, facets
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.words import OUTCOMES
from visavis.domain.access import Permission
from visavis.domain.correction import CorrectionKind
from visavis.domain.decision import Outcome
from visavis.domain.errors import NotPermitted, SubjectNotFound
from visavis.domain.event import EventKind

router = APIRouter()
_SHOWN = 100
_CORRECTIONS = {
    CorrectionKind.DENY.value: "not this person",
    CorrectionKind.ASSIGN.value: "this person instead",
    CorrectionKind.MERGE.value: "two that are one",
    CorrectionKind.SPLIT.value: "one that was two",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What was asked for, as far as it makes sense: what does not is left out, and the page says what it shows."""

    wanted: Wanted
    subject: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As the address of the page, and of the export, has it."""
        wanted = self.wanted
        given = {
            "gallery": wanted.gallery,
            "source": wanted.source,
            "site": wanted.site,
            "zone": wanted.zone,
            "outcome": wanted.outcome.value if wanted.outcome else None,
            "kind": wanted.kind.value if wanted.kind else None,
            "unknown": str(wanted.unknown).lower() if wanted.unknown is not None else None,
            "subject_id": str(wanted.subject_id) if wanted.subject_id else None,
            "since": _written(wanted.since),
            "until": _written(wanted.until),
        }
        return {name: value for name, value in given.items() if value}

    def without(self, *names: str, **more: str) -> str:
        left = {name: value for name, value in self.query.items() if name not in names} | more
        return f"/log?{urlencode(left)}" if left else "/log"


@router.get("/log")
async def log(
    request: Request,
    visit: Visiting,
    gallery: Text = "",
    source: Text = "",
    site: Text = "",
    zone: Text = "",
    outcome: Text = "",
    kind: Text = "",
    unknown: Text = "",
    subject_id: Text = "",
    since: Text = "",
    until: Text = "",
    cursor: Text = "",
) -> HTMLResponse:
    _require(visit)
    wanted = Wanted(
        gallery=gallery or None,
        source=source or None,
        site=site or None,
        zone=zone or None,
        outcome=Outcome(outcome) if outcome in OUTCOMES else None,
        kind=EventKind(kind) if kind in EVENT_KINDS else None,
        unknown={"true": True, "false": False}.get(unknown),
        subject_id=identifier_of(subject_id),
        since=moment_of(since),
        until=moment_of(until),
    )
    async with at_once() as group:
        events = group.create_task(visit.client.events.page(wanted, cursor=cursor or None, page_size=_SHOWN))
        places = group.create_task(first_of(visit.client.galleries.list(), 1000))
        person = group.create_task(_name(visit, wanted.subject_id))
        counted = group.create_task(visit.client.events.summary(wanted))
    shown = Filter(wanted=wanted, subject=person.result())
    return page(
        request,
        visit,
        "log.html",
        events=events.result().events,
        older=events.result().next_cursor,
        later=bool(cursor),
        shown=shown,
        wanted=wanted,
        since=_written(wanted.since),
        until=_written(wanted.until),
        query=urlencode(shown.query),
        total=counted.result().counts.events,
        facets=facets(counted.result(), wanted),
        galleries=[one.name for one in places.result()[0]],
        kinds=EVENT_KINDS,
        words=OUTCOMES,
    )


@router.get("/log/lines/{event_id}")
async def line(request: Request, visit: Visiting, event_id: UUID) -> HTMLResponse:
    """One line as the log shows it, for a page that has just changed it."""
    found = await visit.client.events.get(event_id)
    return page(request, visit, "event_line.html", event=found, words=OUTCOMES)


@router.get("/log/corrections")
async def corrections(
    request: Request, visit: Visiting, kind: Text = "", standing: Text = "", cursor: Text = ""
) -> HTMLResponse:
    _require(visit)
    chosen = CorrectionKind(kind) if kind in _CORRECTIONS else None
    async with at_once() as group:
        found = group.create_task(
            visit.client.corrections.page(
                kind=chosen,
                undone={"yes": False, "no": True}.get(standing),
                cursor=cursor or None,
                page_size=_SHOWN,
            )
        )
        accounts = group.create_task(Accounts.of(visit))
    left = {name: one for name, one in (("kind", chosen), ("standing", standing)) if one}
    return page(
        request,
        visit,
        "corrections.html",
        corrections=found.result().corrections,
        older=found.result().next_cursor,
        query=urlencode(left),
        kind=kind,
        standing=standing,
        kinds=_CORRECTIONS,
        accounts=accounts.result(),
        now=datetime.now(UTC),
        may=visit.may,
        review=Permission.EVENTS_REVIEW,
        write=Permission.SUBJECTS_WRITE,
    )


async def _name(visit: Visit, subject_id: str | UUID | None) -> str:
    """Of the person whom the log is narrowed to."""
    if subject_id is None:
        return ""
    if not visit.may(Permission.SUBJECTS_READ):
        return "one person"
    try:
        return (await visit.client.subjects.get(subject_id)).name
    except SubjectNotFound:
        return "somebody who is not here any more"


def _written(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _require(visit: Visit) -> None:
    if not visit.may(Permission.EVENTS_READ):
        raise NotPermitted("You may not read the log.", hint="Ask an administrator for another role.")

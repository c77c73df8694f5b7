"""The audit log, and what can be taken along."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.console.pages.compliance import tabs_of
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.audit import Action
from visavis.wire.v1.governance import AuditNote
from visavis.wire.v1.subjects import SubjectNote

router = APIRouter()
_LOOKED_AT: Final = 3000
_PAGE: Final = 1000
_SHOWN: Final = 200
_FOUND: Final = 50

Text = Annotated[str, Query(max_length=200)]
Place = Annotated[int | None, Query(ge=0, le=2**53)]


@router.get("/compliance/audit")
async def audit(
    request: Request,
    visit: Visiting,
    about: Text = "",
    actor: Text = "",
    target: Text = "",
    day: Text = "",
) -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/audit")
    asked = bool(about or actor or target or day)
    looked_at, older = await first_of(
        visit.client.audit.list(page_size=_PAGE if asked else _SHOWN), _LOOKED_AT if asked else _SHOWN
    )
    found = [one for one in looked_at if fits(one, about=about, actor=actor, target=target, day=day)]
    return page(
        request,
        visit,
        "compliance_audit.html",
        tabs=tabs,
        entries=found[:_SHOWN],
        hidden=max(len(found) - _SHOWN, 0),
        looked_at=len(looked_at),
        older=older,
        asked=asked,
        kinds=KINDS,
        about=about,
        actor=actor,
        target=target,
        day=day,
    )


KINDS: Final = sorted({one.value.partition(".")[0] for one in Action})


def fits(entry: AuditNote, *, about: str, actor: str, target: str, day: str) -> bool:
    """Whether an entry is about this kind of thing, by this actor, on this target, of this day (UTC)."""
    return (
        about in ("", entry.action.partition(".")[0])
        and actor.strip().lower() in entry.actor.lower()
        and target.strip().lower() in entry.target.lower()
        and day in ("", _day(entry.at))
    )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


@router.get("/compliance/exports")
async def exports(request: Request, visit: Visiting, name: Text = "") -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/exports")
    may_people = visit.may(Permission.SUBJECTS_EXPORT) and visit.may(Permission.SUBJECTS_READ)
    people: list[SubjectNote] = []
    more = False
    if may_people and name.strip():
        people, more = await first_of(
            visit.client.subjects.list(prefix=name.strip(), page_size=_FOUND), _FOUND
        )
    return page(
        request,
        visit,
        "compliance_exports.html",
        tabs=tabs,
        name=name,
        people=people,
        more=more,
        may_people=may_people,
        may_log=visit.may(Permission.EVENTS_EXPORT),
        may_audit=visit.may(Permission.AUDIT_READ),
    )

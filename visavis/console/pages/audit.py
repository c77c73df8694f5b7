"""The audit log, and what can be taken along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.governance import Sought
from visavis.console.accounts import Accounts
from visavis.console.asked import Text, day_of
from visavis.console.pages.compliance import tabs_of
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.domain.access import ActorKind, Permission
from visavis.domain.audit import Action
from visavis.wire.v1.subjects import SubjectNote

router = APIRouter()
_SHOWN: Final = 200
_FOUND: Final = 50
_DAY: Final = timedelta(days=1)
KINDS: Final = sorted({one.value.partition(".")[0] for one in Action})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What was asked for, as far as it makes sense; the days are UTC's, and both are included."""

    about: str
    actor: str
    target: str
    since: date | None
    until: date | None

    def sought(self, accounts: Accounts) -> Sought:
        """As the API takes it: accounts are said by login, too, and a kind alone stands for all of it."""
        actor = next(
            (f"user:{key}" for key, login in accounts.logins.items() if login == self.actor), self.actor
        )
        return Sought(
            action=self.about or None,
            actor=_whole(actor, list(ActorKind)) or None,
            target=_whole(self.target, KINDS) or None,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until) + _DAY if self.until else None,
        )

    def to(self, **more: str) -> str:
        """The address of the page with this filter and more."""
        given = {
            "about": self.about,
            "actor": self.actor,
            "target": self.target,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        asked = {name: value for name, value in (given | more).items() if value}
        return f"/compliance/audit?{urlencode(asked)}" if asked else "/compliance/audit"


@router.get("/compliance/audit")
async def audit(
    request: Request,
    visit: Visiting,
    about: Text = "",
    actor: Text = "",
    target: Text = "",
    since: Text = "",
    until: Text = "",
    cursor: Text = "",
) -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/audit")
    asked = Entries(
        about=about if about in (*KINDS, *Action) else "",
        actor=actor.strip(),
        target=target.strip(),
        since=day_of(since),
        until=day_of(until),
    )
    accounts = await Accounts.of(visit)
    found = await visit.client.audit.page(asked.sought(accounts), cursor=cursor or None, page_size=_SHOWN)
    return page(
        request,
        visit,
        "compliance_audit.html",
        tabs=tabs,
        entries=found.entries,
        older=found.next_cursor,
        later=bool(cursor),
        asked=asked,
        filtered=asked.to() != "/compliance/audit",
        accounts=accounts,
        kinds=KINDS if asked.about in ("", *KINDS) else [*KINDS, asked.about],
    )


def _whole(text: str, kinds: Sequence[str]) -> str:
    """`user` means all users, as `user:` does."""
    return f"{text}:" if text in kinds else text


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


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

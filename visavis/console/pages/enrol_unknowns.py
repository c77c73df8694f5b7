"""Whom galleries remember without a name: give them one, or say that they are somebody known."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.events import Wanted
from visavis.console.asked import Text
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.domain.subject import SubjectKind
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.events import EventNote
from visavis.wire.v1.subjects import SubjectNote

router = APIRouter()

_SHOWN: Final = 60
_EVENTS: Final = 1000
_REMEMBERS: Final = "remember"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody without a name, and when and where they were seen, the latest first."""

    subject: SubjectNote
    events: tuple[EventNote, ...]

    @property
    def places(self) -> list[str]:
        return list(dict.fromkeys(one.source for one in self.events if one.source))

    @property
    def last(self) -> datetime:
        return self.events[0].captured_at if self.events else self.subject.created_at


@router.get("/enrol/unknowns")
async def unknowns(request: Request, visit: Visiting, gallery: Text = "") -> HTMLResponse:
    """The latest seen first."""
    if not (visit.may(Permission.SUBJECTS_WRITE) and visit.may(Permission.EVENTS_READ)):
        raise NotPermitted("You may not name people.", hint="Ask an administrator for the role operator.")
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    remembering = [one for one in galleries if one.policy.unknowns == _REMEMBERS]
    chosen = next((one for one in galleries if one.name == gallery), next(iter(remembering), None))
    strangers, more = await _strangers(visit, chosen) if chosen else ([], False)
    return page(
        request,
        visit,
        "enrol_unknowns.html",
        galleries=galleries,
        remembering=remembering,
        chosen=chosen,
        strangers=strangers,
        more=more,
        may_look=visit.may(Permission.EVENTS_REVIEW),
        today=f"{datetime.now(UTC):%Y-%m}",
        agreed="This person has read the text and agrees.",
    )


async def _strangers(visit: Visit, gallery: GalleryEntry) -> tuple[list[Stranger], bool]:
    people = first_of(
        visit.client.subjects.list(gallery=gallery.name, kind=SubjectKind.ANONYMOUS, page_size=_EVENTS),
        _EVENTS,
    )
    seen = first_of(
        visit.client.events.list(Wanted(gallery=gallery.name, unknown=True), page_size=_EVENTS), _EVENTS
    )
    (subjects, more), (events, _) = await asyncio.gather(people, seen)
    of = _by_subject(events)
    found = [Stranger(subject=one, events=of.get(one.id, ())) for one in subjects]
    latest = sorted(found, key=lambda one: one.last, reverse=True)
    return latest[:_SHOWN], more or len(latest) > _SHOWN


def _by_subject(events: list[EventNote]) -> dict[str, tuple[EventNote, ...]]:
    named = sorted((one for one in events if one.subject_id), key=lambda one: one.subject_id or "")
    return {
        key: tuple(sorted(group, key=lambda one: one.captured_at, reverse=True))
        for key, group in groupby(named, key=lambda one: one.subject_id or "")
    }

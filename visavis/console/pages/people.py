"""Who is known; everything about one of them; two that are one."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from visavis.console.asked import Text
from visavis.console.at_once import at_once
from visavis.console.dossier import Dossier, dossier
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.words import KINDS, OUTCOMES
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.domain.subject import SubjectKind

router = APIRouter()
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What the page of a person offers."""

    rename: bool
    enrol: bool
    remove: bool
    correct: bool
    erase: bool
    export: bool
    grant: bool
    passages: bool

    @classmethod
    def of(cls, visit: Visit) -> "May":
        write = visit.may(Permission.SUBJECTS_WRITE)
        return cls(
            rename=write,
            enrol=visit.may(Permission.ENROL),
            remove=write,
            correct=write,
            erase=visit.may(Permission.SUBJECTS_ERASE),
            export=visit.may(Permission.SUBJECTS_EXPORT),
            grant=visit.may(Permission.CONSENTS_WRITE),
            passages=visit.may(Permission.PASSAGES_READ),
        )


@router.get("/people")
async def people(
    request: Request,
    visit: Visiting,
    gallery: Text = "",
    kind: Text = "",
    name: Text = "",
    cursor: Text = "",
) -> HTMLResponse:
    if not visit.may(Permission.SUBJECTS_READ):
        raise NotPermitted("You may not see who is known.", hint="Ask an administrator for another role.")
    if not gallery and visit.me.galleries:
        gallery = visit.me.galleries[0]  # who is limited to some galleries looks at one at a time
    chosen = SubjectKind(kind) if kind in KINDS else None
    async with at_once() as group:
        places = group.create_task(first_of(visit.client.galleries.list(), 1000))
        found = group.create_task(
            visit.client.subjects.page(
                gallery=gallery or None,
                kind=chosen,
                containing=name,
                cursor=cursor or None,
                page_size=_SHOWN,
            )
        )
    query = {key: value for key, value in (("gallery", gallery), ("kind", kind), ("name", name)) if value}
    return page(
        request,
        visit,
        "people.html",
        people=found.result().subjects,
        following=found.result().next_cursor,
        later=bool(cursor),
        query=urlencode(query),
        gallery=gallery,
        kind=kind,
        name=name,
        galleries=[one.name for one in places.result()[0]],
        kinds=KINDS,
        may_enrol=visit.may(Permission.ENROL),
    )


@router.get("/people/{subject_id}")
async def person(request: Request, visit: Visiting, subject_id: UUID, was: Text = "") -> Response:
    found = await visit.client.subjects.get(subject_id)
    if str(found.id) != str(subject_id):
        return RedirectResponse(f"/people/{found.id}?was=merged", status_code=303)
    async with at_once() as group:
        known = group.create_task(dossier(visit, found))
        places = group.create_task(first_of(visit.client.galleries.list(), 1000))
    mine = [one for one in places.result()[0] if one.name in found.galleries]
    return page(
        request,
        visit,
        "person.html",
        person=found,
        known=known.result(),
        merged=was == "merged",
        purposes=sorted({one.policy.consent for one in places.result()[0] if one.policy.consent}),
        needed=sorted({one.policy.consent for one in mine if one.policy.consent}),
        keeps=any(one.policy.keep != "nothing" for one in mine),
        may=May.of(visit),
        kinds=KINDS,
        words=OUTCOMES,
    )


@router.get("/people/{subject_id}/merge")
async def merging(request: Request, visit: Visiting, subject_id: UUID, other: UUID) -> Response:
    """Two people side by side, before they become one: `subject_id` will be no more, `other` stays."""
    if not visit.may(Permission.SUBJECTS_WRITE):
        raise NotPermitted("You may not merge people.", hint="Ask an administrator for the role operator.")
    gone, stays = await asyncio.gather(
        visit.client.subjects.get(subject_id), visit.client.subjects.get(other)
    )
    if gone.id == stays.id:
        return RedirectResponse(f"/people/{stays.id}", status_code=303)
    sides: list[Dossier] = list(await asyncio.gather(dossier(visit, gone), dossier(visit, stays)))
    return page(request, visit, "person_merge.html", gone=sides[0], stays=sides[1], kinds=KINDS)

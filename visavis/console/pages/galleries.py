"""Galleries: who is searched, by which policy, and with which model."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse

from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.policy_words import PURPOSES, odds_to_choose, sentences
from visavis.console.render import page
from visavis.console.trial_views import WORDS, TrialSight, sight_of
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted, TrialNotFound
from visavis.domain.job import JobKind
from visavis.wire.packs import PackEntry
from visavis.wire.v1.jobs import JobNote

router = APIRouter()
_MOST = 1000
_JOBS = 8
_LOOKED_AT = 200

GalleryPath = Annotated[str, Path(min_length=1, max_length=200)]


def _require(visit: Visit) -> None:
    if not visit.may(Permission.GALLERIES_WRITE):
        raise NotPermitted(
            "Only administrators see how galleries are set up.", hint="Ask one for the role administrator."
        )


@router.get("/galleries")
async def galleries(request: Request, visit: Visiting) -> HTMLResponse:
    _require(visit)
    (found, more), models = await asyncio.gather(
        first_of(visit.client.galleries.list(page_size=_MOST), _MOST), visit.client.models.list()
    )
    return page(
        request,
        visit,
        "galleries.html",
        galleries=found,
        more=more,
        packs=_usable(models.models),
        purposes=PURPOSES,
    )


@router.get("/galleries/{name}")
async def gallery(request: Request, visit: Visiting, name: GalleryPath) -> HTMLResponse:
    _require(visit)
    read, models, jobs, trial = await asyncio.gather(
        visit.client.galleries.read(name), visit.client.models.list(), _jobs(visit, name), _trial(visit, name)
    )
    found = read.value
    pack = next((one for one in models.models if one.name == found.pack), None)
    return page(
        request,
        visit,
        "gallery.html",
        gallery=found,
        etag=read.etag,
        policy=found.policy,
        sentences=sentences(found.policy),
        purposes=PURPOSES,
        odds=odds_to_choose(found.policy.fpir),
        odds_1=odds_to_choose(found.policy.fmr),
        pack=pack,
        others=[one for one in _usable(models.models) if one.name != found.pack],
        default=next((one.name for one in models.models if one.default), ""),
        jobs=jobs,
        may_move=visit.may(Permission.MODELS_MANAGE) and visit.may(Permission.JOBS_WRITE),
        may_try=visit.may(Permission.MODELS_MANAGE),
        trial=trial,
        trial_words=WORDS,
        moving=[one for one in jobs if one.kind is JobKind.REEMBED and one.finished_at is None],
    )


async def _trial(visit: Visit, name: str) -> TrialSight | None:
    if not visit.may(Permission.MODELS_READ):
        return None
    try:
        return sight_of(await visit.client.trials.get(name))
    except TrialNotFound:
        return None


def _usable(models: tuple[PackEntry, ...]) -> list[PackEntry]:
    return [one for one in models if one.installed]


async def _jobs(visit: Visit, name: str) -> list[JobNote]:
    if not visit.may(Permission.JOBS_READ):
        return []
    latest, _ = await first_of(visit.client.jobs.list(page_size=_LOOKED_AT), _LOOKED_AT)
    return [one for one in latest if one.gallery == name][:_JOBS]

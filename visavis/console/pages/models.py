"""Model packs: how good they are, what they may be used for, and which one is the default."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse

from visavis.console.charts import Chart
from visavis.console.curves import by_score
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.domain.job import JobKind
from visavis.wire.cards import PromotionsDocument
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.calibrations import CalibrationContent
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.models import GateNote
from visavis.wire.v1.reports import ReportNote
from visavis.wire.v1.trials import TrialNote

router = APIRouter()
_MOST = 1000
_REPORTS = 20

PackPath = Annotated[str, Path(min_length=1, max_length=100)]
CHANGES = {"promoted": "became the default", "rolled_back": "went back to"}
RATES = {
    "eer": "Equal error rate",
    "fnmr": "The same person not recognised, one to one",
    "fnir": "Enrolled people not found in a search",
    "deployed_fmr": "Strangers matched at the threshold in use",
    "deployed_fnmr": "The same person missed at the threshold in use",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A calibration and its picture."""

    calibration: CalibrationContent
    chart: Chart


def _require(visit: Visit) -> None:
    if not (visit.may(Permission.MODELS_MANAGE) or visit.may(Permission.METRICS_READ)):
        raise NotPermitted("You may not look at models.", hint="Ask an administrator for another role.")


@router.get("/models")
async def models(request: Request, visit: Visiting) -> HTMLResponse:
    _require(visit)
    packs, promotions, galleries, jobs, trials = await asyncio.gather(
        visit.client.models.list(),
        visit.client.models.promotions(),
        _galleries(visit),
        _moving(visit),
        _trials(visit),
    )
    return page(
        request,
        visit,
        "models.html",
        packs=packs.models,
        promotions=promotions,
        before=_before(promotions),
        changes=CHANGES,
        used={one.name: [g.name for g in galleries if g.pack == one.name] for one in packs.models},
        jobs=jobs,
        trials=trials,
        may_manage=visit.may(Permission.MODELS_MANAGE),
    )


@router.get("/models/{pack}")
async def model(request: Request, visit: Visiting, pack: PackPath) -> HTMLResponse:
    _require(visit)
    client = visit.client
    found, cards, calibrations, galleries, reports, gate = await asyncio.gather(
        client.models.get(pack),
        client.models.cards(pack),
        client.models.calibrations(pack),
        _galleries(visit),
        _reports(visit, pack),
        _gate(visit, pack),
    )
    return page(
        request,
        visit,
        "model.html",
        model=found,
        pack=found.pack,
        cards=cards.cards,
        rates=RATES,
        curves=[Curve(calibration=one, chart=_curve(one)) for one in calibrations.calibrations],
        galleries=[one for one in galleries if one.pack == pack],
        reports=reports,
        gate=gate,
    )


def _curve(one: CalibrationContent) -> Chart:
    return by_score(
        f"Error rates by score ({one.measure.value})",
        [point.score for point in one.points],
        [[point.fmr for point in one.points], [point.fnmr for point in one.points]],
        names=("strangers above the score (FMR)", "the same person below it (FNMR)"),
    )


def _before(promotions: PromotionsDocument) -> bool:
    """Whether there is something to go back to."""
    return promotions.promoted is not None


async def _galleries(visit: Visit) -> list[GalleryEntry]:
    if not visit.may(Permission.GALLERIES_READ):
        return []
    found, _ = await first_of(visit.client.galleries.list(page_size=_MOST), _MOST)
    return found


async def _trials(visit: Visit) -> tuple[TrialNote, ...]:
    if not (visit.may(Permission.GALLERIES_READ) and visit.may(Permission.MODELS_READ)):
        return ()
    return (await visit.client.trials.list()).trials


async def _moving(visit: Visit) -> list[JobNote]:
    if not visit.may(Permission.JOBS_READ):
        return []
    found, _ = await first_of(visit.client.jobs.list(kind=JobKind.REEMBED, page_size=_REPORTS), _REPORTS)
    return found


async def _reports(visit: Visit, pack: str) -> list[ReportNote]:
    if not visit.may(Permission.METRICS_READ):
        return []
    found, _ = await first_of(visit.client.reports.list(pack=pack, page_size=_REPORTS), _REPORTS)
    return found


async def _gate(visit: Visit, pack: str) -> GateNote | None:
    if not visit.may(Permission.MODELS_MANAGE):
        return None
    return await visit.client.models.gate(pack)

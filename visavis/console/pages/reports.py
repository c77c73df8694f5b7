"""Reports of evaluations and audits that were handed in."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.console.pages.compliance import tabs_of
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.console.report_views import view_of
from visavis.domain.access import Permission
from visavis.domain.report import ReportKind

router = APIRouter()
_SHOWN = 200
KINDS: Final = {
    ReportKind.BIAS: "audit of bias",
    ReportKind.EVALUATION: "evaluation",
    ReportKind.SCORES: "evaluation of scores",
    ReportKind.MASKS: "face masks",
    ReportKind.LIVENESS: "attack detection",
    ReportKind.COMPARISON: "comparison of models",
}

Text = Annotated[str, Query(max_length=100)]


@router.get("/compliance/reports")
async def reports(request: Request, visit: Visiting, kind: Text = "") -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/reports")
    wanted = next((one for one in ReportKind if one.value == kind), None)
    found, more = await first_of(visit.client.reports.list(kind=wanted, page_size=_SHOWN), _SHOWN)
    return page(
        request,
        visit,
        "compliance_reports.html",
        tabs=tabs,
        reports=found,
        more=more,
        kinds=KINDS,
        kind=kind,
        may_add=visit.may(Permission.MODELS_MANAGE),
    )


@router.get("/compliance/reports/{report_id}")
async def report(request: Request, visit: Visiting, report_id: UUID) -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/reports")
    found = await visit.client.reports.get(report_id)
    return page(
        request,
        visit,
        "compliance_report.html",
        tabs=tabs,
        report=found.report,
        kinds=KINDS,
        view=view_of(found.content),
        may_remove=visit.may(Permission.MODELS_MANAGE),
    )

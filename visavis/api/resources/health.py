"""Is it up, is it ready, what does it measure."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from visavis.api.documented import failures
from visavis.api.guard import GuardedRoute
from visavis.api.service import allowed, service_of
from visavis.bootstrap.agent_metrics import agent_metrics
from visavis.bootstrap.monitoring import drift_metrics
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import VisavisError
from visavis.wire.v1.health import Health, Readiness

router = APIRouter(prefix="/v1", tags=["operation"], route_class=GuardedRoute)


@router.get("/health", summary="Is the process alive?")
async def health(request: Request) -> Health:
    """Answers as long as the process can answer at all; it looks at nothing else."""
    return Health(status="ok", version=service_of(request).version)


@router.get("/ready", summary="Can it serve?", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response) -> Readiness:
    """Looks at the store and the models; 503 while something is missing or the server is stopping."""
    problems = await service_of(request).ready()
    if problems:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return Readiness(status="unavailable" if problems else "ok", problems=problems)


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={
        200: {
            "content": {
                "text/plain": {
                    "schema": {"type": "string"},
                    "example": "# TYPE visavis_inference_running gauge\n",
                }
            }
        },
        **failures(),
    },
)
async def metrics(
    request: Request, platform: Annotated[Platform, Depends(allowed(Permission.METRICS_READ))]
) -> Response:
    """The queue in front of the models, what was refused, and the drift of the caller's own cameras, in the Prometheus
    text format."""
    lines = service_of(request).metrics()
    with suppress(VisavisError):  # what the process itself measures is told in any case
        lines = [*lines, *await drift_metrics(platform)]
    with suppress(VisavisError):
        lines = [*lines, *await agent_metrics(platform)]
    return Response("\n".join([*lines, ""]), media_type="text/plain; version=0.0.4")

"""The REST application."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from visavis.api.description import DESCRIPTION, TAGS, described
from visavis.api.dialects.compreface.router import router as compreface
from visavis.api.dialects.rekognition.router import router as rekognition
from visavis.api.errors import add_error_handlers
from visavis.api.front import add_front
from visavis.api.middleware import BodyBounds, RequestContext
from visavis.api.reference import add_reference
from visavis.api.resources import (
    accounts,
    agents,
    alert_rules,
    alerts,
    attendance,
    calibrations,
    cameras,
    channels,
    compliance,
    consents,
    corrections,
    detect,
    door_decisions,
    doors,
    enrolment,
    event_pictures,
    events,
    galleries,
    health,
    identify,
    jobs,
    models,
    monitors,
    outposts,
    promotions,
    recordings,
    references,
    reports,
    reviews,
    schedules,
    sessions,
    snapshots,
    subjects,
    tracks,
    trials,
    verify,
    visitors,
    webhooks,
)
from visavis.api.streams import Looks, Streams
from visavis.bootstrap.server import Service

_RESOURCES = (
    detect,
    verify,
    identify,
    enrolment,
    galleries,
    calibrations,
    subjects,
    references,
    consents,
    compliance,
    events,
    event_pictures,
    jobs,
    webhooks,
    doors,
    door_decisions,
    schedules,
    attendance,
    monitors,
    alerts,
    alert_rules,
    channels,
    corrections,
    reviews,
    visitors,
    agents,
    outposts,
    cameras,
    snapshots,
    tracks,
    recordings,
    promotions,
    models,
    trials,
    reports,
    accounts,
    sessions,
    health,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a request may cost before it is looked at."""

    most_bytes: int
    timeout_s: float
    hsts: bool
    most_together_bytes: int = 2**29


def create_app(service: Service, *, bounds: Bounds, more: Sequence[APIRouter] = ()) -> FastAPI:
    """The application over a service that is open; whoever opened it closes it."""
    app = routed(service.version, more)
    app.state.service = service
    app.state.streams = Streams(most=service.installation.settings.server.event_streams)
    app.state.looks = Looks()
    add_reference(app)
    add_front(app)
    add_error_handlers(app)
    app.add_middleware(
        BodyBounds,
        most_bytes=bounds.most_bytes,
        most_together_bytes=bounds.most_together_bytes,
        timeout_s=bounds.timeout_s,
    )
    app.add_middleware(RequestContext, hsts=bounds.hsts)
    return app


def routed(version: str, more: Sequence[APIRouter] = ()) -> FastAPI:
    """All routes over nothing: it can be described, not called."""
    app = FastAPI(
        title="Visavis",
        version=version,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for module in _RESOURCES:
        app.include_router(module.router)
    for router in (compreface, rekognition, *more):
        app.include_router(router)
    app.openapi = described(app)  # type: ignore[method-assign]
    return app

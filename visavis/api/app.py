"""The REST application."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from visavis.api.dialects.rekognition.router import router as rekognition
from visavis.api.documented import failures
from visavis.api.errors import add_error_handlers
from visavis.api.middleware import BodyBounds, RequestContext
from visavis.api.reference import add_reference
from visavis.api.resources import (
    accounts,
    compliance,
    consents,
    detect,
    enrolment,
    events,
    galleries,
    health,
    identify,
    jobs,
    models,
    references,
    sessions,
    subjects,
    verify,
    webhooks,
)
from visavis.bootstrap.server import Service
from visavis.domain.errors import IdempotencyConflict, RequestInProgress
from visavis.wire.v1.problem import Problem

DESCRIPTION = """\
Face recognition with decisions at a stated error rate.

Every decision is `match`, `non_match` or `inconclusive`, with its score, the false-match rate at that score,
the threshold and what it was calibrated on. Errors are problem details (RFC 9457) with a stable `code` and a
`hint`. Authenticate with `Authorization: Bearer vv_…` (an API key) or a session cookie.

Pictures are sent as multipart/form-data, as base64 in JSON, or as the body itself; the server never fetches
a picture from an address. Writes take an `Idempotency-Key`; updates take `If-Match`.
"""

_TAGS = [
    {"name": "recognition", "description": "Detect, verify, identify."},
    {"name": "galleries", "description": "The sets that are searched, with their policies."},
    {"name": "subjects", "description": "Who is known, and what is kept of them."},
    {"name": "events", "description": "The detection log."},
    {"name": "jobs", "description": "Work that is done later."},
    {"name": "webhooks", "description": "Where events are sent to."},
    {"name": "governance", "description": "Consent, retention, erasure, audit."},
    {"name": "accounts", "description": "Who may do what."},
    {"name": "models", "description": "Model packs."},
    {"name": "operation", "description": "Is it up, is it ready."},
]


_RESOURCES = (
    detect,
    verify,
    identify,
    enrolment,
    galleries,
    subjects,
    references,
    consents,
    compliance,
    events,
    jobs,
    webhooks,
    models,
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


def create_app(service: Service, *, bounds: Bounds, more: Sequence[APIRouter] = ()) -> FastAPI:
    """The application over a service that is open; whoever opened it closes it."""
    app = FastAPI(
        title="Visavis",
        version=service.version,
        description=DESCRIPTION,
        openapi_tags=_TAGS,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    for module in _RESOURCES:
        app.include_router(module.router)
    for router in (rekognition, *more):
        app.include_router(router)
    add_reference(app)
    add_error_handlers(app)
    app.add_middleware(BodyBounds, most_bytes=bounds.most_bytes, timeout_s=bounds.timeout_s)
    app.add_middleware(RequestContext, hsts=bounds.hsts)
    app.openapi = _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The description with the schema of problems and the ways to authenticate, made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
                separate_input_output_schemas=False,
            )
            components = schema.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            model = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= model.pop("$defs", {}) | {"Problem": model}
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            components["securitySchemes"] = {
                "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: vv_…"},
                "session": {"type": "apiKey", "in": "cookie", "name": "visavis_session"},
            }
            _secure(schema)
            app.openapi_schema = schema
        return app.openapi_schema

    return openapi


_OPEN = ("/v1/health", "/v1/ready", "/v1/auth/", "/v1/setup")


_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "Sent twice with the same request, it is done once; the answer is the first one.",
}


def _secure(schema: dict[str, Any]) -> None:
    """Every operation but those that serve to sign in or to see whether the server is up; writes can be repeated."""
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            if path.startswith(_OPEN):
                continue
            operation["security"] = [{"apiKey": []}, {"session": []}]
            if verb != "get":
                operation.setdefault("parameters", []).append(_KEY_HEADER)
                for number, answer in _REPEATED.items():
                    operation["responses"].setdefault(str(number), answer)


_REPEATED = {
    number: answer
    for number, answer in failures(IdempotencyConflict, RequestInProgress).items()
    if number == 409
}

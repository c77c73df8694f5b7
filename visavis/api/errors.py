"""Every error as problem details (RFC 9457)."""

import math
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from visavis.api.refusals import refused
from visavis.api.service import request_id
from visavis.domain.errors import (
    InputError,
    MethodNotAllowed,
    NotAuthenticated,
    PathNotFound,
    RequestTooLarge,
    RequestTooSlow,
    ValueInvalid,
    VisavisError,
)
from visavis.wire.v1.problem import PROBLEM_JSON, FieldProblem, Problem

_RETRY_AFTER_S = 1.0
_MOST_FIELDS = 50  #: that are named in one answer
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def problem_response(
    request: Request, error: VisavisError, fields: tuple[FieldProblem, ...] = ()
) -> Response:
    """The response of an error."""
    problem = Problem.of(error, request_id=str(request_id(request)), fields=fields)
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers=dict(_headers(error, problem.status)),
    )


def _headers(error: VisavisError, status: int) -> Mapping[str, str]:
    headers = {}
    if status in (429, 503) or error.retry_after_s is not None:
        wait = error.retry_after_s if error.retry_after_s is not None else _RETRY_AFTER_S
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    if isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="visavis"'
    return headers


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, VisavisError)  # noqa: S101 (registered for this class only)
    return problem_response(request, await refused(request, error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = tuple(
        FieldProblem(location=".".join(str(part) for part in one["loc"]), message=str(one["msg"]))
        for one in error.errors()[:_MOST_FIELDS]
    )
    named = ", ".join(field.location for field in fields[:5])
    return problem_response(request, ValueInvalid(f"The request cannot be used: {named}."), fields)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    kinds: dict[int, VisavisError] = {
        400: ValueInvalid("The body cannot be read."),
        404: PathNotFound(),
        405: MethodNotAllowed(),
        413: RequestTooLarge(),
    }
    cause = error.__cause__  # what went wrong while FastAPI read the body
    known = (
        cause
        if isinstance(cause, VisavisError)
        else kinds.get(error.status_code, InputError(str(error.detail)))
    )
    response = problem_response(request, known)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """All methods of this path: each route knows its own alone."""
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    ]


async def _gone(request: Request, _: Exception) -> Response:
    """Whoever asked went away before the whole request was here; nobody reads this."""
    return problem_response(request, RequestTooSlow())


async def _bug(request: Request, _: Exception) -> Response:
    return problem_response(request, VisavisError("The server made a mistake; its log says more."))


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(VisavisError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _bug)

"""What a page says when it cannot be shown: people see a page in words, whatever went wrong."""

from http import HTTPStatus

import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from visavis.console.render import shown_error
from visavis.domain.errors import MethodNotAllowed, NotAuthenticated, PathNotFound, ValueInvalid, VisavisError


def add_failures(app: FastAPI) -> None:
    app.add_exception_handler(NotAuthenticated, _to_sign_in)
    app.add_exception_handler(VisavisError, _error_page)
    app.add_exception_handler(RequestValidationError, _asked_wrongly)
    app.add_exception_handler(HTTPException, _no_page)


async def _to_sign_in(request: Request, error: Exception) -> Response:  # noqa: ARG001
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(httpx.URL("/sign-in", params={"next": back}).raw_path.decode(), status_code=303)


async def _error_page(request: Request, error: Exception) -> Response:
    if not isinstance(error, VisavisError):
        raise error
    status, page = shown_error(request, error)
    return HTMLResponse(page, status_code=status)


async def _asked_wrongly(request: Request, error: Exception) -> Response:
    """An address that lacks something, such as a link that was cut off."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    names = ", ".join(sorted({str(one["loc"][-1]) for one in error.errors()}))
    invalid = ValueInvalid(
        f"The address of this page is not complete or not right: {names}.",
        hint="Follow a link of the console to it, or begin at the overview.",
    )
    return await _error_page(request, invalid)


async def _no_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return await _error_page(request, MethodNotAllowed("This page is only to be looked at."))
    if error.status_code != HTTPStatus.NOT_FOUND:
        raise error
    missing = PathNotFound("There is no such page.", hint="Perhaps the address was cut off or is an old one.")
    return await _error_page(request, missing)

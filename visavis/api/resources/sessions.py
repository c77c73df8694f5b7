"""Signing in and out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from visavis.api.documented import failures
from visavis.api.guard import GuardedRoute
from visavis.api.service import (
    SESSION_COOKIE,
    Caller,
    admission_of,
    cookie_name,
    is_secure,
    request_id,
    service_of,
)
from visavis.application.access.sessions import OpenedSession
from visavis.application.access.tokens import csrf_token
from visavis.bootstrap.console import browsers_url
from visavis.domain.access import ActorKind
from visavis.domain.account import SessionId, UserId
from visavis.domain.errors import (
    AccountNotFound,
    NotPermitted,
    PathNotFound,
    SourceUnreachable,
    ValueInvalid,
)
from visavis.wire.v1.accounts import (
    Me,
    OneTimeAsked,
    OneTimeRequest,
    PasswordChange,
    SessionList,
    SessionNote,
    SignedIn,
    SignInRequest,
    SignInWays,
    UserNote,
)
from visavis.wire.v1.values import PLAIN

router = APIRouter(prefix="/v1", tags=["accounts"], route_class=GuardedRoute)

_DETOUR_COOKIE = "visavis_sign_in"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")[:200]


@router.get("/auth/ways", summary="Ways to sign in", responses=failures())
async def ways_to_sign_in(request: Request) -> SignInWays:
    """What a page for signing in offers. Needs no key."""
    return SignInWays(provider=service_of(request).entrance.oidc is not None)


@router.post("/auth/sign-in", summary="Sign in with a password", responses=failures())
async def sign_in(request: Request, response: Response, given: SignInRequest) -> SignedIn:
    """Opens a session. After some failures further tries have to wait, for this login and from this address."""
    entrance = service_of(request).entrance
    await entrance.rate_limit.sign_in(_address(request))
    opened = await entrance.sign_in(
        given.login,
        given.password.get_secret_value(),
        address=_address(request),
        agent=_agent(request),
        request=request_id(request),
    )
    return _signed_in(request, response, opened)


@router.post("/auth/one-time/whose", summary="Whose one-time link it is", responses=failures())
async def whose_link(request: Request, given: OneTimeAsked) -> UserNote:
    """For the page that asks for the password. The link is not used up."""
    entrance = service_of(request).entrance
    await entrance.rate_limit.sign_in(_address(request))
    return UserNote.of(await entrance.set_password.whose(given.token.get_secret_value()))


@router.post("/auth/one-time", summary="Sign in with a one-time link", responses=failures())
async def sign_in_once(request: Request, response: Response, given: OneTimeRequest) -> SignedIn:
    """Chooses the password and opens a session; all other sessions of the user end."""
    entrance = service_of(request).entrance
    await entrance.rate_limit.sign_in(_address(request))
    opened = await entrance.set_password(
        given.token.get_secret_value(),
        given.password.get_secret_value(),
        agent=_agent(request),
        request=request_id(request),
    )
    entrance.authenticate.forget()
    return _signed_in(request, response, opened)


@router.get(
    "/auth/oidc",
    status_code=303,
    summary="Sign in with the identity provider",
    response_class=RedirectResponse,
    responses=failures(PathNotFound, SourceUnreachable),
)
async def begin_oidc(
    request: Request,
    return_to: Annotated[
        str, Query(max_length=1000, pattern=PLAIN, description="A path of this server.")
    ] = "/",
) -> Response:
    """Sends the browser to the provider (authorization code with PKCE)."""
    service = service_of(request)
    if service.entrance.oidc is None:
        raise PathNotFound("No identity provider is configured.")
    await service.entrance.rate_limit.sign_in(_address(request))
    detour = await service.entrance.oidc.begin(redirect_uri=_redirect_uri(request), return_to=return_to)
    response = RedirectResponse(detour.url, status_code=303)
    response.set_cookie(
        cookie_name(request, _DETOUR_COOKIE),
        detour.binding,
        max_age=detour.lasts_s,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(
    "/auth/oidc/callback",
    status_code=303,
    summary="Where the identity provider sends the browser back to",
    response_class=RedirectResponse,
    responses=failures(PathNotFound, SourceUnreachable),
)
async def finish_oidc(
    request: Request,
    code: Annotated[str, Query(max_length=4000, pattern=PLAIN, description="What the provider gives.")] = "",
    state: Annotated[
        str, Query(max_length=1000, pattern=PLAIN, description="What was sent with the browser.")
    ] = "",
    error: Annotated[str, Query(max_length=200, description="Why it refused.")] = "",
) -> Response:
    """Opens the session and goes on to where the browser wanted to go."""
    service = service_of(request)
    if service.entrance.oidc is None:
        raise PathNotFound("No identity provider is configured.")
    await service.entrance.rate_limit.sign_in(_address(request))
    if error or not code or not state:
        raise ValueInvalid("The identity provider did not let this user in.", hint="Sign in again.")
    opened, target = await service.entrance.oidc.finish(
        code=code,
        state=state,
        binding=request.cookies.get(cookie_name(request, _DETOUR_COOKIE), ""),
        agent=_agent(request),
        request=request_id(request),
    )
    response = RedirectResponse(target, status_code=303)
    _delete_cookie(request, response, _DETOUR_COOKIE)
    _set_cookie(request, response, opened)
    return response


@router.post("/auth/sign-out", status_code=204, summary="Sign out", responses=failures(AccountNotFound))
async def sign_out(request: Request, response: Response, caller: Caller) -> None:
    """Ends this session everywhere."""
    admission = await admission_of(request)
    if admission.session is None or admission.user is None:
        raise NotPermitted("Only a session can be signed out.")
    entrance = service_of(request).entrance
    await entrance.doors.sessions.close(
        caller, admission.user.id, admission.session.id, request=request_id(request)
    )
    entrance.authenticate.forget()
    _delete_cookie(request, response, SESSION_COOKIE)


@router.get("/me", summary="Who am I?", responses=failures())
async def me(request: Request, caller: Caller) -> Me:
    """The caller, and what it may do."""
    admission = await admission_of(request)
    if admission.user is None or admission.session is None:
        return Me.of(caller)
    token = request.cookies.get(cookie_name(request), "")
    return Me.of(caller, login=admission.user.login, csrf=csrf_token(token))


@router.post("/me/password", status_code=204, summary="Change the own password", responses=failures())
async def change_password(request: Request, caller: Caller, change: PasswordChange) -> None:
    """All other sessions of the user end."""
    admission = await admission_of(request)
    await service_of(request).entrance.change_password(
        caller,
        change.present.get_secret_value(),
        change.wanted.get_secret_value(),
        keep=admission.session.id if admission.session else None,
        request=request_id(request),
    )
    service_of(request).entrance.authenticate.forget()


@router.get("/me/sessions", summary="Own sessions", responses=failures())
async def list_sessions(request: Request, caller: Caller) -> SessionList:
    """Those that still last, the latest first."""
    found = await service_of(request).entrance.doors.sessions.all(caller, _user(caller))
    return SessionList(sessions=tuple(SessionNote.of(one) for one in found))


@router.delete(
    "/me/sessions/{session_id}", status_code=204, summary="End a session", responses=failures(AccountNotFound)
)
async def close_session(request: Request, caller: Caller, session_id: UUID) -> None:
    """One's own, on whatever device it is."""
    await service_of(request).entrance.doors.sessions.close(
        caller, _user(caller), SessionId(session_id), request=request_id(request)
    )
    service_of(request).entrance.authenticate.forget()


def _user(caller: Caller) -> UserId:
    if caller.actor.kind is not ActorKind.USER:
        raise NotPermitted("Only a user has sessions.")
    return UserId(UUID(caller.actor.id))


def _signed_in(request: Request, response: Response, opened: OpenedSession) -> SignedIn:
    _set_cookie(request, response, opened)
    return SignedIn(user=UserNote.of(opened.user), csrf=opened.csrf, expires_at=opened.session.expires_at)


def _set_cookie(request: Request, response: Response, opened: OpenedSession) -> None:
    response.set_cookie(
        cookie_name(request),
        opened.token,
        expires=opened.session.expires_at,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def _delete_cookie(request: Request, response: Response, name: str) -> None:
    response.delete_cookie(
        cookie_name(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def _redirect_uri(request: Request) -> str:
    """As it is configured, here and at the provider: the request's own Host may be anybody's."""
    return f"{browsers_url(service_of(request).installation.settings)}/v1/auth/oidc/callback"

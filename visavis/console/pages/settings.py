"""Users, and how one signs in."""

import asyncio
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from visavis.console.browsers import browser
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.role_words import METHODS, ROLE_WORDS, grantable_roles
from visavis.console.tabs import Tab, open_to, require
from visavis.domain.access import Permission, Role
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.accounts import UserNote

router = APIRouter()
_P = Permission
TABS: Final = (
    Tab("/settings/users", "Users", frozenset({_P.USERS_READ})),
    Tab("/settings/keys", "API keys", frozenset({_P.KEYS_OWN, _P.KEYS_MANAGE})),
    Tab("/settings/webhooks", "Webhooks", frozenset({_P.WEBHOOKS_MANAGE})),
    Tab("/settings/sign-in", "Single sign-on", frozenset({_P.USERS_READ})),
    Tab("/settings/account", "My account", frozenset()),
)
_MOST = 1000


def tabs_of(visit: Visit, path: str) -> list[Tab]:
    return require(visit, TABS, path)


@router.get("/settings")
async def settings(visit: Visiting) -> RedirectResponse:
    """The first tab that is open."""
    return RedirectResponse(open_to(visit, TABS)[0].path, status_code=303)


@router.get("/settings/users")
async def users(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/users")
    (found, more), galleries = await asyncio.gather(
        first_of(visit.client.users.list(page_size=_MOST), _MOST), galleries_of(visit)
    )
    return page(
        request,
        visit,
        "settings_users.html",
        tabs=tabs,
        users=found,
        more=more,
        roles=ROLE_WORDS,
        methods=METHODS,
        mine=grantable_roles(visit.me),
        galleries=galleries,
        owners=owners_among(found),
        may_manage=visit.may(_P.USERS_MANAGE),
    )


@router.get("/settings/users/{user_id}")
async def user(request: Request, visit: Visiting, user_id: UUID) -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/users")
    found, (everybody, _), galleries = await asyncio.gather(
        visit.client.users.get(user_id),
        first_of(visit.client.users.list(page_size=_MOST), _MOST),
        galleries_of(visit),
    )
    may = visit.may(_P.USERS_MANAGE) and found.role in grantable_roles(visit.me)
    return page(
        request,
        visit,
        "settings_user.html",
        tabs=tabs,
        user=found,
        roles=ROLE_WORDS,
        methods=METHODS,
        mine=grantable_roles(visit.me),
        galleries=galleries,
        last=found.role is Role.OWNER and not found.disabled and owners_among(everybody) == 1,
        own=found.id == visit.me.id,
        may_manage=may,
    )


@router.get("/settings/sign-in")
async def sign_in(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/sign-in")
    provider = await visit.client.users.provider()
    return page(request, visit, "settings_sign_in.html", tabs=tabs, provider=provider, roles=ROLE_WORDS)


@router.get("/settings/account")
async def account(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/account")
    found = await visit.client.sessions.list()
    return page(request, visit, "settings_account.html", tabs=tabs, sessions=found.sessions, browser=browser)


def owners_among(users: list[UserNote]) -> int:
    """Those who can still sign in."""
    return sum(one.role is Role.OWNER and not one.disabled for one in users)


async def galleries_of(visit: Visit) -> list[GalleryEntry]:
    if not visit.may(_P.GALLERIES_READ):
        return []
    found, _ = await first_of(visit.client.galleries.list(page_size=_MOST), _MOST)
    return found

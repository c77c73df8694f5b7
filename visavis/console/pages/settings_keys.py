"""API keys and webhooks: how applications come in, and where events go out."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.console.pages.settings import galleries_of, tabs_of
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.console.role_words import GROUPS, PRESETS, grantable
from visavis.domain.access import Permission
from visavis.domain.account import KeyKind
from visavis.domain.event import EventKind
from visavis.wire.v1.accounts import KeyNote

router = APIRouter()
_MOST = 1000
_DELIVERIES = 50
KINDS: Final = {
    KeyKind.NATIVE: "Visavis (vv_…)",
    KeyKind.UUID: "as CompreFace clients send it",
    KeyKind.ACCESS_KEY: "access key for AWS signatures",
}

Text = Annotated[str, Query(max_length=100)]


def state_of(key: KeyNote, now: datetime) -> str:
    """in use, ended or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    return "ended" if key.expires_at is not None and key.expires_at <= now else "in use"


@router.get("/settings/keys")
async def keys(request: Request, visit: Visiting, gone: Text = "") -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/keys")
    (found, more), galleries = await asyncio.gather(
        first_of(visit.client.api_keys.list(page_size=_MOST), _MOST), galleries_of(visit)
    )
    now = datetime.now(UTC)
    mine = set(visit.me.permissions)
    return page(
        request,
        visit,
        "settings_keys.html",
        tabs=tabs,
        keys=[(one, state_of(one, now)) for one in found if gone or state_of(one, now) == "in use"],
        hidden=0 if gone else sum(state_of(one, now) != "in use" for one in found),
        more=more,
        kinds=KINDS,
        grants=grantable(visit.me),
        words={one: text for _, group in GROUPS for one, text in group},
        presets=[(name, text, sorted(wanted)) for name, (text, wanted) in PRESETS.items() if wanted <= mine],
        galleries=galleries,
    )


@router.get("/settings/webhooks")
async def webhooks(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/webhooks")
    found, galleries = await asyncio.gather(visit.client.webhooks.list(), galleries_of(visit))
    return page(
        request,
        visit,
        "settings_webhooks.html",
        tabs=tabs,
        webhooks=found.webhooks,
        galleries=galleries,
        kinds=list(EventKind),
    )


@router.get("/settings/webhooks/{webhook_id}")
async def webhook(request: Request, visit: Visiting, webhook_id: UUID) -> HTMLResponse:
    tabs = tabs_of(visit, "/settings/webhooks")
    found, (deliveries, more) = await asyncio.gather(
        visit.client.webhooks.get(webhook_id),
        first_of(visit.client.webhooks.deliveries(webhook_id, page_size=_DELIVERIES), _DELIVERIES),
    )
    return page(
        request,
        visit,
        "settings_webhook.html",
        tabs=tabs,
        webhook=found,
        deliveries=deliveries,
        more=more,
        may_log=visit.may(Permission.EVENTS_READ),
    )

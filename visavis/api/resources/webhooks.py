"""Webhooks: where events are sent to, and what became of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.service import allowed
from visavis.application.jobs.webhooks import NewSecret
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import DeliveryNotFound, WebhookNotFound
from visavis.domain.webhook import DeliveryId, DeliveryState, Webhook, WebhookId
from visavis.wire.v1.jobs import (
    DeliveryList,
    DeliveryNote,
    WebhookCreate,
    WebhookEdit,
    WebhookList,
    WebhookNote,
    WebhookSecret,
    WebhookWants,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=IdempotentRoute)

Managing = Annotated[Platform, Depends(allowed(Permission.WEBHOOKS_MANAGE))]


@router.get("", summary="Webhooks", responses=failures())
async def list_webhooks(platform: Managing) -> WebhookList:
    """Oldest first; those of galleries that the caller may use."""
    found = [one for one in await platform.webhooks.all() if _is_mine(platform, one)]
    return WebhookList(webhooks=tuple(WebhookNote.of(one) for one in found))


@router.post("", status_code=201, summary="Add a webhook", responses=failures())
async def create_webhook(platform: Managing, wanted: WebhookCreate) -> WebhookSecret:
    """Events from now on are posted to it, in order, signed, at least once, and tried again for a day."""
    _require_mine(platform, wanted.wanted)
    return _shown(
        await platform.webhooks.create(wanted.url, wanted.wanted.filter, description=wanted.description)
    )


@router.get("/{webhook_id}", summary="One webhook", responses=failures(WebhookNotFound))
async def get_webhook(platform: Managing, webhook_id: UUID) -> WebhookNote:
    """Without its secret."""
    return WebhookNote.of(await _mine(platform, webhook_id))


@router.patch("/{webhook_id}", summary="Change a webhook", responses=failures(WebhookNotFound))
async def change_webhook(platform: Managing, webhook_id: UUID, change: WebhookEdit) -> WebhookNote:
    """What is left out stays as it is."""
    old = await _mine(platform, webhook_id)
    if change.wanted is not None:
        _require_mine(platform, change.wanted)
    changed = await platform.webhooks.change(
        old.id,
        url=change.url,
        wanted=change.wanted.filter if change.wanted is not None else None,
        active=change.active,
        description=change.description,
    )
    return WebhookNote.of(changed)


@router.post("/{webhook_id}/secret", summary="Make a new secret", responses=failures(WebhookNotFound))
async def renew_secret(platform: Managing, webhook_id: UUID) -> WebhookSecret:
    """Everything sent from now on is signed with it."""
    old = await _mine(platform, webhook_id)
    return _shown(await platform.webhooks.new_secret(old.id))


@router.delete(
    "/{webhook_id}", status_code=204, summary="Remove a webhook", responses=failures(WebhookNotFound)
)
async def remove_webhook(platform: Managing, webhook_id: UUID) -> None:
    """With its deliveries."""
    old = await _mine(platform, webhook_id)
    await platform.webhooks.remove(old.id)


@router.get(
    "/{webhook_id}/deliveries",
    summary="What became of what was sent",
    responses=failures(WebhookNotFound),
)
async def list_deliveries(
    platform: Managing,
    webhook_id: UUID,
    state: Annotated[DeliveryState | None, Query(description="dead: the dead letters.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DeliveryList:
    """The latest events first."""
    one = await _mine(platform, webhook_id)
    page = await platform.webhooks.deliveries(one.id, state=state, before=number_of(cursor), limit=limit + 1)
    more = len(page) > limit
    return DeliveryList(
        deliveries=tuple(DeliveryNote.of(delivery) for delivery in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].event_sequence)) if more else None,
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    summary="Send it again",
    responses=failures(WebhookNotFound, DeliveryNotFound),
)
async def redeliver(platform: Managing, webhook_id: UUID, delivery_id: UUID) -> DeliveryNote:
    """As soon as possible, with a day's patience anew."""
    await _mine(platform, webhook_id)
    return DeliveryNote.of(await platform.webhooks.redeliver(DeliveryId(delivery_id), WebhookId(webhook_id)))


async def _mine(platform: Platform, webhook_id: UUID) -> Webhook:
    found = await platform.webhooks.get(WebhookId(webhook_id))
    if not _is_mine(platform, found):
        raise WebhookNotFound
    return found


def _is_mine(platform: Platform, webhook: Webhook) -> bool:
    mine = platform.principal.galleries
    return mine is None or (bool(webhook.wanted.galleries) and webhook.wanted.galleries <= mine)


def _require_mine(platform: Platform, wanted: WebhookWants) -> None:
    """A caller that is limited to some galleries names them: an empty list would mean all."""
    if platform.principal.galleries is not None and not wanted.galleries:
        platform.principal.require_everywhere()
    for gallery in wanted.galleries:
        platform.principal.require_gallery(gallery)


def _shown(made: NewSecret) -> WebhookSecret:
    return WebhookSecret(webhook=WebhookNote.of(made.webhook), secret=made.secret)

"""Channels of alerts: how they reach people and machines. They belong to all galleries, so a caller that is limited to
some may look at them and use them in rules, and no more."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Limit
from visavis.api.service import allowed
from visavis.application.alerts.channels import new_secret
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.alert import ChannelId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import DispatchId
from visavis.domain.errors import AlreadyExists, ChannelNotFound, DeliveryNotFound, ValueInvalid
from visavis.wire.v1.channels import (
    ChannelCreate,
    ChannelEdit,
    ChannelList,
    ChannelNote,
    ChannelSecret,
    ChannelTest,
    DispatchList,
    DispatchNote,
    WebhookWanted,
    target_of,
)

router = APIRouter(prefix="/v1/channels", tags=["alerts"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.ALERTS_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.ALERTS_MANAGE))]


@router.get("", summary="Channels", responses=failures())
async def list_channels(platform: Reading) -> ChannelList:
    """By name, without their secrets."""
    return ChannelList(channels=tuple(ChannelNote.of(one) for one in await platform.alert_channels.all()))


@router.post("", status_code=201, summary="Add a channel", responses=failures(AlreadyExists, ValueInvalid))
async def create_channel(platform: Managing, wanted: ChannelCreate) -> ChannelSecret:
    """What it leads to is kept encrypted and never shown again; the secret of a webhook is shown this once."""
    platform.principal.require_everywhere()
    secret = new_secret()
    made = await platform.alert_channels.create(
        wanted.name,
        target_of(wanted.target, secret),
        names=wanted.names,
        pictures=wanted.pictures,
        enabled=wanted.enabled,
    )
    shown = secret if isinstance(wanted.target, WebhookWanted) else None
    return ChannelSecret(channel=ChannelNote.of(made), secret=shown)


@router.get("/{channel_id}", summary="One channel", responses=failures(ChannelNotFound))
async def get_channel(platform: Reading, channel_id: UUID) -> ChannelNote:
    """Without its secrets."""
    return ChannelNote.of(await platform.alert_channels.get(ChannelId(channel_id)))


@router.patch(
    "/{channel_id}",
    summary="Change a channel",
    responses=failures(ChannelNotFound, AlreadyExists, ValueInvalid),
)
async def change_channel(platform: Managing, channel_id: UUID, change: ChannelEdit) -> ChannelSecret:
    """What is left out stays as it is. An endpoint that is named anew gets a new secret."""
    platform.principal.require_everywhere()
    secret = new_secret()
    changed = await platform.alert_channels.change(
        ChannelId(channel_id),
        name=change.name,
        target=target_of(change.target, secret) if change.target else None,
        names=change.names,
        pictures=change.pictures,
        enabled=change.enabled,
    )
    shown = secret if isinstance(change.target, WebhookWanted) else None
    return ChannelSecret(channel=ChannelNote.of(changed), secret=shown)


@router.delete(
    "/{channel_id}", status_code=204, summary="Remove a channel", responses=failures(ChannelNotFound)
)
async def remove_channel(platform: Managing, channel_id: UUID) -> None:
    """With its messages. What a broker retains is taken back, if it can be reached."""
    platform.principal.require_everywhere()
    await platform.alert_channels.remove(ChannelId(channel_id))


@router.post("/{channel_id}/test", summary="Try a channel", responses=failures(ChannelNotFound))
async def test_channel(platform: Managing, channel_id: UUID) -> ChannelTest:
    """Sends a message that says it is a test, at once and once, and says how that went."""
    platform.principal.require_everywhere()
    answer = await platform.alert_channels.test(ChannelId(channel_id))
    return ChannelTest(accepted=answer.accepted, status=answer.status, error=answer.error)


@router.get(
    "/{channel_id}/deliveries", summary="What became of messages", responses=failures(ChannelNotFound)
)
async def list_channel_deliveries(
    platform: Managing,
    channel_id: UUID,
    state: Annotated[DispatchState | None, Query(description="dead: the dead letters.")] = None,
    limit: Limit = 100,
) -> DispatchList:
    """The latest first."""
    platform.principal.require_everywhere()
    found = await platform.alert_channels.dispatches(
        channel_id=ChannelId(channel_id), state=state, limit=limit
    )
    return DispatchList(deliveries=tuple(DispatchNote.of(one) for one in found))


@router.post(
    "/{channel_id}/deliveries/{delivery_id}/redeliver",
    summary="Send a message again",
    responses=failures(DeliveryNotFound),
)
async def redeliver_alert(platform: Managing, channel_id: UUID, delivery_id: UUID) -> DispatchNote:
    """As soon as possible, with all its tries anew."""
    platform.principal.require_everywhere()
    again = await platform.alert_channels.again(ChannelId(channel_id), DispatchId(delivery_id))
    return DispatchNote.of(again)

"""Channels of alerts in memory."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.domain.alert import AlertId, ChannelId, RuleId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import Channel, Dispatch, DispatchId, PublishedCamera
from visavis.domain.errors import AlreadyExists, ChannelNotFound, DeliveryNotFound

_OWN = frozenset({DispatchState.PENDING, DispatchState.DELIVERED, DispatchState.DEAD})


class MemoryChannels:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, channel: Channel) -> None:
        await self._keep(channel)

    async def get(self, channel_id: ChannelId) -> Channel:
        channels = self._work.read().alerting.channels
        if channel_id not in channels:
            raise ChannelNotFound
        return channels[channel_id]

    async def all(self) -> list[Channel]:
        return sorted(self._work.read().alerting.channels.values(), key=lambda one: one.name)

    async def replace(self, channel: Channel) -> None:
        old = await self.get(channel.id)
        await self._keep(replace(channel, cursor=old.cursor, created_at=old.created_at))

    async def remove(self, channel_id: ChannelId) -> None:
        await self.get(channel_id)
        own = (await self._work.write()).alerting
        del own.channels[channel_id]
        own.dispatches = {id_: one for id_, one in own.dispatches.items() if one.channel_id != channel_id}
        own.cameras = {key: one for key, one in own.cameras.items() if key[0] != channel_id}

    async def hold(self, channel_id: ChannelId, holder: uuid.UUID, *, now: datetime, until: datetime) -> bool:
        own = (await self._work.write()).alerting
        other, held_until = own.holders.get(channel_id, (holder, now))
        channel = own.channels.get(channel_id)
        if channel is None or not channel.enabled or (other != holder and held_until > now):
            return False
        own.holders[channel_id] = (holder, until)
        return True

    async def advance(self, channel_id: ChannelId, cursor: int, cameras: Sequence[PublishedCamera]) -> None:
        own = (await self._work.write()).alerting
        channel = await self.get(channel_id)
        own.channels[channel_id] = replace(channel, cursor=max(cursor, channel.cursor))
        own.cameras |= {(channel_id, one.site, one.source): one for one in cameras}

    async def cameras(self, channel_id: ChannelId) -> list[PublishedCamera]:
        cameras = self._work.read().alerting.cameras.items()
        return sorted(
            (one for (channel, _, _), one in cameras if channel == channel_id),
            key=lambda one: (one.site, one.source),
        )

    async def forget_cameras(self, channel_id: ChannelId, cameras: Sequence[PublishedCamera]) -> None:
        own = (await self._work.write()).alerting
        for one in cameras:
            own.cameras.pop((channel_id, one.site, one.source), None)

    async def put(self, dispatches: Sequence[Dispatch]) -> None:
        own = (await self._work.write()).alerting
        own.dispatches |= {one.id: one for one in dispatches if one.channel_id in own.channels}

    async def dispatch(self, dispatch_id: DispatchId) -> Dispatch:
        dispatches = self._work.read().alerting.dispatches
        if dispatch_id not in dispatches:
            raise DeliveryNotFound
        return dispatches[dispatch_id]

    async def due(
        self,
        state: DispatchState,
        now: datetime,
        *,
        channel_id: ChannelId | None = None,
        limit: int = 100,
    ) -> list[Dispatch]:
        own = self._work.read().alerting
        found = [
            one
            for one in own.dispatches.values()
            if one.state is state
            and one.next_at <= now
            and channel_id in (None, one.channel_id)
            and own.channels[one.channel_id].enabled
        ]
        return sorted(found, key=lambda one: (one.next_at, one.id))[:limit]

    async def dispatches(
        self,
        *,
        alert_id: AlertId | None = None,
        channel_id: ChannelId | None = None,
        summary_id: DispatchId | None = None,
        state: DispatchState | None = None,
        limit: int = 100,
    ) -> list[Dispatch]:
        found = [
            one
            for one in self._work.read().alerting.dispatches.values()
            if alert_id in (None, one.alert_id)
            and channel_id in (None, one.channel_id)
            and summary_id in (None, one.summary_id)
            and state in (None, one.state)
        ]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]

    async def sent(self, rule_id: RuleId, since: datetime) -> int:
        return len(
            {
                one.alert_id
                for one in self._work.read().alerting.dispatches.values()
                if one.rule_id == rule_id and one.created_at >= since and one.alert_id and one.state in _OWN
            }
        )

    async def purge(self, finished_before: datetime) -> int:
        own = (await self._work.write()).alerting
        old = [
            id_
            for id_, one in own.dispatches.items()
            if one.finished_at and one.finished_at < finished_before
        ]
        for dispatch_id in old:
            del own.dispatches[dispatch_id]
        return len(old)

    async def _keep(self, channel: Channel) -> None:
        own = (await self._work.write()).alerting
        if any(one.name == channel.name and one.id != channel.id for one in own.channels.values()):
            raise AlreadyExists(f"There is a channel {channel.name!r} already.")
        own.channels[channel.id] = channel

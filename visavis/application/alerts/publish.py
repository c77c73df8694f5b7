"""Speak to a broker: messages about alerts, and the detection log where the channel wants it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from visavis.application.alerts.bulletin import Bulletin, bulletin
from visavis.application.alerts.deliver import GONE, after, given_up
from visavis.application.alerts.discovery import DOOR_KINDS, alert_entities, camera_entities, door_entities
from visavis.application.alerts.double_take import double_take
from visavis.application.alerts.topics import (
    CameraTopics,
    Sighting,
    alerts_topic,
    masked,
    open_topic,
    sighting,
    status_topic,
)
from visavis.application.ports.channels import Brokers, Publication
from visavis.application.ports.clock import Clock
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.ports.webhooks import Answer
from visavis.domain.alert import ChannelId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import Channel, Dispatch, MqttTarget, PublishedCamera
from visavis.domain.errors import AlertNotFound, ChannelNotFound
from visavis.domain.event import Event
from visavis.domain.subject import TenantId

LEASE: Final = timedelta(seconds=15)
"""How long one process alone speaks to a broker without saying so again."""
_ALERTS: Final = ("", "$alerts")  #: stands for the entities of alerts among those of cameras
_EVENTS = 100
_MESSAGES = 50

Cameras = dict[tuple[str, str], PublishedCamera]


@dataclass(slots=True)
class Announced:
    """What one process has told brokers since it holds them: channels whose entities are known there, and the number
    of open alerts that was said last."""

    channels: set[ChannelId] = field(default_factory=set)
    open_alerts: dict[ChannelId, int] = field(default_factory=dict)

    def forget(self, channel_id: ChannelId) -> None:
        self.channels.discard(channel_id)
        self.open_alerts.pop(channel_id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishToBroker:
    """The broker channels of one tenant, for one process: `holder`. What the broker did not acknowledge is sent again,
    so that it may come twice."""

    store: Store
    tenant: TenantId
    brokers: Brokers
    holder: uuid.UUID
    announced: Announced
    clock: Clock
    render: Callable[[Bulletin], bytes]
    render_event: Callable[[Event], bytes]
    chance: Callable[[], float]
    software: str

    async def __call__(self, channel_id: ChannelId) -> bool:
        """Whether there may be more to say at once."""
        async with self.store.transaction(self.tenant) as work:
            now = self.clock.now()
            if not await work.channels.hold(channel_id, self.holder, now=now, until=now + LEASE):
                self.announced.forget(channel_id)
                held = False
            else:
                held = True
        if not held:
            await self.brokers.leave(channel_id)
            return False
        try:
            told = await self._dispatches(channel_id)
            return await self._log(channel_id) or told
        except ChannelNotFound:
            await self.brokers.leave(channel_id)
            return False

    async def _dispatches(self, channel_id: ChannelId) -> bool:
        channel, target, due = await self._due(channel_id)
        if not due:
            return False
        messages = [
            Publication(topic=alerts_topic(target), payload=self.render(told))
            for _, told in due
            if told is not None
        ]
        answer = await self._publish(channel, target, messages)
        now = self.clock.now()
        async with self.store.transaction(self.tenant) as work:
            await work.channels.put(
                [
                    given_up(one, GONE, now) if told is None else after(one, answer, now, self.chance())
                    for one, told in due
                ]
            )
        return answer.accepted and len(due) == _MESSAGES

    async def _due(
        self, channel_id: ChannelId
    ) -> tuple[Channel, MqttTarget, list[tuple[Dispatch, Bulletin | None]]]:
        found: list[tuple[Dispatch, Bulletin | None]] = []
        async with self.store.transaction(self.tenant) as work:
            channel, target = await _broker(work, channel_id)
            now = self.clock.now()
            due = await work.channels.due(DispatchState.PENDING, now, channel_id=channel_id, limit=_MESSAGES)
            for one in due:
                try:
                    found.append((one, await bulletin(work, channel, one)))
                except AlertNotFound:
                    found.append((one, None))
        return channel, target, found

    async def _log(self, channel_id: ChannelId) -> bool:
        """Further events of the log, with the entities of cameras that are new to the broker."""
        async with self.store.transaction(self.tenant) as work:
            channel, target = await _broker(work, channel_id)
            events = (
                await work.events.page(EventFilter(), after=channel.cursor, limit=_EVENTS)
                if target.publish
                else []
            )
            names = await _names(work, channel, events)
            known = {(one.site, one.source): one for one in await work.channels.cameras(channel_id)}
            open_alerts = await work.alerts.open_count()
        messages, changed = self._told(channel, target, known, open_alerts)
        for event in events:
            messages += self._event(channel, target, event, names.get(event.id), known, changed)
        answer = await self._publish(channel, target, messages)
        if not answer.accepted:
            return False
        self.announced.channels.add(channel_id)
        self.announced.open_alerts[channel_id] = open_alerts
        if events or changed:
            async with self.store.transaction(self.tenant) as work:
                cursor = events[-1].sequence if events else channel.cursor
                await work.channels.advance(channel_id, cursor, list(changed.values()))
        return len(events) == _EVENTS

    def _told(
        self, channel: Channel, target: MqttTarget, known: Cameras, open_alerts: int
    ) -> tuple[list[Publication], Cameras]:
        """What does not depend on events: entities again after a start, and how many alerts are open."""
        messages: list[Publication] = []
        changed: Cameras = {}
        if channel.id not in self.announced.channels and target.discovery:
            entities = alert_entities(target, software=self.software)
            messages += entities
            topics = (*(one.topic for one in entities), open_topic(target))
            changed[_ALERTS] = PublishedCamera(site=_ALERTS[0], source=_ALERTS[1], topics=topics)
            for key in known.keys() - {_ALERTS}:
                messages += self._again(target, known[key])
        if self.announced.open_alerts.get(channel.id) != open_alerts:
            count = str(open_alerts).encode()
            messages.append(Publication(topic=open_topic(target), payload=count, retain=True))
        return messages, changed

    def _event(
        self,
        channel: Channel,
        target: MqttTarget,
        event: Event,
        name: str | None,
        known: Cameras,
        changed: Cameras,
    ) -> list[Publication]:
        """A revised line is told again, but its face is not counted again."""
        key = (event.site, event.source)
        camera = known.get(key)
        messages: list[Publication] = []
        if camera is None:
            entities = self._new(target, event)
            messages += entities
            topics = CameraTopics.of(target.prefix, event.site, event.source)
            retained = (*(one.topic for one in entities), topics.last, topics.faces)
            camera = PublishedCamera(site=event.site, source=event.source, topics=retained)
        counted = int(event.outcome is not None and event.revision == 0)
        camera = replace(camera, faces=camera.faces + counted)
        if event.outcome is not None or event.kind in DOOR_KINDS:
            known[key] = changed[key] = camera
        shown = masked(channel, event)
        one = Sighting(event=shown, document=self.render_event(shown), name=name, faces=camera.faces)
        messages += sighting(channel, target, one, self.clock.now())
        return [*messages, *(double_take(one) if target.double_take else [])]

    def _again(self, target: MqttTarget, camera: PublishedCamera) -> list[Publication]:
        """After a start: the broker may have lost what it retained."""
        if camera.faces:
            return self._entities(target, camera.site, camera.source, "")
        return door_entities(target, site=camera.site, door=camera.source, software=self.software)

    def _new(self, target: MqttTarget, event: Event) -> list[Publication]:
        """Entities for what is heard of for the first time; a camera is one once it has decided about a face."""
        if target.discovery and event.kind in DOOR_KINDS:
            return door_entities(target, site=event.site, door=event.source, software=self.software)
        return self._entities(target, event.site, event.source, event.zone) if event.outcome else []

    def _entities(self, target: MqttTarget, site: str, source: str, zone: str) -> list[Publication]:
        if not target.discovery:
            return []
        return camera_entities(target, site=site, source=source, zone=zone, software=self.software)

    async def _publish(self, channel: Channel, target: MqttTarget, messages: Sequence[Publication]) -> Answer:
        """Also without any, so that the connection is there and says so."""
        answer = await self.brokers.publish(channel.id, target, messages, status=status_topic(target))
        if not answer.accepted:
            self.announced.forget(channel.id)  # perhaps the broker lost what it had retained
        return answer


async def _broker(work: UnitOfWork, channel_id: ChannelId) -> tuple[Channel, MqttTarget]:
    """Raises `ChannelNotFound`, also for a channel that is not of this kind any more."""
    channel = await work.channels.get(channel_id)
    if not isinstance(channel.target, MqttTarget):
        raise ChannelNotFound
    return channel, channel.target


async def _names(work: UnitOfWork, channel: Channel, events: Sequence[Event]) -> dict[uuid.UUID, str]:
    """Names of subjects by event, if the channel may say them."""
    if not channel.names or not events:
        return {}
    found = await work.subjects.names([event.subject_id for event in events if event.subject_id])
    return {
        event.id: found[event.subject_id]
        for event in events
        if event.subject_id is not None and event.subject_id in found
    }


def withdrawal(cameras: Sequence[PublishedCamera], target: MqttTarget) -> list[Publication]:
    """Takes back everything that the broker retains of a channel."""
    topics = [topic for camera in cameras for topic in camera.topics]
    return [
        Publication(topic=topic, payload=b"", retain=True)
        for topic in dict.fromkeys([*topics, open_topic(target), status_topic(target)])
    ]

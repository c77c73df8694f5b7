"""What a message says, read anew for every try: a name that was changed or erased meanwhile is not sent."""

from dataclasses import dataclass, replace
from typing import Final

from visavis.application.ports.channels import Picture
from visavis.application.ports.store import UnitOfWork
from visavis.domain.alert import Alert
from visavis.domain.channel import Channel, ChannelKind, Dispatch, DispatchId
from visavis.domain.errors import AlertNotFound, AlertRuleNotFound, GalleryNotFound
from visavis.domain.event import EventId
from visavis.domain.policy import Keep

MOST_TOLD: Final = 20  #: alerts that a summary names one by one
_MOST_PICTURE_BYTES = 2_000_000
_PNG = b"\x89PNG"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One message. `alerts` is the alert, or those of a summary of `count`; `subjects` are their names where the
    channel may know them. Without alerts it is a test."""

    id: DispatchId
    alerts: tuple[Alert, ...]
    count: int
    subjects: tuple[str | None, ...]
    events: tuple[EventId, ...] = ()
    picture: Picture | None = None
    summary: bool = False

    @property
    def is_test(self) -> bool:
        return not self.alerts

    @property
    def alert(self) -> Alert:
        """The first."""
        return self.alerts[0]


async def bulletin(work: UnitOfWork, channel: Channel, dispatch: Dispatch) -> Bulletin:
    """Raises `AlertNotFound` if there is nothing left to be told."""
    if dispatch.alert_id is None:
        return await _summary(work, channel, dispatch)
    alert = await work.alerts.get(dispatch.alert_id)
    return Bulletin(
        id=dispatch.id,
        alerts=(_masked(channel, alert),),
        count=alert.count,
        subjects=await _names(work, channel, (alert,)),
        events=tuple(await work.alerts.events(alert.id, limit=MOST_TOLD)),
        picture=await _picture(work, channel, alert),
    )


async def _summary(work: UnitOfWork, channel: Channel, dispatch: Dispatch) -> Bulletin:
    held = await work.channels.dispatches(summary_id=dispatch.id, limit=10_000)
    ids = [one.alert_id for one in held[:MOST_TOLD] if one.alert_id is not None]
    alerts = [await work.alerts.get(alert_id) for alert_id in ids]
    if not alerts:
        raise AlertNotFound
    return Bulletin(
        id=dispatch.id,
        alerts=tuple(_masked(channel, alert) for alert in alerts),
        count=len(held),
        subjects=await _names(work, channel, tuple(alerts)),
        summary=True,
    )


def _masked(channel: Channel, alert: Alert) -> Alert:
    """An identifier leads to a subject for whoever may ask the server; only signed endpoints are given it."""
    if channel.names or channel.kind is ChannelKind.WEBHOOK:
        return alert
    return replace(alert, subject_id=None)


async def _names(work: UnitOfWork, channel: Channel, alerts: tuple[Alert, ...]) -> tuple[str | None, ...]:
    if not channel.names:
        return (None,) * len(alerts)
    found = await work.subjects.names([one.subject_id for one in alerts if one.subject_id])
    return tuple(found.get(one.subject_id) if one.subject_id else None for one in alerts)


async def _picture(work: UnitOfWork, channel: Channel, alert: Alert) -> Picture | None:
    """The face that is kept of the subject, if channel, rule and the gallery's policy all allow it."""
    if not channel.pictures or alert.subject_id is None or alert.gallery_id is None:
        return None
    try:
        rule = await work.alert_rules.get(alert.rule_id)
        gallery = await work.galleries.get(alert.gallery_id)
    except (AlertRuleNotFound, GalleryNotFound):
        return None
    if not rule.effects.picture or gallery.policy.keep is Keep.NOTHING:
        return None
    page = await work.references.page(gallery.id, subject_id=alert.subject_id, limit=100)
    for reference in sorted(page, key=lambda one: one.created_at, reverse=True):
        for kind in (Keep.SAMPLE, Keep.PHOTO):
            kept = await work.samples.get(reference.id, kind)
            picture = _readable(kept.content) if kept is not None else None
            if picture is not None:
                return picture
    return None


def _readable(content: bytes) -> Picture | None:
    """What messengers show; a file that is too large or of another kind is left out."""
    if len(content) > _MOST_PICTURE_BYTES:
        return None
    if content.startswith(_PNG):
        return Picture(media_type="image/png", content=content)
    return Picture(media_type="image/jpeg", content=content) if content.startswith(_JPEG) else None

"""What waits for a person, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from visavis.console.glance import Glance
from visavis.console.render import plural
from visavis.wire.v1.agents import AgentState

_SOON = timedelta(days=14)
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`level` is watch or bad."""

    level: str
    text: str
    link: str
    advice: str = ""


def notes(seen: Glance, now: datetime, *, may_review: bool) -> list[Note]:
    found = [*_alerts(seen), *_devices(seen), *_drift(seen), *_review(seen, may_review=may_review)]
    found += [*_keys(seen, now)]
    return sorted(found, key=lambda one: one.level != "bad")


def _alerts(seen: Glance) -> Iterator[Note]:
    for one in seen.alerts[:_SHOWN]:
        who = one.subject or one.text or "somebody"
        place = ", ".join(part for part in (one.source, one.site) if part)
        times = f", {one.count} times" if one.count > 1 else ""
        text = f"{one.rule}: {who}{f' at {place}' if place else ''}{times}."
        yield Note(
            level="bad" if one.severity == "critical" else "watch", text=text, link=f"/alerts/{one.id}"
        )
    if len(seen.alerts) > _SHOWN:
        yield Note(level="watch", text=f"{len(seen.alerts) - _SHOWN} more alerts are open.", link="/alerts")


def _devices(seen: Glance) -> Iterator[Note]:
    for agent in seen.agents:
        link = "/cameras"
        if agent.state is AgentState.SILENT:
            advice = "Has the device power and a network? Its pictures wait there and are sent later."
            yield Note(
                level="bad", text=f"Nothing is heard of the agent {agent.name}.", link=link, advice=advice
            )
            continue
        if agent.failed:
            text = f"The agent {agent.name} could not apply its configuration."
            yield Note(level="watch", text=text, link=link, advice=agent.failure)
        for camera in agent.report.health.cameras if agent.report else ():
            if not camera.connected and not camera.ended:
                text = f"No pictures come from the camera {camera.id}."
                yield Note(level="bad", text=text, link=link, advice=camera.problem)


def _drift(seen: Glance) -> Iterator[Note]:
    for one in seen.drifting:
        for signal in one.signals:
            if signal.alarm_since is not None:
                link = f"/log?{urlencode({'source': one.source})}"
                yield Note(level="bad", text=signal.text, link=link, advice=signal.advice)


def _review(seen: Glance, *, may_review: bool) -> Iterator[Note]:
    waiting = seen.days.counts.waiting if seen.days else 0
    if waiting:
        text = f"{plural(waiting, 'decision')} of the last two days {'waits' if waiting == 1 else 'wait'} for a person."
        yield Note(level="watch", text=text, link="/review" if may_review else "/log?outcome=inconclusive")


def _keys(seen: Glance, now: datetime) -> Iterator[Note]:
    for one in seen.keys:
        if one.expires_at is None or one.revoked_at is not None:
            continue
        if now <= one.expires_at < now + _SOON:
            text = f"The API key {one.name} ends on {one.expires_at:%Y-%m-%d}."
            advice = "Make a new one and give it to the application before."
            yield Note(level="watch", text=text, link="/settings", advice=advice)

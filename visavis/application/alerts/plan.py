"""When a message about an alert goes out: now, later together with others, or never."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from visavis.domain.alert import Alert, AlertId, AlertRule, AtNight, ChannelId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import Dispatch, DispatchId

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`at` is when it is tried, or when what is held is told."""

    state: DispatchState
    at: datetime


def hour_of(now: datetime) -> datetime:
    """The hour that a limit of messages counts in."""
    return now.replace(minute=0, second=0, microsecond=0)


def planned(rule: AlertRule, now: datetime, *, sent: int) -> Plan:
    """`sent` messages went out in this hour."""
    quiet = quiet_until(rule, now)
    if quiet is not None:
        held = rule.effects.quiet is not None and rule.effects.quiet.others is AtNight.HOLD
        return Plan(state=DispatchState.HELD, at=quiet) if held else Plan(state=DispatchState.DROPPED, at=now)
    if sent >= rule.effects.most_per_hour:
        return Plan(state=DispatchState.HELD, at=hour_of(now) + _HOUR)
    return Plan(state=DispatchState.PENDING, at=now)


def quiet_until(rule: AlertRule, now: datetime) -> datetime | None:
    """When the quiet hours end that hold this rule back; `None` if none do."""
    quiet = rule.effects.quiet
    if quiet is None or rule.severity.rank >= quiet.through.rank or not quiet.hours.cover(now):
        return None
    return quiet.hours.end(now) or now + _DAY


def dispatches(
    rule: AlertRule, alert: Alert, plan: Plan, now: datetime, new: Callable[[], DispatchId]
) -> list[Dispatch]:
    """One for each channel."""
    return [_dispatch(rule, alert.id, channel, plan, now, new()) for channel in rule.effects.channels]


def _dispatch(
    rule: AlertRule, alert_id: AlertId, channel: ChannelId, plan: Plan, now: datetime, new: DispatchId
) -> Dispatch:
    return Dispatch(
        id=new,
        channel_id=channel,
        rule_id=rule.id,
        alert_id=alert_id,
        created_at=now,
        next_at=plan.at,
        state=plan.state,
        finished_at=now if plan.state is DispatchState.DROPPED else None,
    )

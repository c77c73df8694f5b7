"""Rules and alerts of one tenant, as a unit of work sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.alert import Alert, AlertId, AlertRule, RuleId
from visavis.domain.alert_kinds import AlertState, Severity
from visavis.domain.event import EventId
from visavis.domain.occurrence import Notice
from visavis.domain.subject import SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """What to look for; `None` means any. `galleries` are names, for callers that are limited to some."""

    galleries: frozenset[str] | None = None
    rule_id: RuleId | None = None
    state: AlertState | None = None
    severity: Severity | None = None
    subject_id: SubjectId | None = None


class AlertRules(Protocol):
    async def add(self, rule: AlertRule) -> None:
        """Raises `AlreadyExists` if the tenant has a rule of this name."""
        ...

    async def get(self, rule_id: RuleId) -> AlertRule:
        """Raises `AlertRuleNotFound`."""
        ...

    async def all(self) -> list[AlertRule]:
        """By name. Subjects that were erased are no longer in them."""
        ...

    async def replace(self, rule: AlertRule) -> None:
        """Raises `AlertRuleNotFound`, or `AlreadyExists` if another rule has this name."""
        ...

    async def remove(self, rule_id: RuleId) -> None:
        """Its alerts stay. Raises `AlertRuleNotFound`."""
        ...


class Alerts(Protocol):
    async def claim(self) -> int:
        """How far the detection log was looked at: the sequence of the last event. No other transaction claims it, or
        changes an alert, until this one ends."""
        ...

    async def advance(self, sequence: int) -> None:
        """After `claim`: how far it was looked at now."""
        ...

    async def behind(self) -> bool:
        """Whether a rule is enabled and there are events or notices that were not looked at."""
        ...

    async def notice(self, notice: Notice) -> None:
        """Keeps it until rules were asked; one with the same identifier is left out."""
        ...

    async def take_notices(self, limit: int) -> list[Notice]:
        """The oldest, which are gone with this transaction."""
        ...

    async def told(self, event_ids: Sequence[EventId]) -> frozenset[tuple[RuleId, EventId]]:
        """Which rules raised or counted an alert for which of these events. Their subjects stay until this transaction
        ends."""
        ...

    async def current(self, rule_id: RuleId, subject_id: SubjectId | None, key: str) -> Alert | None:
        """The latest alert of this rule about this subject, or, without one, with this key, unless it is resolved."""
        ...

    async def keep(self, alert: Alert, event_id: EventId | None = None) -> Alert:
        """A new or changed one, with the next sequence; `event_id` is what was added to it. A subject that was erased
        meanwhile is left out. Waits for `claim` of others."""
        ...

    async def get(self, alert_id: AlertId) -> Alert:
        """Raises `AlertNotFound`."""
        ...

    async def events(self, alert_id: AlertId, limit: int = 100) -> list[EventId]:
        """The latest first; those that are still in the log."""
        ...

    async def page(
        self,
        wanted: AlertFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Alert]:
        """By sequence: the latest first below `before`, or, with `after` given, the oldest first above it."""
        ...

    async def open_count(self) -> int: ...

    async def latest(self) -> int:
        """The sequence of the last change of an alert, 0 if there was none."""
        ...

    async def purge(self, before: datetime, *, orphans_before: datetime) -> int:
        """Removes alerts of notices that were raised before `before`, and those of events whose events are all gone and
        that were raised before `orphans_before`; how many."""
        ...

"""Rules of alerts: make, look at, change, remove."""

from dataclasses import dataclass, replace

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.alert import AlertRule, Condition, Effects, RuleId
from visavis.domain.alert_kinds import Severity
from visavis.domain.audit import Action
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """The rules of one tenant."""

    store: Store
    tenant: TenantId
    clock: Clock
    identifiers: Identifiers
    ledger: Ledger

    async def create(
        self,
        name: str,
        condition: Condition,
        effects: Effects,
        *,
        severity: Severity = Severity.WARNING,
        enabled: bool = True,
    ) -> AlertRule:
        """Holds from now on. Raises `AlreadyExists`, `ChannelNotFound`, `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await _require_channels(work, effects)
            rule = AlertRule(
                id=RuleId(self.identifiers.new()),
                name=name.strip(),
                enabled=enabled,
                severity=severity,
                condition=condition,
                effects=effects,
                created_at=self.clock.now(),
                since=await _latest(work),
            )
            await work.alert_rules.add(rule)
            await self.ledger.note(
                work, Action.ALERT_RULE_CREATED, f"alert_rule:{rule.id}", severity=severity.value
            )
        return rule

    async def get(self, rule_id: RuleId) -> AlertRule:
        """Raises `AlertRuleNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.alert_rules.get(rule_id)

    async def all(self) -> list[AlertRule]:
        """By name."""
        async with self.store.transaction(self.tenant) as work:
            return await work.alert_rules.all()

    async def change(
        self,
        rule_id: RuleId,
        *,
        name: str | None = None,
        enabled: bool | None = None,
        severity: Severity | None = None,
        condition: Condition | None = None,
        effects: Effects | None = None,
    ) -> AlertRule:
        """What is `None` stays. A rule that is enabled again, or waits for something else, begins with what comes.

        Raises `AlertRuleNotFound`, `AlreadyExists`, `ChannelNotFound`, `SubjectNotFound`.
        """
        async with self.store.transaction(self.tenant) as work:
            old = await work.alert_rules.get(rule_id)
            if effects is not None:
                await _require_channels(work, effects)
            new = replace(
                old,
                name=old.name if name is None else name.strip(),
                enabled=old.enabled if enabled is None else enabled,
                severity=severity or old.severity,
                condition=condition or old.condition,
                effects=effects or old.effects,
            )
            if (new.enabled and not old.enabled) or new.condition != old.condition:
                new = replace(new, since=await _latest(work))
            await work.alert_rules.replace(new)
            await self.ledger.note(
                work, Action.ALERT_RULE_CHANGED, f"alert_rule:{rule_id}", enabled=new.enabled
            )
        return new

    async def remove(self, rule_id: RuleId) -> None:
        """Its alerts stay. Raises `AlertRuleNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.alert_rules.remove(rule_id)
            await self.ledger.note(work, Action.ALERT_RULE_REMOVED, f"alert_rule:{rule_id}")


async def _latest(work: UnitOfWork) -> int:
    latest = await work.events.page(EventFilter(), limit=1)
    return latest[0].sequence if latest else 0


async def _require_channels(work: UnitOfWork, effects: Effects) -> None:
    """Raises `ChannelNotFound`."""
    for channel_id in effects.channels:
        await work.channels.get(channel_id)

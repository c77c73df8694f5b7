"""Ask the rules about what the detection log and the server's notices got since the last time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from visavis.application.alerts.plan import dispatches, hour_of, planned
from visavis.application.alerts.presence import persists
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.access import SYSTEM
from visavis.domain.alert import Alert, AlertId, AlertRule, RuleId
from visavis.domain.alert_kinds import AlertState, Trigger
from visavis.domain.channel import DispatchId
from visavis.domain.event import EventId
from visavis.domain.occurrence import Occurrence
from visavis.domain.subject import TenantId

_BATCH = 200
_MOST_BATCHES = 50  #: in one call, so that a long log keeps nobody else waiting

Told = frozenset[tuple[RuleId, EventId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateAlerts:
    """The rules of one tenant. Each event is looked at once by each rule that was there; a revised one is looked at
    again, by the rules that it raised nothing for. Whoever calls it at the same time waits, and then finds it done."""

    store: Store
    tenant: TenantId
    clock: Clock
    identifiers: Identifiers

    async def __call__(self) -> int:
        """The number of events and notices that were looked at."""
        looked = 0
        for _ in range(_MOST_BATCHES):
            count = await self._batch()
            looked += count
            if count < _BATCH:
                break
        return looked

    async def _batch(self) -> int:
        async with self.store.transaction(self.tenant) as work:
            position = await work.alerts.claim()
            rules = [rule for rule in await work.alert_rules.all() if rule.enabled]
            if not rules:
                return 0
            start = max(position, min(rule.since for rule in rules))
            events = await work.events.page(EventFilter(), after=start, limit=_BATCH)
            told = await work.alerts.told([event.id for event in events])
            found = [one for one in map(Occurrence.of_event, events) if one is not None]
            notices = await work.alerts.take_notices(_BATCH)
            await self._ask(work, rules, [*found, *map(Occurrence.of_notice, notices)], told)
            await work.alerts.advance(events[-1].sequence if events else start)
        return len(events) + len(notices)

    async def _ask(
        self, work: UnitOfWork, rules: Sequence[AlertRule], found: Sequence[Occurrence], told: Told
    ) -> None:
        for one in found:
            for rule in rules:
                if _is_news(rule, one, told) and rule.condition.takes(one):
                    await self._take(work, rule, one)

    async def _take(self, work: UnitOfWork, rule: AlertRule, one: Occurrence) -> None:
        if one.over:
            await self._resolve(work, rule, one)
        elif not rule.condition.looks_back or await persists(work, rule.condition, one):
            await self._raise(work, rule, one)

    async def _raise(self, work: UnitOfWork, rule: AlertRule, one: Occurrence) -> None:
        """Counts it into the alert that is about the same thing, or opens one and tells of it."""
        same = await work.alerts.current(rule.id, one.subject_id, one.key)
        if same is not None and one.trigger is Trigger.SILENT:
            return  # it goes on, and was noticed again for another rule
        window = timedelta(seconds=rule.effects.dedupe_s)
        if same is not None and window and abs(one.at - same.opened_at) <= window:
            await work.alerts.keep(
                replace(same, count=same.count + 1, last_at=max(same.last_at, one.at)), one.event_id
            )
            return
        now = self.clock.now()
        alert = await work.alerts.keep(self._new(rule, one), one.event_id)
        plan = planned(rule, now, sent=await work.channels.sent(rule.id, hour_of(now)))
        await work.channels.put(dispatches(rule, alert, plan, now, self._dispatch_id))

    async def _resolve(self, work: UnitOfWork, rule: AlertRule, one: Occurrence) -> None:
        same = await work.alerts.current(rule.id, one.subject_id, one.key)
        if same is not None:
            now = self.clock.now()
            over = replace(same, state=AlertState.RESOLVED, by=str(SYSTEM), changed_at=now, last_at=one.at)
            await work.alerts.keep(over, one.event_id)

    def _new(self, rule: AlertRule, one: Occurrence) -> Alert:
        return Alert(
            id=AlertId(self.identifiers.new()),
            rule_id=rule.id,
            rule=rule.name,
            severity=rule.severity,
            trigger=one.trigger,
            gallery=one.gallery,
            gallery_id=one.gallery_id,
            source=one.source,
            site=one.site,
            zone=one.zone,
            outcome=one.outcome,
            subject_id=one.subject_id,
            key="" if one.subject_id else one.key,
            text=one.text,
            opened_at=one.at,
            last_at=one.at,
            raised_at=self.clock.now(),
        )

    def _dispatch_id(self) -> DispatchId:
        return DispatchId(self.identifiers.new())


def _is_news(rule: AlertRule, one: Occurrence, told: Told) -> bool:
    """Not from before the rule, and nothing that it told of already."""
    if one.sequence and one.sequence <= rule.since:
        return False
    return one.event_id is None or (rule.id, one.event_id) not in told

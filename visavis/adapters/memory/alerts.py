"""Rules and alerts in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.alerts import AlertFilter
from visavis.domain.alert import Alert, AlertId, AlertRule, RuleId
from visavis.domain.alert_kinds import AlertState, Trigger
from visavis.domain.errors import AlertNotFound, AlertRuleNotFound, AlreadyExists, SubjectNotFound
from visavis.domain.event import EventId
from visavis.domain.occurrence import Notice
from visavis.domain.subject import SubjectId


class MemoryAlertRules:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, rule: AlertRule) -> None:
        await self._keep(rule)

    async def get(self, rule_id: RuleId) -> AlertRule:
        rules = self._work.read().alerting.rules
        if rule_id not in rules:
            raise AlertRuleNotFound
        return rules[rule_id]

    async def all(self) -> list[AlertRule]:
        return sorted(self._work.read().alerting.rules.values(), key=lambda rule: rule.name)

    async def replace(self, rule: AlertRule) -> None:
        old = await self.get(rule.id)
        await self._keep(replace(rule, created_at=old.created_at))

    async def remove(self, rule_id: RuleId) -> None:
        await self.get(rule_id)
        del (await self._work.write()).alerting.rules[rule_id]

    async def _keep(self, rule: AlertRule) -> None:
        tables = await self._work.write()
        if any(one.name == rule.name and one.id != rule.id for one in tables.alerting.rules.values()):
            raise AlreadyExists(f"There is a rule {rule.name!r} already.")
        if not (rule.condition.subjects or frozenset()) <= tables.subjects.keys():
            raise SubjectNotFound
        tables.alerting.rules[rule.id] = rule


class MemoryAlerts:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def claim(self) -> int:
        return (await self._work.write()).alerting.position

    async def advance(self, sequence: int) -> None:
        (await self._work.write()).alerting.position = sequence

    async def behind(self) -> bool:
        tables = self._work.read()
        own = tables.alerting
        enabled = any(rule.enabled for rule in own.rules.values())
        return enabled and (bool(own.notices) or tables.event_sequence > own.position)

    async def notice(self, notice: Notice) -> None:
        (await self._work.write()).alerting.notices.setdefault(notice.id, notice)

    async def take_notices(self, limit: int) -> list[Notice]:
        notices = (await self._work.write()).alerting.notices
        taken = sorted(notices.values(), key=lambda one: (one.at, one.id))[:limit]
        for one in taken:
            del notices[one.id]
        return taken

    async def told(self, event_ids: Sequence[EventId]) -> frozenset[tuple[RuleId, EventId]]:
        wanted = set(event_ids)
        return frozenset(pair for pair in self._work.read().alerting.told if pair[1] in wanted)

    async def current(self, rule_id: RuleId, subject_id: SubjectId | None, key: str) -> Alert | None:
        found = [
            one
            for one in self._work.read().alerting.alerts.values()
            if one.rule_id == rule_id
            and one.state is not AlertState.RESOLVED
            and one.subject_id == subject_id
            and (subject_id is not None or one.key == key)
        ]
        return max(found, key=lambda one: (one.opened_at, one.sequence), default=None)

    async def keep(self, alert: Alert, event_id: EventId | None = None) -> Alert:
        tables = await self._work.write()
        own = tables.alerting
        own.sequence += 1
        subject_id = alert.subject_id if alert.subject_id in tables.subjects else None
        kept = replace(alert, sequence=own.sequence, subject_id=subject_id)
        own.alerts[alert.id] = kept
        if event_id is not None and event_id in tables.events:
            own.told.setdefault((alert.rule_id, event_id), alert.id)
        return kept

    async def get(self, alert_id: AlertId) -> Alert:
        alerts = self._work.read().alerting.alerts
        if alert_id not in alerts:
            raise AlertNotFound
        return alerts[alert_id]

    async def events(self, alert_id: AlertId, limit: int = 100) -> list[EventId]:
        tables = self._work.read()
        told = tables.alerting.told.items()
        found = [event for (_, event), alert in told if alert == alert_id and event in tables.events]
        return found[::-1][:limit]

    async def page(
        self,
        wanted: AlertFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Alert]:
        chosen = [
            one
            for one in self._work.read().alerting.alerts.values()
            if _is_wanted(one, wanted)
            and (before is None or one.sequence < before)
            and (after is None or one.sequence > after)
        ]
        return sorted(chosen, key=lambda one: one.sequence, reverse=after is None)[:limit]

    async def open_count(self) -> int:
        alerts = self._work.read().alerting.alerts.values()
        return sum(one.state is AlertState.OPEN for one in alerts)

    async def latest(self) -> int:
        return self._work.read().alerting.sequence

    async def purge(self, before: datetime, *, orphans_before: datetime) -> int:
        tables = await self._work.write()
        own = tables.alerting
        own.told = {pair: alert for pair, alert in own.told.items() if pair[1] in tables.events}
        with_events = set(own.told.values())
        logged = {one.id for one in own.alerts.values() if one.trigger is not Trigger.SILENT}
        old = [
            one.id
            for one in own.alerts.values()
            if (one.id not in logged and one.raised_at < before)
            or (one.id in logged - with_events and one.raised_at < orphans_before)
        ]
        for alert_id in old:
            del own.alerts[alert_id]
        gone = set(old)
        own.dispatches = {id_: one for id_, one in own.dispatches.items() if one.alert_id not in gone}
        return len(old)


def _is_wanted(alert: Alert, wanted: AlertFilter) -> bool:
    return (
        (wanted.galleries is None or alert.gallery in wanted.galleries)
        and wanted.rule_id in (None, alert.rule_id)
        and wanted.state in (None, alert.state)
        and wanted.severity in (None, alert.severity)
        and wanted.subject_id in (None, alert.subject_id)
    )

"""Notice agents of which nothing is heard, and that they are heard of again, for rules that wait for it."""

from dataclasses import dataclass

from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.agent import Agent
from visavis.domain.alert import AlertRule
from visavis.domain.alert_kinds import Trigger
from visavis.domain.occurrence import Notice, Occurrence
from visavis.domain.subject import TenantId

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSilence:
    """The agents of one tenant, which are expected to report every `interval_s`. What was noticed stands in the alerts,
    so that it is noticed once, by whatever process."""

    store: Store
    tenant: TenantId
    clock: Clock
    identifiers: Identifiers
    interval_s: float

    async def __call__(self) -> int:
        """The number of notices."""
        async with self.store.transaction(self.tenant) as work:
            rules = [
                rule
                for rule in await work.alert_rules.all()
                if rule.enabled and rule.condition.trigger is Trigger.SILENT
            ]
            if not rules:
                return 0
            await work.alerts.claim()
            agents = await work.agents.page(limit=_PAGE)
            return sum([await self._look(work, rules, agent) for agent in agents])

    async def _look(self, work: UnitOfWork, rules: list[AlertRule], agent: Agent) -> bool:
        now = self.clock.now()
        notice = Notice(
            id=self.identifiers.new(),
            trigger=Trigger.SILENT,
            at=now,
            key=f"agent:{agent.id}",
            text="no report from the agent",
            source=agent.name,
        )
        one = Occurrence.of_notice(notice)
        known = [
            await work.alerts.current(rule.id, None, one.key) is not None
            for rule in rules
            if rule.condition.takes(one)
        ]
        silent = agent.is_silent(now, self.interval_s)
        if silent and not all(known):
            await work.alerts.notice(notice)
            return True
        if not silent and any(known):
            over = Notice(
                id=notice.id, trigger=notice.trigger, at=now, key=notice.key, source=agent.name, over=True
            )
            await work.alerts.notice(over)
            return True
        return False

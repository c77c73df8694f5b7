"""Tell together what was held back: quiet hours are over, or the busy hour is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from visavis.application.alerts.plan import quiet_until
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.alert import ChannelId, RuleId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import Dispatch, DispatchId
from visavis.domain.errors import AlertRuleNotFound
from visavis.domain.subject import TenantId

_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SummariseAlerts:
    """What one tenant's channels held back and is due."""

    store: Store
    tenant: TenantId
    clock: Clock
    identifiers: Identifiers

    async def __call__(self) -> int:
        """The number of messages that go out now: one for each rule and channel."""
        now = self.clock.now()
        async with self.store.transaction(self.tenant) as work:
            await work.alerts.claim()  # one at a time
            groups: dict[tuple[ChannelId, RuleId], list[Dispatch]] = defaultdict(list)
            for one in await work.channels.due(DispatchState.HELD, now, limit=_MOST):
                groups[one.channel_id, one.rule_id].append(one)
            sent = 0
            for (_, rule_id), held in groups.items():
                until = await _quiet(work, rule_id, now)
                if until is None:
                    await work.channels.put(self._told(held, now))
                    sent += 1
                else:
                    await work.channels.put([replace(one, next_at=until) for one in held])
        return sent

    def _told(self, held: Sequence[Dispatch], now: datetime) -> list[Dispatch]:
        """A single one goes out as it is; several are told in a message of their own."""
        first = held[0]
        if len(held) == 1:
            return [replace(first, state=DispatchState.PENDING, next_at=now)]
        summary = Dispatch(
            id=DispatchId(self.identifiers.new()),
            channel_id=first.channel_id,
            rule_id=first.rule_id,
            alert_id=None,
            created_at=now,
            next_at=now,
        )
        state = DispatchState.SUMMARISED
        return [
            summary,
            *(replace(one, state=state, finished_at=now, summary_id=summary.id) for one in held),
        ]


async def _quiet(work: UnitOfWork, rule_id: RuleId, now: datetime) -> datetime | None:
    """When quiet hours of the rule end, if it is quiet at this moment."""
    try:
        return quiet_until(await work.alert_rules.get(rule_id), now)
    except AlertRuleNotFound:
        return None

"""Alerts: look at them, follow them, say that somebody looks after them or that they are over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis.application.ledger import Ledger
from visavis.application.ports.alerts import AlertFilter
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.alert import Alert, AlertId
from visavis.domain.alert_kinds import AlertState
from visavis.domain.audit import Action
from visavis.domain.event import EventId
from visavis.domain.occurrence import Notice
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAlert:
    """An alert, and what its subject is called now."""

    alert: Alert
    subject: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertBoard:
    """The alerts of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock

    async def page(
        self,
        wanted: AlertFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[NamedAlert]:
        """Those that changed last first, or from `after` on in order."""
        async with self.store.transaction(self.tenant) as work:
            found = await work.alerts.page(wanted, before=before, after=after, limit=limit)
            return await _named(work, found)

    async def get(self, alert_id: AlertId) -> NamedAlert:
        """Raises `AlertNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            (named,) = await _named(work, [await work.alerts.get(alert_id)])
        return named

    async def events(self, alert_id: AlertId) -> list[EventId]:
        """Of this alert, the latest first."""
        async with self.store.transaction(self.tenant) as work:
            return await work.alerts.events(alert_id)

    async def latest(self) -> int:
        """The sequence of the last change: whoever follows from now on begins behind it."""
        async with self.store.transaction(self.tenant) as work:
            return await work.alerts.latest()

    async def change(
        self, alert_id: AlertId, state: AlertState | None = None, *, note: str | None = None
    ) -> NamedAlert:
        """Who did it is kept in the alert and in the audit log. Raises `AlertNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.alerts.claim()
            old = await work.alerts.get(alert_id)
            new = replace(
                old,
                state=state or old.state,
                note=old.note if note is None else note,
                by=str(self.ledger.actor),
                changed_at=self.clock.now(),
            )
            kept = await work.alerts.keep(new)
            await self.ledger.note(
                work, Action.ALERT_CHANGED, f"alert:{alert_id}", state=kept.state.value, note=note is not None
            )
            (named,) = await _named(work, [kept])
        return named

    async def notice(self, notice: Notice) -> None:
        """Something that rules may wait for, and that is no event of the detection log."""
        async with self.store.transaction(self.tenant) as work:
            await work.alerts.notice(notice)


async def _named(work: UnitOfWork, alerts: Sequence[Alert]) -> list[NamedAlert]:
    ids = list({one.subject_id for one in alerts if one.subject_id is not None})
    names = await work.subjects.names(ids) if ids else {}
    return [
        NamedAlert(alert=one, subject=names.get(one.subject_id) if one.subject_id else None) for one in alerts
    ]

"""alerts, asked of a server: the same documents."""

from collections.abc import Callable
from itertools import islice
from uuid import UUID

from visavis.client.synchronous import Client
from visavis.domain.alert_kinds import AlertState, Severity
from visavis.wire.alerts import AlertRulesDocument, AlertsDocument
from visavis.wire.v1.alert_rules import AlertRuleCreate


def listing(
    client: Client, state: AlertState | None, severity: Severity | None, *, limit: int
) -> AlertsDocument:
    return AlertsDocument.of(list(islice(client.alerts.list(state=state, severity=severity), limit)))


def changed(client: Client, alert: UUID, state: AlertState | None, note: str | None) -> AlertsDocument:
    """Without a state it is only shown."""
    found = client.alerts.get(alert) if state is None else client.alerts.change(alert, state, note=note)
    return AlertsDocument.of([found])


def rules(client: Client) -> AlertRulesDocument:
    return AlertRulesDocument(rules=client.alert_rules.list().rules)


def add_rule(client: Client, wanted: Callable[[dict[str, UUID]], AlertRuleCreate]) -> AlertRulesDocument:
    """`wanted` is told the channels by name."""
    channels = {one.name: UUID(one.id) for one in client.channels.list().channels}
    return AlertRulesDocument(rules=(client.alert_rules.create(wanted(channels)),))

"""Alerts, their rules and channels."""

from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import delete, get, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.alert_kinds import AlertState, DispatchState, Severity
from visavis.wire.alert_notes import AlertNote
from visavis.wire.v1.alert_rules import AlertRuleCreate, AlertRuleEdit, AlertRuleList, AlertRuleNote
from visavis.wire.v1.alerts import AlertDetail, AlertEdit, AlertList
from visavis.wire.v1.channels import (
    ChannelCreate,
    ChannelEdit,
    ChannelList,
    ChannelNote,
    ChannelSecret,
    ChannelTest,
    DispatchList,
    DispatchNote,
)

M = TypeVar("M")


class Alerts(Resource[M]):
    """What rules waited for."""

    @listing_of(AlertNote)
    def list(
        self,
        *,
        rule_id: str | UUID | None = None,
        state: AlertState | None = None,
        severity: Severity | None = None,
        subject_id: str | UUID | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """Those that changed last first."""
        request = get(
            "v1",
            "alerts",
            rule_id=rule_id,
            state=state,
            severity=severity,
            subject_id=subject_id,
            limit=page_size,
        )
        return self._pages(request, AlertList, lambda page: page.alerts)

    @operation
    def get(self, alert_id: str | UUID) -> Flow[AlertDetail]:
        """With its events."""
        return self._ask(get("v1", "alerts", alert_id), AlertDetail)

    @operation
    def change(
        self, alert_id: str | UUID, state: AlertState | None = None, *, note: str | None = None
    ) -> Flow[AlertDetail]:
        """Acknowledges or resolves it, or writes something about it."""
        body = AlertEdit(state=state, note=note)
        return self._ask(self._write(send("PATCH", "v1", "alerts", alert_id, body=body)), AlertDetail)

    @operation
    def deliveries(self, alert_id: str | UUID, *, limit: int = 100) -> Flow[DispatchList]:
        """What became of its messages; the latest first."""
        return self._ask(get("v1", "alerts", alert_id, "deliveries", limit=limit), DispatchList)


class AlertRules(Resource[M]):
    """What raises alerts, and what these do."""

    @operation
    def list(self) -> Flow[AlertRuleList]:
        """By name."""
        return self._ask(get("v1", "alert-rules"), AlertRuleList)

    @operation
    def create(self, wanted: AlertRuleCreate) -> Flow[AlertRuleNote]:
        """It looks at every event from now on."""
        return self._ask(self._write(send("POST", "v1", "alert-rules", body=wanted)), AlertRuleNote)

    @operation
    def get(self, rule_id: str | UUID) -> Flow[AlertRuleNote]:
        return self._ask(get("v1", "alert-rules", rule_id), AlertRuleNote)

    @operation
    def change(self, rule_id: str | UUID, change: AlertRuleEdit) -> Flow[AlertRuleNote]:
        """What is left out stays as it is."""
        return self._ask(self._write(send("PATCH", "v1", "alert-rules", rule_id, body=change)), AlertRuleNote)

    @operation
    def remove(self, rule_id: str | UUID) -> Flow[None]:
        """Its alerts stay."""
        return self._do(self._write(delete("v1", "alert-rules", rule_id)))


class Channels(Resource[M]):
    """How alerts reach people and machines."""

    @operation
    def list(self) -> Flow[ChannelList]:
        """By name."""
        return self._ask(get("v1", "channels"), ChannelList)

    @operation
    def create(self, wanted: ChannelCreate) -> Flow[ChannelSecret]:
        """The answer has the secret of a webhook's signatures, this once."""
        return self._ask(self._write(send("POST", "v1", "channels", body=wanted)), ChannelSecret)

    @operation
    def get(self, channel_id: str | UUID) -> Flow[ChannelNote]:
        return self._ask(get("v1", "channels", channel_id), ChannelNote)

    @operation
    def change(self, channel_id: str | UUID, change: ChannelEdit) -> Flow[ChannelSecret]:
        """What is left out stays as it is."""
        return self._ask(self._write(send("PATCH", "v1", "channels", channel_id, body=change)), ChannelSecret)

    @operation
    def remove(self, channel_id: str | UUID) -> Flow[None]:
        """With its messages."""
        return self._do(self._write(delete("v1", "channels", channel_id)))

    @operation
    def test(self, channel_id: str | UUID) -> Flow[ChannelTest]:
        """Sends a test at once, and says how that went."""
        return self._ask(self._write(send("POST", "v1", "channels", channel_id, "test")), ChannelTest)

    @operation
    def deliveries(
        self, channel_id: str | UUID, *, state: DispatchState | None = None, limit: int = 100
    ) -> Flow[DispatchList]:
        """The latest first; `DispatchState.DEAD` are the dead letters."""
        request = get("v1", "channels", channel_id, "deliveries", state=state, limit=limit)
        return self._ask(request, DispatchList)

    @operation
    def redeliver(self, channel_id: str | UUID, delivery_id: str | UUID) -> Flow[DispatchNote]:
        """As soon as possible, with all its tries anew."""
        request = send("POST", "v1", "channels", channel_id, "deliveries", delivery_id, "redeliver")
        return self._ask(self._write(request), DispatchNote)

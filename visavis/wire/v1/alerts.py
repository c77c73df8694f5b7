"""Alerts."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.alert import Alert
from visavis.domain.alert_kinds import AlertState
from visavis.wire.alert_notes import AlertNote
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import closed


class AlertDetail(AlertNote):
    """An alert with its events."""

    event_ids: tuple[Identifier, ...] = Field(description="The latest first, at most 100.")

    @classmethod
    def whole(cls, alert: Alert, subject: str | None, events: Sequence[UUID]) -> Self:
        note = AlertNote.of(alert, subject)
        fields = {name: getattr(note, name) for name in AlertNote.model_fields}
        return cls(**fields, event_ids=tuple(str(event) for event in events))


class AlertList(Page):
    alerts: tuple[AlertNote, ...]


class AlertEdit(Model):
    """What somebody says about an alert; what is left out stays as it is."""

    model_config = closed(state="acknowledged", note="on my way")

    state: AlertState | None = None
    note: Annotated[str | None, Field(max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = None

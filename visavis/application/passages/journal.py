"""Tell what happened at doors: in the audit log, and in the detection log, from which webhooks and others hear it."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Identifiers
from visavis.application.ports.store import UnitOfWork
from visavis.domain.admission import AccessDecision, AccessOutcome
from visavis.domain.audit import Action
from visavis.domain.event import Event, EventId, EventKind

_ACTIONS: Final = MappingProxyType(
    {
        AccessOutcome.GRANTED: Action.ACCESS_GRANTED,
        AccessOutcome.DENIED: Action.ACCESS_DENIED,
        AccessOutcome.HELD_OPEN: Action.DOOR_HELD_OPEN,
        AccessOutcome.FORCED: Action.DOOR_FORCED,
    }
)
KINDS: Final = MappingProxyType(
    {
        AccessOutcome.GRANTED: EventKind.ACCESS_GRANTED,
        AccessOutcome.DENIED: EventKind.ACCESS_DENIED,
        AccessOutcome.HELD_OPEN: EventKind.DOOR_HELD_OPEN,
        AccessOutcome.FORCED: EventKind.DOOR_FORCED,
    }
)
"""What the detection log calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    ledger: Ledger
    identifiers: Identifiers
    software: str

    async def tell(self, work: UnitOfWork, decisions: Sequence[AccessDecision]) -> None:
        """An audit entry for each, then the events: they come last, as everything that locks the log."""
        for one in decisions:
            await self.ledger.note(
                work,
                _ACTIONS[one.outcome],
                f"door:{one.door_id}",
                decision=str(one.id),
                event=str(one.event_id) if one.event_id else None,
                subject=str(one.subject_id) if one.subject_id else None,
                reasons=",".join(one.reasons) or None,
                direction=one.direction.value,
                attack=one.attack.score if one.attack else None,
                attack_threshold=one.attack_threshold,
            )
        await work.events.add([self._event(one) for one in decisions])

    def _event(self, decision: AccessDecision) -> Event:
        """Its source is the door; its reference leads to the decision, and keeps it from being told twice."""
        return Event(
            id=EventId(self.identifiers.new()),
            kind=KINDS[decision.outcome],
            captured_at=decision.at,
            recorded_at=decision.decided_at,
            gallery_id=decision.gallery_id,
            gallery=decision.gallery,
            source=decision.door,
            reference=_told_as(decision),
            position=0,
            outcome=None,
            subject_id=decision.subject_id,
            reasons=tuple(decision.reasons),
            software=self.software,
            request=self.ledger.request,
            zone=decision.area,
            direction=decision.direction,
        )


def _told_as(decision: AccessDecision) -> str:
    return f"access:{decision.id}:{decision.revision}"

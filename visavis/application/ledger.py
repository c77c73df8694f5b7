"""Writes down who did what, in the transaction in which it was done."""

import uuid
from dataclasses import dataclass

from visavis.application.ports.clock import Clock
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import Actor
from visavis.domain.audit import Action, AuditRecord, Detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The audit log for one actor, and for one request if there is one."""

    actor: Actor
    clock: Clock
    request: uuid.UUID | None = None

    async def note(self, work: UnitOfWork, action: Action, target: str = "", **details: Detail) -> None:
        """`target` as `kind:identifier`; `details` are figures, identifiers and technical words: no names."""
        await work.audit.append(
            AuditRecord(
                at=self.clock.now(),
                actor=self.actor,
                action=action,
                target=target,
                request=self.request,
                details={name: value for name, value in details.items() if value is not None},
            )
        )

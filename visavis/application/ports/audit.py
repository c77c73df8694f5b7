"""The audit log of one tenant, as a unit of work sees it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.audit import Action, AuditEntry, AuditRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom or what an entry names: `kind` and `id` as in `subject:4711`; an empty one means any."""

    kind: str = ""
    id: str = ""

    @classmethod
    def parse(cls, text: str) -> "Named":
        """`subject:4711`, `subject:` for all of a kind, or `4711` of whatever kind."""
        kind, colon, name = text.partition(":")
        return cls(kind=kind, id=name) if colon else cls(id=text)

    def fits(self, text: str) -> bool:
        """Whether the actor or target of this text form is meant."""
        kind, _, name = text.partition(":")
        return self.kind in ("", kind) and self.id in ("", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What to look for; `None` means any. `since` is included, `until` is not."""

    actions: frozenset[Action] | None = None
    actor: Named | None = None
    target: Named | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, record: AuditRecord) -> bool:
        return (
            (self.actions is None or record.action in self.actions)
            and (self.actor is None or self.actor.fits(str(record.actor)))
            and (self.target is None or self.target.fits(record.target))
            and (self.since is None or record.at >= self.since)
            and (self.until is None or record.at < self.until)
        )


ANYTHING = AuditFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """Where the chain ends: the sequence (0 if there is no entry) and digest of its last entry."""

    sequence: int
    digest: str


class AuditLog(Protocol):
    async def append(self, record: AuditRecord) -> None:
        """Keeps it with this transaction. It takes its place in the chain when the transaction commits, so that
        sequences are gapless and in the order of commits."""
        ...

    async def page(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Committed entries with a sequence above `after`, in order."""
        ...

    async def find(
        self,
        wanted: AuditFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Committed entries by sequence: the latest first below `before`, or, with `after` given, the oldest first
        above it."""
        ...

    def everything(self, *, after: int = 0, batch: int = 1000) -> AsyncIterator[list[AuditEntry]]:
        """All committed entries, in batches. For export and verification."""
        ...

    async def head(self) -> AuditHead: ...

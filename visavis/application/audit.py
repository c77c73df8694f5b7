"""The audit log: look at it, verify the whole chain, export it with a signed end."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from visavis.application.ledger import Ledger
from visavis.application.ports.audit import ANYTHING, AuditFilter, AuditHead
from visavis.application.ports.clock import Clock
from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Store
from visavis.application.receipts import fingerprint
from visavis.domain.audit import GENESIS, Action, AuditEntry, canonical_text, canonical_time
from visavis.domain.subject import TenantId

HEAD_SCHEMA = "visavis.audit-head/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What a verification found: `broken` is the sequence of the first entry that does not fit, `None` if all do."""

    entries: int
    head: AuditHead
    broken: int | None
    problem: str = ""

    @property
    def intact(self) -> bool:
        return self.broken is None


@dataclass(slots=True)
class _Chain:
    """Follows a chain entry by entry. It begins after `sequence`, whose digest is `digest`."""

    sequence: int = 0
    digest: str = GENESIS
    entries: int = 0
    wanted: dict[int, str] = field(default_factory=dict)  #: digests that are known from elsewhere

    def problem(self, entry: AuditEntry) -> str:
        """What is wrong with the next entry; empty if it fits."""
        if entry.sequence != self.sequence + 1:
            return f"entry {self.sequence + 1} is missing"
        if entry.previous != self.digest:
            return "it does not follow the entry before it"
        if not entry.intact:
            return "its content was changed"
        known = self.wanted.get(entry.sequence)
        if known is not None and known != entry.digest:
            return "it is not the entry that was there earlier"
        self.sequence, self.digest, self.entries = entry.sequence, entry.digest, self.entries + 1
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The audit log of one tenant. Without a `signer` (in memory) exports are not signed."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    signer: Signer | None
    clock: Clock
    software: str

    async def page(
        self, wanted: AuditFilter = ANYTHING, *, after: int = 0, limit: int = 100
    ) -> list[AuditEntry]:
        """Entries with a sequence above `after`, in order."""
        async with self.store.transaction(self.tenant) as work:
            return await work.audit.find(wanted, after=after, limit=limit)

    async def latest(
        self, wanted: AuditFilter = ANYTHING, *, before: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """The last entries below `before`, the newest first."""
        async with self.store.transaction(self.tenant) as work:
            return await work.audit.find(wanted, before=before, limit=limit)

    async def head(self) -> AuditHead:
        async with self.store.transaction(self.tenant) as work:
            return await work.audit.head()

    async def verify(self, known: AuditHead | None = None) -> AuditReport:
        """Computes the whole chain anew. `known` is where it ended earlier, from an export kept elsewhere: with it,
        a chain that was cut off or written anew from some entry on is found, too."""
        chain = _Chain(wanted={known.sequence: known.digest} if known and known.sequence else {})
        async with self.store.transaction(self.tenant) as work:
            head = await work.audit.head()
            chain.wanted.setdefault(head.sequence, head.digest)
            async for batch in work.audit.everything():
                for entry in batch:
                    if problem := chain.problem(entry):
                        broken = min(entry.sequence, chain.sequence + 1)
                        return AuditReport(entries=chain.entries, head=head, broken=broken, problem=problem)
        last = max(chain.wanted)
        if chain.sequence < last:
            problem = f"the log ended with entry {last} once"
            return AuditReport(entries=chain.entries, head=head, broken=chain.sequence + 1, problem=problem)
        return AuditReport(entries=chain.entries, head=head, broken=None)

    async def export(self, *, after: int = 0) -> AsyncIterator[str]:
        """One line of JSON for each entry above `after`: what its digest covers, and the digest; then one with the
        signed end of the chain. That it was exported is the next entry."""
        async with self.store.transaction(self.tenant) as work:
            head = await work.audit.head()
            before = GENESIS
            if after:
                page = await work.audit.page(after=after - 1, limit=1)
                before = page[0].digest if page else head.digest
            count = 0
            async for batch in work.audit.everything(after=after):
                for entry in batch:
                    if entry.sequence <= head.sequence:
                        yield exported(entry)
                        count += 1
            text = self._head_text(head, first=after + 1, before=before)
            line: dict[str, object] = {"head": json.loads(text)}
            if self.signer is not None:
                signature = await self.signer.sign(work.signing, text.encode())
                line |= {"signature": signature.value.hex(), "public_key": signature.public_key.hex()}
                line["fingerprint"] = fingerprint(signature.public_key)
            await self.ledger.note(work, Action.AUDIT_EXPORTED, "", after=after, entries=count)
        yield json.dumps(line, sort_keys=True, separators=(",", ":"))

    def _head_text(self, head: AuditHead, *, first: int, before: str) -> str:
        content = {
            "schema": HEAD_SCHEMA,
            "tenant": str(self.tenant),
            "first": first,
            "before": before,
            "sequence": head.sequence,
            "digest": head.digest,
            "at": canonical_time(self.clock.now()),
            "software": self.software,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"))


def exported(entry: AuditEntry) -> str:
    """An entry as a line: the text that is hashed, with the digest as one more field."""
    text = canonical_text(entry.record, sequence=entry.sequence, previous=entry.previous)
    return f'{text[:-1]},"digest":"{entry.digest}"}}'

"""Receipts: what was removed, signed, so that it can be proven without access to this installation."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.consents import Receipt
from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.removal import Removed
from visavis.domain.audit import canonical_time
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import TenantId

SCHEMA = "visavis.receipt/1"


class Cause(StrEnum):
    """Why something was removed."""

    REQUEST = "request"  #: somebody with the right to do so asked for it
    CONSENT_REVOKED = "consent_revoked"
    CONSENT_EXPIRED = "consent_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """Writes and reads the receipts of one tenant. Without a `signer` (in memory) there are none."""

    store: Store
    tenant: TenantId
    signer: Signer | None
    clock: Clock
    identifiers: Identifiers
    software: str

    async def issue(
        self, work: UnitOfWork, removed: Removed, *, cause: Cause, reason: str = "", purpose: str = ""
    ) -> Receipt | None:
        """Signs what this transaction removes and keeps it. `reason` is the operator's, and names nobody.

        Raises `ValueInvalid` for a long reason, `KeyUnavailable`.
        """
        if len(reason) > 500:
            raise ValueInvalid("A reason has at most 500 characters.")
        if self.signer is None:
            return None
        now, receipt_id = self.clock.now(), self.identifiers.new()
        head = await work.audit.head()
        document = json.dumps(
            {
                "schema": SCHEMA,
                "receipt": str(receipt_id),
                "tenant": str(self.tenant),
                "subject": str(removed.subject_id),
                "at": canonical_time(now),
                "cause": cause.value,
                "purpose": purpose,
                "reason": reason,
                "references_removed": removed.references,
                "galleries_concerned": removed.galleries,
                "images_removed": removed.samples,
                "events_anonymised": removed.events,
                "subject_removed": removed.whole,
                "audit_before": {"sequence": head.sequence, "digest": head.digest},
                "software": self.software,
            },
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=True,
        )
        signature = await self.signer.sign(work.signing, document.encode())
        receipt = Receipt(
            id=receipt_id,
            subject_id=removed.subject_id,
            erased_at=now,
            document=document,
            signature=signature.value,
            public_key=signature.public_key,
        )
        await work.receipts.add(receipt)
        return receipt

    async def get(self, receipt_id: uuid.UUID) -> Receipt:
        """Raises `ReceiptNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.receipts.get(receipt_id)

    async def page(self, *, after: uuid.UUID | None = None, limit: int = 100) -> Sequence[Receipt]:
        """The latest first."""
        async with self.store.transaction(self.tenant) as work:
            return await work.receipts.page(after=after, limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was removed, and the proof of it."""

    removed: Removed
    receipt: Receipt | None

    @property
    def details(self) -> dict[str, str | int | bool | None]:
        """For the audit log: the figures, and the receipt's digest, which binds the one to the other."""
        receipt = self.receipt
        return {
            "references": self.removed.references,
            "galleries": self.removed.galleries,
            "images": self.removed.samples,
            "events": self.removed.events,
            "whole": self.removed.whole,
            "receipt": str(receipt.id) if receipt else None,
            "receipt_sha256": hashlib.sha256(receipt.document.encode()).hexdigest() if receipt else None,
        }


def fingerprint(public_key: bytes) -> str:
    """How a public key is told to people: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(public_key).hexdigest()

"""Consents and the receipts of erasures, of one tenant, as a unit of work sees them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.consent import Consent, ConsentId
from visavis.domain.subject import SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Signed proof of an erasure: `document` is the JSON text that was signed, `signature` Ed25519 over its UTF-8
    bytes. It names the subject by identifier only and stays when everything else is gone."""

    id: uuid.UUID
    subject_id: SubjectId
    erased_at: datetime
    document: str
    signature: bytes
    public_key: bytes


class Consents(Protocol):
    async def add(self, consent: Consent) -> None:
        """Raises `SubjectNotFound`."""
        ...

    async def get(self, consent_id: ConsentId) -> Consent:
        """Raises `ConsentNotFound`."""
        ...

    async def of_subject(self, subject_id: SubjectId) -> list[Consent]:
        """Oldest first, ended ones too."""
        ...

    async def page(
        self, *, purpose: str | None = None, after: ConsentId | None = None, limit: int = 100
    ) -> list[Consent]:
        """By identifier."""
        ...

    async def revoke(self, consent_id: ConsentId, at: datetime) -> Consent:
        """Sets the time of revocation, unless there is one. Raises `ConsentNotFound`."""
        ...

    async def valid(
        self, purpose: str, subject_ids: Sequence[SubjectId], now: datetime, *, hold: bool = False
    ) -> set[SubjectId]:
        """Which of these subjects have a valid consent for the purpose now.

        With `hold` none of those can be revoked before this transaction ends, so that nothing is enrolled on a
        consent that is being revoked. Galleries and subjects that the transaction locks come before that.
        """
        ...

    async def ended(self, purpose: str, now: datetime) -> list[SubjectId]:
        """Subjects that had a consent for the purpose and have no valid one now."""
        ...


class Receipts(Protocol):
    async def add(self, receipt: Receipt) -> None: ...

    async def get(self, receipt_id: uuid.UUID) -> Receipt:
        """Raises `ReceiptNotFound`."""
        ...

    async def page(self, *, after: uuid.UUID | None = None, limit: int = 100) -> Sequence[Receipt]:
        """By time, the latest first; `after` is the last receipt of the page before."""
        ...

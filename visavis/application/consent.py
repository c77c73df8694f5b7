"""Consent: grant it, revoke it (which removes what depended on it), require it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.consents import Receipt
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.receipts import Cause, Receipts, Removal
from visavis.application.removal import Removed, found, remove_from, remove_wholly
from visavis.application.search import GallerySearch
from visavis.domain.audit import Action, canonical_time
from visavis.domain.consent import Consent, ConsentId
from visavis.domain.errors import ConsentMissing, ConsentNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Subject, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """The consents that ended, what was removed with them, and the receipt of it."""

    consents: tuple[Consent, ...]
    removed: Removed
    receipt: Receipt | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """The consents of one tenant's subjects."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    receipts: Receipts
    clock: Clock
    identifiers: Identifiers
    search: GallerySearch | None = None  #: takes it out of an index that is shared

    async def grant(
        self,
        subject: str | SubjectId,
        *,
        purpose: str,
        text_version: str,
        evidence: str = "",
        expires_at: datetime | None = None,
    ) -> Consent:
        """By the subject's name or identifier. Raises `SubjectNotFound`, `ValueInvalid`.

        A consent of this identifier is the one that an earlier try of the same request has kept.
        """
        consent_id = ConsentId(self.identifiers.new())
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            with suppress(ConsentNotFound):
                return await work.consents.get(consent_id)
            consent = Consent(
                id=consent_id,
                subject_id=one.id,
                purpose=purpose.strip(),
                text_version=text_version.strip(),
                evidence=evidence,
                granted_at=self.clock.now(),
                expires_at=expires_at,
            )
            await work.consents.add(consent)
            await self.ledger.note(
                work,
                Action.CONSENT_GRANTED,
                f"subject:{one.id}",
                consent=str(consent.id),
                purpose=consent.purpose,
                text_version=consent.text_version,
                expires_at=canonical_time(expires_at) if expires_at else None,
            )
        return consent

    async def revoke(self, consent_id: ConsentId, *, reason: str = "", erase: bool = False) -> Revocation:
        """Ends every consent of the subject for this purpose, and removes at once what galleries that require the
        purpose keep of it; the whole subject with `erase`, or when it is in no other gallery.

        Raises `ConsentNotFound`.
        """
        async with self.store.transaction(self.tenant) as work:
            consent = await work.consents.get(consent_id)
            subject = await work.subjects.get(consent.subject_id)
            granted = await work.consents.of_subject(subject.id)
            same = [one for one in granted if one.purpose == consent.purpose and one.revoked_at is None]
            # first what depends on it, then the consent: as enrolment does, so that neither waits for the other
            removed = await withdrawn(work, subject, consent.purpose, erase=erase)
            ended = await self._end(work, same, gone=removed.whole)
            receipt = await self.receipts.issue(
                work, removed, cause=Cause.CONSENT_REVOKED, reason=reason, purpose=consent.purpose
            )
            await self.ledger.note(
                work,
                Action.CONSENT_REVOKED,
                f"subject:{subject.id}",
                consent=str(consent.id),
                purpose=consent.purpose,
                **Removal(removed=removed, receipt=receipt).details,
            )
        if self.search is not None:
            await self.search.refresh(removed.places)
        return Revocation(consents=ended, removed=removed, receipt=receipt)

    async def of_subject(self, subject: str | SubjectId) -> list[Consent]:
        """Oldest first, ended ones too. Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.consents.of_subject((await found(work, subject)).id)

    async def get(self, consent_id: ConsentId) -> Consent:
        """Raises `ConsentNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.consents.get(consent_id)

    async def page(
        self, *, purpose: str | None = None, after: ConsentId | None = None, limit: int = 100
    ) -> list[Consent]:
        async with self.store.transaction(self.tenant) as work:
            return await work.consents.page(purpose=purpose, after=after, limit=limit)

    async def names(self, consents: Sequence[Consent]) -> dict[SubjectId, str]:
        """The names of their subjects."""
        async with self.store.transaction(self.tenant) as work:
            return await work.subjects.names([consent.subject_id for consent in consents])

    async def _end(self, work: UnitOfWork, same: Sequence[Consent], *, gone: bool) -> tuple[Consent, ...]:
        """One who revokes a purpose revokes it wholly, however often it was granted. They go with their subject."""
        now = self.clock.now()
        if gone:
            return tuple(replace(one, revoked_at=now) for one in same)
        return tuple([await work.consents.revoke(one.id, now) for one in same])


async def withdrawn(work: UnitOfWork, subject: Subject, purpose: str, *, erase: bool = False) -> Removed:
    """Removes what galleries that require this purpose keep of the subject."""
    if erase:
        return await remove_wholly(work, subject)
    requiring = [
        summary.gallery for summary in await work.galleries.all() if summary.gallery.policy.consent == purpose
    ]
    return await remove_from(work, subject, requiring)


async def require_consent(
    work: UnitOfWork, gallery: Gallery, subject_id: SubjectId | None, now: datetime, *, hold: bool = False
) -> None:
    """Raises `ConsentMissing` if the gallery requires a consent that the subject (`None`: not there yet) has not
    given; `hold` keeps it from being revoked before the end of the transaction, and comes after the references are
    added, because locks are taken in this order."""
    purpose = gallery.policy.consent
    if not purpose:
        return
    ids = [] if subject_id is None else [subject_id]
    if not await work.consents.valid(purpose, ids, now, hold=hold):
        raise ConsentMissing(
            f"The gallery {gallery.name} requires a consent for the purpose {purpose!r}, and the subject has no "
            "valid one.",
            hint=f"Grant it first: visavis consents grant SUBJECT --gallery {gallery.name} --text VERSION",
        )

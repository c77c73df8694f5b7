"""Consents in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.domain.consent import Consent, ConsentId
from visavis.domain.errors import AlreadyExists, ConsentNotFound
from visavis.domain.subject import SubjectId


class MemoryConsents:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, consent: Consent) -> None:
        tables = await self._work.write()
        tables.subject(consent.subject_id)
        if consent.id in tables.consents:
            raise AlreadyExists("There is a consent of this identifier already.")
        tables.consents[consent.id] = consent

    async def get(self, consent_id: ConsentId) -> Consent:
        consents = self._work.read().consents
        if consent_id not in consents:
            raise ConsentNotFound
        return consents[consent_id]

    async def of_subject(self, subject_id: SubjectId) -> list[Consent]:
        given = (one for one in self._work.read().consents.values() if one.subject_id == subject_id)
        return sorted(given, key=lambda one: (one.granted_at, one.id))

    async def page(
        self, *, purpose: str | None = None, after: ConsentId | None = None, limit: int = 100
    ) -> list[Consent]:
        chosen = (
            one
            for one in self._work.read().consents.values()
            if (purpose is None or one.purpose == purpose) and (after is None or one.id > after)
        )
        return sorted(chosen, key=lambda one: one.id)[:limit]

    async def revoke(self, consent_id: ConsentId, at: datetime) -> Consent:
        tables = await self._work.write()
        consent = await self.get(consent_id)
        tables.consents[consent_id] = replace(consent, revoked_at=consent.revoked_at or at)
        return tables.consents[consent_id]

    async def valid(
        self, purpose: str, subject_ids: Sequence[SubjectId], now: datetime, *, hold: bool = False
    ) -> set[SubjectId]:
        """Writers take turns here, so one who holds a consent is the only one who could revoke it."""
        tables = await self._work.write() if hold else self._work.read()
        wanted = set(subject_ids)
        return {
            one.subject_id
            for one in tables.consents.values()
            if one.purpose == purpose and one.subject_id in wanted and one.valid_at(now)
        }

    async def ended(self, purpose: str, now: datetime) -> list[SubjectId]:
        given = [one for one in self._work.read().consents.values() if one.purpose == purpose]
        valid = {one.subject_id for one in given if one.valid_at(now)}
        return sorted({one.subject_id for one in given} - valid)

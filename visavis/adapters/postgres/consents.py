"""Consents in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.domain.consent import Consent, ConsentId
from visavis.domain.errors import AlreadyExists, ConsentNotFound, SubjectNotFound
from visavis.domain.subject import SubjectId, TenantId

_COLUMNS = "consent_id, subject_id, purpose, text_version, evidence, granted_at, expires_at, revoked_at"
_LOCK_SUBJECT = "SELECT 1 FROM subjects WHERE tenant_id = %s AND subject_id = %s FOR KEY SHARE"
_INSERT = f"""
    INSERT INTO consents (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM consents WHERE tenant_id = %s AND consent_id = %s"  # noqa: S608  # constants only
_OF_SUBJECT = f"""
    SELECT {_COLUMNS} FROM consents WHERE tenant_id = %s AND subject_id = %s ORDER BY granted_at, consent_id
"""  # noqa: S608  # constants only
_PAGE = f"""
    SELECT {_COLUMNS} FROM consents
    WHERE tenant_id = %(tenant)s AND (%(purpose)s::text IS NULL OR purpose = %(purpose)s)
      AND (%(after)s::uuid IS NULL OR consent_id > %(after)s)
    ORDER BY consent_id LIMIT %(limit)s
"""  # noqa: S608  # constants only
_REVOKE = f"""
    UPDATE consents SET revoked_at = coalesce(revoked_at, %s) WHERE tenant_id = %s AND consent_id = %s
    RETURNING {_COLUMNS}
"""  # noqa: S608  # constants only
_IS_VALID = """
    granted_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s)
    AND (revoked_at IS NULL OR revoked_at > %(now)s)
"""
_VALID = f"""
    SELECT subject_id FROM consents
    WHERE tenant_id = %(tenant)s AND purpose = %(purpose)s AND subject_id = ANY(%(subjects)b) AND {_IS_VALID}
    ORDER BY consent_id
"""  # noqa: S608  # constants only
_ENDED = f"""
    SELECT subject_id FROM consents WHERE tenant_id = %(tenant)s AND purpose = %(purpose)s
    GROUP BY subject_id HAVING NOT bool_or({_IS_VALID}) ORDER BY subject_id
"""  # noqa: S608  # constants only


class PostgresConsents:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, consent: Consent) -> None:
        subject = await self._connection.execute(_LOCK_SUBJECT, (self._tenant, consent.subject_id))
        if subject.rowcount == 0:
            raise SubjectNotFound
        inserted = await self._connection.execute(
            _INSERT,
            (
                self._tenant,
                consent.id,
                consent.subject_id,
                consent.purpose,
                consent.text_version,
                consent.evidence,
                consent.granted_at,
                consent.expires_at,
                consent.revoked_at,
            ),
        )
        if inserted.rowcount == 0:
            raise AlreadyExists("There is a consent of this identifier already.")

    async def get(self, consent_id: ConsentId) -> Consent:
        row = await (await self._connection.execute(_GET, (self._tenant, consent_id))).fetchone()
        return _found(row)

    async def of_subject(self, subject_id: SubjectId) -> list[Consent]:
        rows = await self._connection.execute(_OF_SUBJECT, (self._tenant, subject_id))
        return [_consent(row) async for row in rows]

    async def page(
        self, *, purpose: str | None = None, after: ConsentId | None = None, limit: int = 100
    ) -> list[Consent]:
        rows = await self._connection.execute(
            _PAGE, {"tenant": self._tenant, "purpose": purpose, "after": after, "limit": limit}
        )
        return [_consent(row) async for row in rows]

    async def revoke(self, consent_id: ConsentId, at: datetime) -> Consent:
        rows = await self._connection.execute(_REVOKE, (at, self._tenant, consent_id))
        return _found(await rows.fetchone())

    async def valid(
        self, purpose: str, subject_ids: Sequence[SubjectId], now: datetime, *, hold: bool = False
    ) -> set[SubjectId]:
        """Holding takes a share lock, which others who enrol may have, too, and the revocation waits for."""
        rows = await self._connection.execute(
            _VALID + (" FOR SHARE" if hold else ""),
            {"tenant": self._tenant, "purpose": purpose, "subjects": list(subject_ids), "now": now},
        )
        return {SubjectId(subject_id) async for (subject_id,) in rows}

    async def ended(self, purpose: str, now: datetime) -> list[SubjectId]:
        rows = await self._connection.execute(
            _ENDED, {"tenant": self._tenant, "purpose": purpose, "now": now}
        )
        return [SubjectId(subject_id) async for (subject_id,) in rows]


def _found(row: TupleRow | None) -> Consent:
    if row is None:
        raise ConsentNotFound
    return _consent(row)


def _consent(row: TupleRow) -> Consent:
    consent_id, subject_id, purpose, text_version, evidence, granted_at, expires_at, revoked_at = row
    return Consent(
        id=ConsentId(consent_id),
        subject_id=SubjectId(subject_id),
        purpose=purpose,
        text_version=text_version,
        evidence=evidence,
        granted_at=granted_at,
        expires_at=expires_at,
        revoked_at=revoked_at,
    )

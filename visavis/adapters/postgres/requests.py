"""Idempotency keys in PostgreSQL."""

import uuid
from dataclasses import replace
from datetime import datetime

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.requests import RequestRow, StoredResponse
from visavis.domain.subject import TenantId

_TABLE = "idempotent_requests"

_CLAIM = """
    INSERT INTO idempotent_requests AS r (tenant_id, key, fingerprint, claim, claimed_until, expires_at)
    VALUES (%(tenant)s, %(key)s, %(fingerprint)s, %(claim)s, %(claimed_until)s, %(expires)s)
    ON CONFLICT (tenant_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, claim = excluded.claim,
        claimed_until = excluded.claimed_until,
        expires_at = CASE WHEN r.expires_at <= %(now)s THEN excluded.expires_at ELSE r.expires_at END,
        status = NULL, media_type = NULL, data_key_id = NULL, nonce = NULL, ciphertext = NULL
    WHERE r.expires_at <= %(now)s
        OR (r.status IS NULL AND r.claimed_until <= %(now)s AND r.fingerprint = excluded.fingerprint)
"""
_ROW = """
    SELECT fingerprint, claim, claimed_until, expires_at, status, media_type, data_key_id, nonce, ciphertext
    FROM idempotent_requests WHERE tenant_id = %s AND key = %s
"""
_RENEW = """
    UPDATE idempotent_requests SET claimed_until = %s
    WHERE tenant_id = %s AND key = %s AND claim = %s AND status IS NULL
"""
_FINISH = """
    UPDATE idempotent_requests SET status = %s, media_type = %s, data_key_id = %s, nonce = %s, ciphertext = %s
    WHERE tenant_id = %s AND key = %s AND claim = %s
"""
_RELEASE = (
    "DELETE FROM idempotent_requests WHERE tenant_id = %s AND key = %s AND claim = %s AND status IS NULL"
)
_PURGE = "DELETE FROM idempotent_requests WHERE tenant_id = %s AND expires_at <= %s"


class PostgresRequests:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def claim(self, key: bytes, row: RequestRow, *, now: datetime, expires_at: datetime) -> RequestRow:
        await self._connection.execute(
            _CLAIM,
            {
                "tenant": self._tenant,
                "key": key,
                "fingerprint": row.fingerprint,
                "claim": row.claim,
                "claimed_until": row.claimed_until,
                "expires": expires_at,
                "now": now,
            },
        )
        # A statement of its own: it sees what was committed while the row was waited for.
        found = await (await self._connection.execute(_ROW, (self._tenant, key))).fetchone()
        if found is None:  # released in between; whoever sends it again finds it free
            return replace(row, claim=uuid.UUID(int=0))
        fingerprint, claim, claimed_until, expires_at, status, media_type, *sealed = found
        response = None
        if status is not None:
            body = await self._vault.open(Sealed(*sealed), _TABLE, key.hex())
            response = StoredResponse(status=status, media_type=media_type, body=body)
        return RequestRow(
            fingerprint=fingerprint,
            claim=claim,
            claimed_until=claimed_until,
            response=response,
            expires_at=expires_at,
        )

    async def renew(self, key: bytes, claim: uuid.UUID, claimed_until: datetime) -> bool:
        names = (claimed_until, self._tenant, key, claim)
        return (await self._connection.execute(_RENEW, names)).rowcount > 0

    async def finish(self, key: bytes, claim: uuid.UUID, response: StoredResponse) -> bool:
        sealed = await self._vault.seal(response.body, _TABLE, key.hex())
        updated = await self._connection.execute(
            _FINISH,
            (response.status, response.media_type, *sealed, self._tenant, key, claim),
        )
        return updated.rowcount > 0

    async def release(self, key: bytes, claim: uuid.UUID) -> None:
        await self._connection.execute(_RELEASE, (self._tenant, key, claim))

    async def purge(self, now: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, now))).rowcount

"""Pictures of events in PostgreSQL, in the vault."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.pictures import KeptPicture
from visavis.domain.event import EventId
from visavis.domain.subject import TenantId

TABLE = "event_pictures"

# Locked, so that neither goes between look and insert.
_LIVING = """
    SELECT e.event_id FROM events AS e JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE e.tenant_id = %s AND e.event_id = ANY(%b) ORDER BY e.event_id FOR KEY SHARE OF e, g
"""
_KEEP = """
    INSERT INTO event_pictures (tenant_id, event_id, gallery_id, expires, data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %b, %b)
    ON CONFLICT (tenant_id, event_id) DO UPDATE
    SET gallery_id = excluded.gallery_id, expires = excluded.expires,
        data_key_id = excluded.data_key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext
"""
_OF = "SELECT data_key_id, nonce, ciphertext FROM event_pictures WHERE tenant_id = %s AND event_id = %s"
_KEPT = "SELECT event_id FROM event_pictures WHERE tenant_id = %s AND event_id = ANY(%b)"
_PURGE = """
    DELETE FROM event_pictures WHERE tenant_id = %(tenant)s AND event_id IN (
        SELECT event_id FROM event_pictures WHERE tenant_id = %(tenant)s AND expires <= %(now)s
        ORDER BY expires LIMIT %(limit)s
    )
"""


class PostgresEventPictures:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def keep(self, pictures: Sequence[KeptPicture]) -> None:
        if not pictures:
            return
        ids = [one.event_id for one in pictures]
        living = {row[0] async for row in await self._connection.execute(_LIVING, (self._tenant, ids))}
        rows = []
        for one in pictures:
            if one.event_id in living:
                sealed = await self._vault.seal(one.content, TABLE, one.event_id)
                rows.append((self._tenant, one.event_id, one.gallery_id, one.expires, *sealed))
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_KEEP, rows)

    async def of(self, event_id: EventId) -> bytes | None:
        async def look() -> Sealed | None:
            found = await self._connection.execute(_OF, (self._tenant, event_id), binary=True)
            row = await found.fetchone()
            return Sealed(*row) if row else None

        return await self._vault.read(look, TABLE, event_id)

    async def kept(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        rows = await self._connection.execute(_KEPT, (self._tenant, list(event_ids)))
        return frozenset([EventId(row[0]) async for row in rows])

    async def purge(self, now: datetime, *, limit: int = 10_000) -> int:
        names = {"tenant": self._tenant, "now": now, "limit": limit}
        return (await self._connection.execute(_PURGE, names)).rowcount

"""Templates of events in PostgreSQL, in the vault."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.staging_rows import plain_of, template_of
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.probes import KeptProbe
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity, Template

TABLE = "event_probes"

# Locked, so that neither goes between look and insert.
_LIVING = """
    SELECT e.event_id FROM events AS e JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE e.tenant_id = %s AND e.event_id = ANY(%b) ORDER BY e.event_id FOR KEY SHARE OF e, g
"""
_KEEP = """
    INSERT INTO event_probes (tenant_id, event_id, gallery_id, model, expires, data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %b, %b)
    ON CONFLICT (tenant_id, event_id) DO UPDATE
    SET gallery_id = excluded.gallery_id, model = excluded.model, expires = excluded.expires,
        data_key_id = excluded.data_key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext
"""
_OF = """
    SELECT model, data_key_id, nonce, ciphertext FROM event_probes WHERE tenant_id = %s AND event_id = %s
"""
_FORGET = """
    DELETE FROM event_probes AS p USING events AS e
    WHERE p.tenant_id = %(tenant)s AND e.tenant_id = %(tenant)s AND e.event_id = p.event_id
      AND e.subject_id = %(subject)s AND (%(gallery)s::uuid IS NULL OR p.gallery_id = %(gallery)s)
"""
_FORGET_PICTURES = (
    """
    DELETE FROM event_pictures AS p USING events AS e
    WHERE p.tenant_id = %(tenant)s AND e.tenant_id = %(tenant)s AND e.event_id = p.event_id
      AND e.subject_id = %(subject)s AND (%(gallery)s::uuid IS NULL OR p.gallery_id = %(gallery)s)
    """,
    """
    DELETE FROM event_pictures AS p USING reviews AS r
    WHERE p.tenant_id = %(tenant)s AND r.tenant_id = %(tenant)s AND r.event_id = p.event_id
      AND r.candidate_id = %(subject)s AND (%(gallery)s::uuid IS NULL OR r.gallery_id = %(gallery)s)
    """,
    """
    DELETE FROM reviews WHERE tenant_id = %(tenant)s AND candidate_id = %(subject)s
      AND (%(gallery)s::uuid IS NULL OR gallery_id = %(gallery)s)
    """,
)
_PURGE = """
    DELETE FROM event_probes WHERE tenant_id = %(tenant)s AND event_id IN (
        SELECT event_id FROM event_probes WHERE tenant_id = %(tenant)s AND expires <= %(now)s
        ORDER BY expires LIMIT %(limit)s
    )
"""


async def forget_probes(
    connection: Connection, tenant: TenantId, subject_id: SubjectId, gallery_id: GalleryId | None = None
) -> int:
    """Removes those of events that name the subject; how many. With them go their pictures, those that may show the
    subject, and the reviews that ask whether they do."""
    names = {"tenant": tenant, "subject": subject_id, "gallery": gallery_id}
    for query in _FORGET_PICTURES:
        await connection.execute(query, names)
    return (await connection.execute(_FORGET, names)).rowcount


class PostgresProbes:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def keep(self, probes: Sequence[KeptProbe]) -> None:
        if not probes:
            return
        ids = [one.event_id for one in probes]
        living = {row[0] async for row in await self._connection.execute(_LIVING, (self._tenant, ids))}
        rows = []
        for one in probes:
            if one.event_id in living:
                model = one.template.model.key
                sealed = await self._vault.seal(plain_of(one.template), TABLE, one.event_id, model)
                rows.append((self._tenant, one.event_id, one.gallery_id, model, one.expires, *sealed))
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_KEEP, rows)

    async def of(self, event_id: EventId) -> Template | None:
        model = ""

        async def look() -> Sealed | None:
            nonlocal model
            found = await self._connection.execute(_OF, (self._tenant, event_id), binary=True)
            row = await found.fetchone()
            if row is None:
                return None
            model = row[0]
            return Sealed(*row[1:])

        # the model is part of what the ciphertext is bound to, so it is read before it is needed
        if await look() is None:
            return None
        plain = await self._vault.read(look, TABLE, event_id, model)
        return None if plain is None else template_of(plain, ModelIdentity.parse(model))

    async def of_all(self, event_ids: Sequence[EventId]) -> dict[EventId, Template]:
        found = {event_id: await self.of(event_id) for event_id in event_ids}
        return {event_id: template for event_id, template in found.items() if template is not None}

    async def forget(self, subject_id: SubjectId, gallery_id: GalleryId | None = None) -> int:
        return await forget_probes(self._connection, self._tenant, subject_id, gallery_id)

    async def purge(self, now: datetime, *, limit: int = 10_000) -> int:
        names = {"tenant": self._tenant, "now": now, "limit": limit}
        return (await self._connection.execute(_PURGE, names)).rowcount

"""The vectors of a whole gallery, read in the order in which they lie on the disk.

An index is built from them. A gallery in the order of its subjects would be read from all over the disk, which takes
many times as long; so rows come as they lie, and are put together by subject here. How many rows each subject has is
asked first, so that a subject is passed on when it is whole, and only those wait whose references lie apart.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio.to_thread
import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncServerCursor
from psycopg.rows import TupleRow

from visavis.adapters.postgres.assembly import Assembly, identifiers
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sealing import Place, altered_template, numbers_of
from visavis.application.ports.store import ReferenceVectors
from visavis.domain.errors import KeyUnavailable

ROWS = 1024  #: of a page; 2 MiB: pages leave holes between what stays
_SUBJECTS = """
    SELECT string_agg(uuid_send(subject_id), ''::bytea) FROM subject_references
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s
"""
_RECORDS = """
    SELECT uuid_send(subject_id) || uuid_send(reference_id) || uuid_send(data_key_id) || nonce || ciphertext
    FROM subject_references WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s
"""
_AGAIN = _RECORDS + " AND reference_id = ANY(%(references)b)"
_WHOLE = "SET LOCAL cursor_tuple_fraction = 1"  # all rows are wanted, so the plan is to be fast for all

Records = list[bytes]
"""Rows as in `_RECORDS`: three identifiers of 16 bytes, a nonce of 12, the ciphertext."""
_IDS, _KEY, _NONCE = slice(0, 32), slice(32, 48), slice(48, 60)
_SUBJECT, _REFERENCE, _CIPHERTEXT = slice(0, 16), slice(16, 32), slice(60, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryVectors:
    """Belongs to one transaction, which is not used for anything else meanwhile."""

    connection: Connection
    envelope: Envelope
    place: Place

    async def __call__(self) -> AsyncIterator[ReferenceVectors]:
        """The next page is fetched while one is decrypted in a thread. Raises `KeyUnavailable`, `SchemaMismatch`."""
        assembly = Assembly.of(identifiers(await self._subjects()))
        await self.connection.execute(_WHOLE)
        async with self.connection.cursor(f"visavis_{uuid.uuid4().hex}", binary=True) as cursor:
            await cursor.execute(_RECORDS, self._names)
            records = await _page(cursor)
            while records:
                ciphers, records = await self._ciphers(records)
                following = asyncio.create_task(_page(cursor))
                try:
                    rows = await anyio.to_thread.run_sync(_opened, records, self.place, ciphers)
                    if batch := assembly.add(rows):
                        yield batch
                finally:
                    records = await following
        if batch := assembly.rest():
            yield batch

    @property
    def _names(self) -> dict[str, object]:
        return {"tenant": self.place.tenant, "gallery": self.place.gallery_id}

    async def _subjects(self) -> bytes:
        cursor = await self.connection.execute(_SUBJECTS, self._names, binary=True)
        row = await cursor.fetchone()
        return row[0] if row and row[0] else b""

    async def _ciphers(self, records: Records) -> tuple[dict[bytes, AESGCM], Records]:
        """Reads rows again whose key a rotation deleted after they were read."""
        for _ in range(3):
            wanted = {record[_KEY] for record in records}
            ids = [uuid.UUID(bytes=key) for key in wanted]
            ciphers = await self.envelope.ciphers(self.connection, self.place.tenant, ids)
            known = {key_id.bytes: cipher for key_id, cipher in ciphers.items()}
            if len(known) == len(wanted):
                return known, records
            lost = [record for record in records if record[_KEY] not in known]
            kept = [record for record in records if record[_KEY] in known]
            records = kept + await self._again(lost)
        raise KeyUnavailable(
            "A template's data key is not in the database.", hint="Restore it from a backup."
        )

    async def _again(self, lost: Records) -> Records:
        references = [uuid.UUID(bytes=record[_REFERENCE]) for record in lost]
        cursor = await self.connection.execute(_AGAIN, {**self._names, "references": references}, binary=True)
        return [row[0] for row in await cursor.fetchall()]


async def _page(cursor: AsyncServerCursor[TupleRow]) -> Records:
    return [row[0] for row in await cursor.fetchmany(ROWS)]


def _opened(records: Records, place: Place, ciphers: dict[bytes, AESGCM]) -> ReferenceVectors:
    """One entry for each row, in their order."""
    before, after = place.binding()
    with altered_template():
        plains = [
            ciphers[record[_KEY]].decrypt(record[_NONCE], record[_CIPHERTEXT], before + record[_IDS] + after)
            for record in records
        ]
    vectors, norms, _ = numbers_of(plains, place.model.dimension)
    return ReferenceVectors(
        subjects=identifiers(b"".join(record[_SUBJECT] for record in records)),
        counts=np.ones(len(records), np.intp),
        vectors=vectors,
        norms=norms,
    )

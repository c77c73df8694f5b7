"""References in PostgreSQL, encrypted."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.enrolment import insert_references
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sealing import Place, SealedReference, unseal
from visavis.application.ports.store import Change
from visavis.domain.errors import KeyUnavailable, ReferenceNotFound
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

_MODEL = "SELECT model FROM galleries WHERE tenant_id = %s AND gallery_id = %s"
_COLUMNS = "reference_id, subject_id, data_key_id, nonce, ciphertext, photo, created_at"
_OF_SUBJECTS = f"""
    SELECT {_COLUMNS} FROM subject_references
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND subject_id = ANY(%(subjects)b)
    ORDER BY created_at, reference_id
"""  # noqa: S608  # constants only
_PAGE = f"""
    SELECT {_COLUMNS} FROM subject_references
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s
      AND subject_id >= %(first)s
    ORDER BY subject_id, created_at, reference_id LIMIT %(limit)s
"""  # noqa: S608  # constants only
_COUNT = "SELECT count(*) FROM subject_references WHERE tenant_id = %s AND gallery_id = %s"
_BY_PHOTO = """
    SELECT photo, subject_id FROM subject_references
    WHERE tenant_id = %s AND gallery_id = %s AND photo = ANY(%b)
"""
_DELETE = """
    DELETE FROM subject_references WHERE tenant_id = %s AND reference_id = %s
    RETURNING gallery_id, subject_id
"""


class PostgresReferences:
    def __init__(
        self, connection: Connection, tenant: TenantId, changes: Changes, envelope: Envelope
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes
        self._envelope = envelope

    async def add(self, references: Sequence[Reference]) -> None:
        if not references:
            return
        await insert_references(self._connection, self._tenant, self._envelope, references)
        for reference in references:
            self._changes.note(reference.gallery_id, [reference.subject_id])

    async def of_subjects(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Reference]]:
        found: dict[SubjectId, list[Reference]] = defaultdict(list)
        place = await self._place(gallery_id)
        if place is not None:
            names = {"tenant": self._tenant, "gallery": gallery_id, "subjects": list(subject_ids)}
            for reference in await self._unsealed(_OF_SUBJECTS, names, place):
                found[reference.subject_id].append(reference)
        return dict(found)

    async def everything(self, gallery_id: GalleryId, *, batch: int = 1000) -> AsyncIterator[list[Reference]]:
        """Pages by subject: each begins after the last subject that was read whole, so nothing stays open."""
        place = await self._place(gallery_id)
        first, limit = 0, batch
        while place is not None and first < 1 << 128:
            names = {"tenant": self._tenant, "gallery": gallery_id, "first": UUID(int=first), "limit": limit}
            page = await self._unsealed(_PAGE, names, place)
            whole = page if len(page) < limit else _without_last_subject(page)
            if whole:
                yield whole
                first = whole[-1].subject_id.int + 1
            if len(page) < limit:
                return
            limit = batch if whole else 2 * limit

    async def count(self, gallery_id: GalleryId) -> int:
        row = await (await self._connection.execute(_COUNT, (self._tenant, gallery_id))).fetchone()
        return int(row[0]) if row else 0

    async def by_photo(self, gallery_id: GalleryId, photos: Sequence[bytes]) -> dict[bytes, SubjectId]:
        rows = await self._connection.execute(_BY_PHOTO, (self._tenant, gallery_id, list(photos)))
        return {photo: SubjectId(subject_id) async for photo, subject_id in rows}

    async def remove(self, reference_id: ReferenceId) -> None:
        row = await (await self._connection.execute(_DELETE, (self._tenant, reference_id))).fetchone()
        if row is None:
            raise ReferenceNotFound
        self._changes.note(GalleryId(row[0]), [SubjectId(row[1])])

    async def changes(self, gallery_id: GalleryId, *, after: int) -> list[Change]:
        return await self._changes.after(gallery_id, after)

    async def sequence(self, gallery_id: GalleryId) -> int:
        return await self._changes.latest(gallery_id)

    async def fingerprint(self, photo: bytes) -> bytes:
        key = await self._envelope.photo_key(self._connection, self._tenant)
        return hmac.new(key, photo, hashlib.sha256).digest()

    async def _place(self, gallery_id: GalleryId) -> Place | None:
        row = await (await self._connection.execute(_MODEL, (self._tenant, gallery_id))).fetchone()
        if row is None:
            return None
        return Place(tenant=self._tenant, gallery_id=gallery_id, model=ModelIdentity.parse(row[0]))

    async def _unsealed(self, query: str, names: Mapping[str, object], place: Place) -> list[Reference]:
        """Reads again if a rotation deleted a key between reading the rows and reading the key."""
        for _ in range(3):
            cursor = await self._connection.execute(query, names, binary=True)
            rows = [SealedReference(*row) for row in await cursor.fetchall()]
            wanted = {row.data_key_id for row in rows}
            ciphers = await self._envelope.ciphers(self._connection, self._tenant, wanted)
            if len(ciphers) == len(wanted):
                return unseal(rows, place, ciphers)
        raise KeyUnavailable(
            "A template's data key is not in the database.", hint="Restore it from a backup."
        )


def _without_last_subject(page: list[Reference]) -> list[Reference]:
    """The page up to its last subject, of which there may be more; empty if there is only one subject."""
    last = page[-1].subject_id
    end = len(page)
    while end and page[end - 1].subject_id == last:
        end -= 1
    return page[:end]

"""References in PostgreSQL, encrypted."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from psycopg import sql

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.enrolment import insert_references
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.moving import delete_empty_faces, lock_owners, move_references
from visavis.adapters.postgres.reference_pages import page_query, summaries
from visavis.adapters.postgres.sealing import SEALED_COLUMNS, Place, SealedReference, unseal
from visavis.adapters.postgres.vectors import GalleryVectors
from visavis.application.ports.store import Change, ReferenceSummary, ReferenceVectors
from visavis.domain.errors import KeyUnavailable, ReferenceNotFound
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

_MODEL = "SELECT model FROM galleries WHERE tenant_id = %s AND gallery_id = %s"
_OF_SUBJECTS = f"""
    SELECT {SEALED_COLUMNS} FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND subject_id = ANY(%(subjects)b)
    ORDER BY created_at, reference_id
"""  # noqa: S608  # constants only
_IN_ORDER = f"""
    SELECT {SEALED_COLUMNS} FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s
      AND subject_id >= %(first)s
    ORDER BY subject_id, created_at, reference_id LIMIT %(limit)s
"""  # noqa: S608  # constants only
_GALLERY = "SELECT gallery_id FROM subject_references WHERE tenant_id = %s AND reference_id = %s"
_GET = f"""
    SELECT {SEALED_COLUMNS} FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND reference_id = %(reference)s
"""  # noqa: S608  # constants only
_EXPIRED = """
    SELECT reference_id FROM subject_references
    WHERE tenant_id = %s AND gallery_id = %s AND created_at < %s ORDER BY created_at, reference_id LIMIT %s
"""
_COUNT = "SELECT count(*) FROM subject_references WHERE tenant_id = %s AND gallery_id = %s"
_BY_PHOTO = """
    SELECT photo, subject_id FROM subject_references
    WHERE tenant_id = %s AND gallery_id = %s AND photo = ANY(%b)
"""
_CLAIM_INDEX = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"  # not the row: enrolments go on
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
            page = await self._unsealed(_IN_ORDER, names, place)
            whole = page if len(page) < limit else _without_last_subject(page)
            if whole:
                yield whole
                first = whole[-1].subject_id.int + 1
            if len(page) < limit:
                return
            limit = batch if whole else 2 * limit

    async def vectors(self, gallery_id: GalleryId) -> AsyncIterator[ReferenceVectors]:
        place = await self._place(gallery_id)
        if place is not None:
            read = GalleryVectors(connection=self._connection, envelope=self._envelope, place=place)
            async for batch in read():
                yield batch

    async def count(self, gallery_id: GalleryId) -> int:
        row = await (await self._connection.execute(_COUNT, (self._tenant, gallery_id))).fetchone()
        return int(row[0]) if row else 0

    async def by_photo(self, gallery_id: GalleryId, photos: Sequence[bytes]) -> dict[bytes, SubjectId]:
        rows = await self._connection.execute(_BY_PHOTO, (self._tenant, gallery_id, list(photos)))
        return {photo: SubjectId(subject_id) async for photo, subject_id in rows}

    async def remove(self, reference_id: ReferenceId) -> None:
        await lock_owners(self._connection, self._tenant, {reference_id}, set())
        row = await (await self._connection.execute(_DELETE, (self._tenant, reference_id))).fetchone()
        if row is None:
            raise ReferenceNotFound
        gallery_id, subject_id = GalleryId(row[0]), SubjectId(row[1])
        self._changes.note(gallery_id, [subject_id])
        await delete_empty_faces(self._connection, self._tenant, {subject_id})

    async def get(self, reference_id: ReferenceId) -> Reference:
        rows = await self._connection.execute(_GALLERY, (self._tenant, reference_id))
        row = await rows.fetchone()
        place = await self._place(GalleryId(row[0])) if row else None
        if place is None:
            raise ReferenceNotFound
        names = {"tenant": self._tenant, "gallery": place.gallery_id, "reference": reference_id}
        for reference in await self._unsealed(_GET, names, place):
            return reference
        raise ReferenceNotFound

    async def page(
        self,
        gallery_id: GalleryId,
        *,
        subject_id: SubjectId | None = None,
        ids: Sequence[ReferenceId] | None = None,
        after: ReferenceId | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[ReferenceSummary]:
        """Decrypts, because quality and details are encrypted."""
        place = await self._place(gallery_id)
        if place is None:
            return []
        query, names = page_query(subject_id=subject_id, ids=ids, after=after, offset=offset, limit=limit)
        found = await self._unsealed(query, {**names, "tenant": self._tenant, "gallery": gallery_id}, place)
        return await summaries(self._connection, self._tenant, found)

    async def move(self, reference_ids: Sequence[ReferenceId], subject_id: SubjectId) -> None:
        changed = await move_references(
            self._connection, self._envelope, self._tenant, reference_ids, subject_id
        )
        for gallery_id, owner in changed:
            self._changes.note(gallery_id, [owner])

    async def expired(
        self, gallery_id: GalleryId, created_before: datetime, *, limit: int
    ) -> list[ReferenceId]:
        key = (self._tenant, gallery_id, created_before, limit)
        return [ReferenceId(row[0]) async for row in await self._connection.execute(_EXPIRED, key)]

    async def changes(self, gallery_id: GalleryId, *, after: int, limit: int | None = None) -> list[Change]:
        return await self._changes.after(gallery_id, after, limit)

    async def sequence(self, gallery_id: GalleryId) -> int:
        return await self._changes.latest(gallery_id)

    async def claim_index(self, gallery_id: GalleryId) -> None:
        await self._connection.execute(_CLAIM_INDEX, (f"visavis index {self._tenant} {gallery_id}",))

    async def fingerprint(self, photo: bytes) -> bytes:
        key = await self._envelope.photo_key(self._connection, self._tenant)
        return hmac.new(key, photo, hashlib.sha256).digest()

    async def _place(self, gallery_id: GalleryId) -> Place | None:
        row = await (await self._connection.execute(_MODEL, (self._tenant, gallery_id))).fetchone()
        if row is None:
            return None
        return Place(tenant=self._tenant, gallery_id=gallery_id, model=ModelIdentity.parse(row[0]))

    async def _unsealed(
        self, query: str | sql.Composed, names: Mapping[str, object], place: Place
    ) -> list[Reference]:
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

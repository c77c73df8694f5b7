"""Subjects in PostgreSQL."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from psycopg import errors
from psycopg.rows import TupleRow

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.enrolment import join_galleries
from visavis.adapters.postgres.probes import forget_probes
from visavis.application.ports.store import Erasure, SubjectSummary
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.subject import GalleryId, Subject, SubjectId, SubjectKind, TenantId

_INSERT = """
    INSERT INTO subjects (tenant_id, subject_id, name, kind, created_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_BY_NAME = "SELECT subject_id, name, kind, created_at FROM subjects WHERE tenant_id = %s AND name = %s"
_GET = "SELECT subject_id, name, kind, created_at FROM subjects WHERE tenant_id = %s AND subject_id = %s"
_RENAME = """
    UPDATE subjects SET name = %s, kind = %s WHERE tenant_id = %s AND subject_id = %s
    RETURNING subject_id, name, kind, created_at
"""
_NAMES = "SELECT subject_id, name FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b)"
# The comparison with the prefix lets the index of names be used: row-level security keeps starts_with out of it.
_PAGE = """
    SELECT subject_id, name, kind, created_at FROM subjects AS s
    WHERE tenant_id = %(tenant)s AND name > %(after)s AND name >= %(prefix)s AND starts_with(name, %(prefix)s)
      AND (%(containing)s::text = '' OR position(lower(%(containing)s::text) IN lower(name)) > 0)
      AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(gallery)s::uuid IS NULL OR EXISTS (
        SELECT FROM gallery_members AS m
        WHERE m.tenant_id = %(tenant)s AND m.gallery_id = %(gallery)s AND m.subject_id = s.subject_id
    )) ORDER BY name LIMIT %(limit)s
"""
_COUNTS = """
    SELECT m.subject_id, g.name, count(r.reference_id)
    FROM gallery_members AS m JOIN galleries AS g USING (tenant_id, gallery_id)
        LEFT JOIN subject_references AS r USING (tenant_id, gallery_id, subject_id)
    WHERE m.tenant_id = %s AND m.subject_id = ANY(%b) GROUP BY m.subject_id, g.name ORDER BY g.name
"""
_LOCK_GALLERIES = """
    SELECT gallery_id FROM galleries WHERE tenant_id = %(tenant)s AND gallery_id IN (
        SELECT gallery_id FROM gallery_members
        WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s
    ) ORDER BY gallery_id FOR KEY SHARE
"""
_LOCK = "SELECT 1 FROM subjects WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s FOR UPDATE"
_DELETE_REFERENCES = """
    DELETE FROM subject_references
    WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s
      AND (%(gallery)s::uuid IS NULL OR gallery_id = %(gallery)s)
    RETURNING gallery_id
"""
_DELETE_MEMBERSHIPS = """
    DELETE FROM gallery_members
    WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s
      AND (%(gallery)s::uuid IS NULL OR gallery_id = %(gallery)s)
"""
_IS_MEMBER = (
    "SELECT EXISTS (SELECT FROM gallery_members WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s)"
)
# Consents go with it, and events lose it, by foreign keys: in every transaction that removes a subject.
_DELETE = "DELETE FROM subjects WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s"


class PostgresSubjects:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes

    async def add(self, subject: Subject) -> None:
        inserted = await self._connection.execute(
            _INSERT, (self._tenant, subject.id, subject.name, subject.kind, subject.created_at)
        )
        if inserted.rowcount == 0:
            raise AlreadyExists(f"There is a subject {subject.name!r} already.")

    async def by_name(self, name: str) -> Subject:
        found = await self.find(name)
        if found is None:
            raise SubjectNotFound(f"There is no subject {name!r}.")
        return found

    async def find(self, name: str) -> Subject | None:
        row = await (await self._connection.execute(_BY_NAME, (self._tenant, name))).fetchone()
        return None if row is None else _subject(row)

    async def get(self, subject_id: SubjectId) -> Subject:
        row = await (await self._connection.execute(_GET, (self._tenant, subject_id))).fetchone()
        if row is None:
            raise SubjectNotFound
        return _subject(row)

    async def rename(self, subject_id: SubjectId, name: str, *, kind: SubjectKind) -> Subject:
        try:
            async with self._connection.transaction():
                rows = await self._connection.execute(_RENAME, (name, kind, self._tenant, subject_id))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a subject {name!r} already.") from error
        row = await rows.fetchone()
        if row is None:
            raise SubjectNotFound
        return _subject(row)

    async def join(self, gallery_id: GalleryId, subject_id: SubjectId) -> None:
        await join_galleries(self._connection, self._tenant, {(gallery_id, subject_id)})

    async def leave(self, gallery_id: GalleryId, subject_id: SubjectId) -> int:
        await self._lock(subject_id)
        gone, memberships = await self._detach(subject_id, gallery_id)
        if memberships == 0:
            raise SubjectNotFound
        names = {"tenant": self._tenant, "subject": subject_id}
        row = await (await self._connection.execute(_IS_MEMBER, names)).fetchone()
        if row is None or not row[0]:
            await self._connection.execute(_DELETE, names)
        return len(gone)

    async def names(self, ids: Sequence[SubjectId]) -> dict[SubjectId, str]:
        rows = await self._connection.execute(_NAMES, (self._tenant, list(ids)))
        return {SubjectId(subject_id): name async for subject_id, name in rows}

    async def page(
        self,
        *,
        gallery_id: GalleryId | None = None,
        kind: SubjectKind | None = None,
        prefix: str = "",
        containing: str = "",
        after: str = "",
        limit: int = 100,
    ) -> list[SubjectSummary]:
        rows = await self._connection.execute(
            _PAGE,
            {
                "tenant": self._tenant,
                "gallery": gallery_id,
                "kind": kind,
                "prefix": prefix,
                "containing": containing,
                "after": after,
                "limit": limit,
            },
        )
        subjects = [_subject(row) async for row in rows]
        counts = await self._counts([subject.id for subject in subjects])
        return [SubjectSummary(subject=subject, galleries=tuple(counts[subject.id])) for subject in subjects]

    async def erase(self, subject_id: SubjectId) -> Erasure:
        await self._lock(subject_id)
        gone, memberships = await self._detach(subject_id, None)
        await self._connection.execute(_DELETE, {"tenant": self._tenant, "subject": subject_id})
        return Erasure(subject_id=subject_id, references=len(gone), galleries=memberships)

    async def _lock(self, subject_id: SubjectId) -> None:
        """Takes locks as those do who add references: galleries first, in order, then the subject.

        A reference that is being added waits and then finds no subject, or was added before and is seen.
        """
        names = {"tenant": self._tenant, "subject": subject_id}
        await self._connection.execute(_LOCK_GALLERIES, names)
        if (await self._connection.execute(_LOCK, names)).rowcount == 0:
            raise SubjectNotFound

    async def _detach(
        self, subject_id: SubjectId, gallery_id: GalleryId | None
    ) -> tuple[list[GalleryId], int]:
        """Removes references, templates of events and memberships in one gallery, or all: where the references
        were; memberships."""
        names = {"tenant": self._tenant, "subject": subject_id, "gallery": gallery_id}
        rows = await self._connection.execute(_DELETE_REFERENCES, names)
        gone = [GalleryId(row[0]) async for row in rows]
        for changed in set(gone):
            self._changes.note(changed, [subject_id])
        await forget_probes(self._connection, self._tenant, subject_id, gallery_id)
        return gone, (await self._connection.execute(_DELETE_MEMBERSHIPS, names)).rowcount

    async def _counts(self, ids: list[SubjectId]) -> dict[UUID, list[tuple[str, int]]]:
        counts: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
        async for subject_id, name, count in await self._connection.execute(_COUNTS, (self._tenant, ids)):
            counts[subject_id].append((name, count))
        return counts


def _subject(row: TupleRow) -> Subject:
    subject_id, name, kind, created_at = row
    return Subject(id=SubjectId(subject_id), name=name, kind=SubjectKind(kind), created_at=created_at)

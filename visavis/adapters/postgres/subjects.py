"""Subjects in PostgreSQL."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.store import Erasure, SubjectSummary
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.subject import GalleryId, Subject, SubjectId, TenantId

_INSERT = """
    INSERT INTO subjects (tenant_id, subject_id, name, created_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_BY_NAME = "SELECT subject_id, name, created_at FROM subjects WHERE tenant_id = %s AND name = %s"
_NAMES = "SELECT subject_id, name FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b)"
_PAGE = """
    SELECT subject_id, name, created_at FROM subjects AS s
    WHERE tenant_id = %(tenant)s AND name > %(after)s AND (%(gallery)s::uuid IS NULL OR EXISTS (
        SELECT FROM subject_references AS r
        WHERE r.tenant_id = %(tenant)s AND r.gallery_id = %(gallery)s AND r.subject_id = s.subject_id
    )) ORDER BY name LIMIT %(limit)s
"""
_COUNTS = """
    SELECT r.subject_id, g.name, count(*)
    FROM subject_references AS r JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE r.tenant_id = %s AND r.subject_id = ANY(%b) GROUP BY r.subject_id, g.name ORDER BY g.name
"""
_LOCK_GALLERIES = """
    SELECT gallery_id FROM galleries WHERE tenant_id = %(tenant)s AND gallery_id IN (
        SELECT gallery_id FROM subject_references
        WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s
    ) ORDER BY gallery_id FOR KEY SHARE
"""
_LOCK = "SELECT 1 FROM subjects WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s FOR UPDATE"
_DELETE_REFERENCES = """
    DELETE FROM subject_references WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s
    RETURNING gallery_id
"""
_DELETE = "DELETE FROM subjects WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s"


class PostgresSubjects:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes

    async def add(self, subject: Subject) -> None:
        inserted = await self._connection.execute(
            _INSERT, (self._tenant, subject.id, subject.name, subject.created_at)
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
        return None if row is None else Subject(id=SubjectId(row[0]), name=row[1], created_at=row[2])

    async def names(self, ids: Sequence[SubjectId]) -> dict[SubjectId, str]:
        rows = await self._connection.execute(_NAMES, (self._tenant, list(ids)))
        return {SubjectId(subject_id): name async for subject_id, name in rows}

    async def page(
        self, *, gallery_id: GalleryId | None = None, after: str = "", limit: int = 100
    ) -> list[SubjectSummary]:
        rows = await self._connection.execute(
            _PAGE, {"tenant": self._tenant, "gallery": gallery_id, "after": after, "limit": limit}
        )
        subjects = [
            Subject(id=SubjectId(subject_id), name=name, created_at=created_at)
            async for subject_id, name, created_at in rows
        ]
        counts = await self._counts([subject.id for subject in subjects])
        return [SubjectSummary(subject=subject, galleries=tuple(counts[subject.id])) for subject in subjects]

    async def erase(self, subject_id: SubjectId) -> Erasure:
        """Takes locks as those do who add references: galleries first, in order, then the subject.

        A reference that is being added waits and then finds no subject, or was added before and is erased.
        """
        names = {"tenant": self._tenant, "subject": subject_id}
        await self._connection.execute(_LOCK_GALLERIES, names)
        if (await self._connection.execute(_LOCK, names)).rowcount == 0:
            raise SubjectNotFound
        found = [row[0] async for row in await self._connection.execute(_DELETE_REFERENCES, names)]
        await self._connection.execute(_DELETE, names)
        for gallery_id in set(found):
            self._changes.note(GalleryId(gallery_id), [subject_id])
        return Erasure(subject_id=subject_id, references=len(found), galleries=len(set(found)))

    async def _counts(self, ids: list[SubjectId]) -> dict[UUID, list[tuple[str, int]]]:
        counts: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
        async for subject_id, name, count in await self._connection.execute(_COUNTS, (self._tenant, ids)):
            counts[subject_id].append((name, count))
        return counts

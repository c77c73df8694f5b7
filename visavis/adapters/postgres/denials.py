"""Looks that are not a subject, in PostgreSQL, in the vault."""

from collections import defaultdict
from collections.abc import Sequence

from psycopg.rows import TupleRow

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.staging_rows import plain_of, template_of
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.domain.correction import CorrectionId, Denial, DenialId
from visavis.domain.errors import GalleryNotFound, KeyUnavailable, ModelMismatch
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

TABLE = "denials"

_TRIES = 3
_MODEL = "SELECT model FROM galleries WHERE tenant_id = %s AND gallery_id = %s"
_INSERT = """
    INSERT INTO denials (tenant_id, denial_id, correction_id, gallery_id, subject_id, shows_id, event_id, model,
        created_at, data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_OF = """
    SELECT d.denial_id, d.correction_id, d.subject_id, d.shows_id, d.event_id, d.model, d.created_at,
        d.data_key_id, d.nonce, d.ciphertext
    FROM denials AS d JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE d.tenant_id = %s AND d.gallery_id = %s AND d.subject_id = ANY(%b) AND d.model = g.model
      AND d.shows_id IS DISTINCT FROM d.subject_id
    ORDER BY d.created_at, d.denial_id
"""
_SUBJECTS = "SELECT DISTINCT subject_id FROM denials WHERE tenant_id = %s AND gallery_id = %s"
_FORGET = """
    DELETE FROM denials WHERE tenant_id = %(tenant)s AND (
        subject_id = %(subject)s OR shows_id = %(subject)s OR event_id IN (
            SELECT event_id FROM events WHERE tenant_id = %(tenant)s AND subject_id = %(subject)s
        )
    ) RETURNING gallery_id, subject_id
"""


class PostgresDenials:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes
        self._vault = vault

    async def add(self, denials: Sequence[Denial]) -> None:
        for one in denials:
            model = one.template.model.key
            await self._require_model(one.gallery_id, model)
            sealed = await self._vault.seal(plain_of(one.template), TABLE, one.id, model)
            row = (one.id, one.correction_id, one.gallery_id, one.subject_id, one.shows_id, one.event_id)
            await self._connection.execute(_INSERT, (self._tenant, *row, model, one.created_at, *sealed))
            self._changes.note(one.gallery_id, [one.subject_id])

    async def of(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Denial]]:
        """Reads again if a rotation deleted a key between reading the rows and reading the key."""
        if not subject_ids:
            return {}
        for _ in range(_TRIES):
            names = (self._tenant, gallery_id, list(subject_ids))
            cursor = await self._connection.execute(_OF, names, binary=True)
            rows = await cursor.fetchall()
            if all([await self._vault.has_key_of(Sealed(*row[-3:])) for row in rows]):
                found: dict[SubjectId, list[Denial]] = defaultdict(list)
                for row in rows:
                    denial = await self._denial(gallery_id, row)
                    found[denial.subject_id].append(denial)
                return dict(found)
        raise KeyUnavailable("A denial's data key is not in the database.", hint="Restore it from a backup.")

    async def subjects(self, gallery_id: GalleryId) -> frozenset[SubjectId]:
        rows = await self._connection.execute(_SUBJECTS, (self._tenant, gallery_id))
        return frozenset([SubjectId(row[0]) async for row in rows])

    async def forget(self, subject_id: SubjectId) -> int:
        names = {"tenant": self._tenant, "subject": subject_id}
        gone = await (await self._connection.execute(_FORGET, names)).fetchall()
        for gallery_id, denied in gone:
            self._changes.note(GalleryId(gallery_id), [SubjectId(denied)])
        return len(gone)

    async def _require_model(self, gallery_id: GalleryId, model: str) -> None:
        row = await (await self._connection.execute(_MODEL, (self._tenant, gallery_id))).fetchone()
        if row is None:
            raise GalleryNotFound
        if row[0] != model:
            raise ModelMismatch

    async def _denial(self, gallery_id: GalleryId, row: TupleRow) -> Denial:
        identifier, correction_id, subject_id, shows_id, event_id, model, created_at, *sealed = row
        plain = await self._vault.open(Sealed(*sealed), TABLE, identifier, model)
        return Denial(
            id=DenialId(identifier),
            correction_id=CorrectionId(correction_id),
            gallery_id=gallery_id,
            subject_id=SubjectId(subject_id),
            template=template_of(plain, ModelIdentity.parse(str(model))),
            created_at=created_at,
            shows_id=SubjectId(shows_id) if shows_id else None,
            event_id=EventId(event_id) if event_id else None,
        )

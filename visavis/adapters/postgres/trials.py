"""Trials of model packs in PostgreSQL; their templates lie in the vault."""

from collections.abc import Sequence

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.staging_rows import plain_of, template_of
from visavis.adapters.postgres.trial_rows import COLUMNS, row_of, trial_of
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.domain.errors import GalleryNotFound
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId, TenantId
from visavis.domain.template import Template
from visavis.domain.trial import (
    MOST_DISAGREEMENTS,
    Agreement,
    Disagreement,
    Trial,
    TrialProgress,
    TrialTemplate,
)

TABLE = "trial_templates"
_TRIES = 3
# Galleries are locked before trials, as those do it who change the model of a gallery.
_LOCK_GALLERY = "SELECT FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR KEY SHARE"
_DROP_OTHER = "DELETE FROM trials WHERE tenant_id = %s AND gallery_id = %s AND trial_id <> %s"
_KEEP = f"""
    INSERT INTO trials (tenant_id, {COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, trial_id) DO UPDATE SET
        state = excluded.state, share = excluded.share, limits = excluded.limits, notice = excluded.notice,
        changed_at = excluded.changed_at, shadow = excluded.shadow, canary = excluded.canary
"""  # noqa: S608  # constants only
_OF = f"SELECT {COLUMNS} FROM trials WHERE tenant_id = %s AND gallery_id = %s"  # noqa: S608  # constants only
_ALL = f"SELECT {COLUMNS} FROM trials WHERE tenant_id = %s ORDER BY started_at, trial_id"  # noqa: S608  # constants only
_REMOVE = "DELETE FROM trials WHERE tenant_id = %s AND gallery_id = %s"
_MISSING = """
    SELECT reference_id FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND NOT EXISTS (
        SELECT FROM trial_templates AS t WHERE t.tenant_id = r.tenant_id AND t.reference_id = r.reference_id
    ) ORDER BY reference_id LIMIT %(limit)s
"""
# Trial and references are locked, so that neither goes between look and insert.
_LIVING_TRIAL = "SELECT FROM trials WHERE tenant_id = %s AND trial_id = %s FOR KEY SHARE"
_LIVING = """
    SELECT reference_id, subject_id FROM subject_references
    WHERE tenant_id = %s AND gallery_id = %s AND reference_id = ANY(%b) FOR KEY SHARE
"""
_ADD = """
    INSERT INTO trial_templates (tenant_id, reference_id, trial_id, model, fault, data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %b, %b)
    ON CONFLICT (tenant_id, reference_id) DO UPDATE SET trial_id = excluded.trial_id, model = excluded.model,
        fault = excluded.fault, data_key_id = excluded.data_key_id, nonce = excluded.nonce,
        ciphertext = excluded.ciphertext
"""
_TEMPLATES = """
    SELECT reference_id, data_key_id, nonce, ciphertext FROM trial_templates
    WHERE tenant_id = %s AND trial_id = %s AND reference_id = ANY(%b) AND fault = ''
"""
_PROGRESS = """
    SELECT (SELECT count(*) FROM subject_references WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s),
        count(*) FILTER (WHERE fault = ''), count(*) FILTER (WHERE fault <> '')
    FROM trial_templates WHERE tenant_id = %(tenant)s AND trial_id = %(trial)s
"""
_FAILED = """
    SELECT reference_id, fault FROM trial_templates
    WHERE tenant_id = %s AND trial_id = %s AND fault <> '' ORDER BY reference_id LIMIT %s
"""
_LIVING_EVENTS = """
    SELECT event_id FROM events WHERE tenant_id = %s AND event_id = ANY(%b) ORDER BY event_id FOR KEY SHARE
"""
_DISAGREE = """
    INSERT INTO trial_disagreements (tenant_id, trial_id, event_id, agreement, at, in_force_score, candidate_score)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_TRIM = """
    DELETE FROM trial_disagreements WHERE tenant_id = %(tenant)s AND trial_id = %(trial)s AND event_id IN (
        SELECT event_id FROM trial_disagreements WHERE tenant_id = %(tenant)s AND trial_id = %(trial)s
        ORDER BY at DESC, event_id DESC OFFSET %(most)s
    )
"""
_DISAGREEMENTS = """
    SELECT event_id, agreement, at, in_force_score, candidate_score FROM trial_disagreements
    WHERE tenant_id = %s AND trial_id = %s ORDER BY at DESC, event_id DESC
"""


class PostgresTrials:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes
        self._vault = vault

    async def keep(self, trial: Trial) -> None:
        found = await self._connection.execute(_LOCK_GALLERY, (self._tenant, trial.gallery_id))
        if found.rowcount == 0:
            raise GalleryNotFound
        await self._connection.execute(_DROP_OTHER, (self._tenant, trial.gallery_id, trial.id))
        await self._connection.execute(_KEEP, (self._tenant, *row_of(trial)))

    async def of(self, gallery_id: GalleryId, *, lock: bool = False) -> Trial | None:
        query = _OF
        if lock:
            await self._connection.execute(_LOCK_GALLERY, (self._tenant, gallery_id))
            query += " FOR UPDATE"
        row = await (await self._connection.execute(query, (self._tenant, gallery_id))).fetchone()
        return None if row is None else trial_of(row)

    async def all(self) -> list[Trial]:
        return [trial_of(row) async for row in await self._connection.execute(_ALL, (self._tenant,))]

    async def remove(self, gallery_id: GalleryId) -> bool:
        return (await self._connection.execute(_REMOVE, (self._tenant, gallery_id))).rowcount > 0

    async def missing(self, trial: Trial, *, limit: int) -> list[ReferenceId]:
        names = {"tenant": self._tenant, "gallery": trial.gallery_id, "limit": limit}
        return [ReferenceId(row[0]) async for row in await self._connection.execute(_MISSING, names)]

    async def add(self, trial: Trial, made: Sequence[TrialTemplate]) -> None:
        await self._connection.execute(_LOCK_GALLERY, (self._tenant, trial.gallery_id))
        if (await self._connection.execute(_LIVING_TRIAL, (self._tenant, trial.id))).rowcount == 0:
            return
        ids = [one.reference_id for one in made]
        found = await self._connection.execute(_LIVING, (self._tenant, trial.gallery_id, ids))
        owners = {row[0]: SubjectId(row[1]) async for row in found}
        for one in made:
            if one.reference_id in owners:
                sealed = await self._sealed(trial, one)
                key = (self._tenant, one.reference_id, trial.id, trial.model.key, one.fault)
                await self._connection.execute(_ADD, (*key, *sealed))
        self._changes.note(trial.gallery_id, owners.values())

    async def templates(
        self, trial: Trial, reference_ids: Sequence[ReferenceId]
    ) -> dict[ReferenceId, Template]:
        return {
            one: template_of(await self._vault.open(sealed, TABLE, one, trial.model.key), trial.model)
            for one, sealed in (await self._sealed_of(trial, reference_ids)).items()
        }

    async def _sealed_of(
        self, trial: Trial, reference_ids: Sequence[ReferenceId]
    ) -> dict[ReferenceId, Sealed]:
        """Reads again if a rotation deleted a key between reading the rows and reading the key."""
        key = (self._tenant, trial.id, list(reference_ids))
        found: dict[ReferenceId, Sealed] = {}
        for _ in range(_TRIES):
            rows = await (await self._connection.execute(_TEMPLATES, key, binary=True)).fetchall()
            found = {ReferenceId(row[0]): Sealed(*row[1:]) for row in rows}
            keys = {one.data_key_id: one for one in found.values()}
            if all([await self._vault.has_key_of(one) for one in keys.values()]):
                break
        return found

    async def progress(self, trial: Trial) -> TrialProgress:
        names = {"tenant": self._tenant, "gallery": trial.gallery_id, "trial": trial.id}
        row = await (await self._connection.execute(_PROGRESS, names)).fetchone()
        total, ready, failed = row or (0, 0, 0)
        return TrialProgress(total=total, ready=ready, failed=failed)

    async def failed(self, trial: Trial, *, limit: int) -> list[tuple[ReferenceId, str]]:
        rows = await self._connection.execute(_FAILED, (self._tenant, trial.id, limit))
        return [(ReferenceId(row[0]), row[1]) async for row in rows]

    async def disagree(self, trial: Trial, found: Sequence[Disagreement]) -> None:
        ids = [one.event_id for one in found]
        living = {row[0] async for row in await self._connection.execute(_LIVING_EVENTS, (self._tenant, ids))}
        rows = [
            (
                self._tenant,
                trial.id,
                one.event_id,
                one.agreement.value,
                one.at,
                one.in_force_score,
                one.candidate_score,
            )
            for one in found
            if one.event_id in living
        ]
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_DISAGREE, rows)
        names = {"tenant": self._tenant, "trial": trial.id, "most": MOST_DISAGREEMENTS}
        await self._connection.execute(_TRIM, names)

    async def disagreements(self, trial: Trial) -> list[Disagreement]:
        rows = await self._connection.execute(_DISAGREEMENTS, (self._tenant, trial.id))
        return [
            Disagreement(
                event_id=EventId(row[0]),
                agreement=Agreement(row[1]),
                at=row[2],
                in_force_score=row[3],
                candidate_score=row[4],
            )
            async for row in rows
        ]

    async def _sealed(self, trial: Trial, one: TrialTemplate) -> Sealed | tuple[None, None, None]:
        if one.template is None:
            return None, None, None
        return await self._vault.seal(plain_of(one.template), TABLE, one.reference_id, trial.model.key)

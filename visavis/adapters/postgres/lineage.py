"""What one subject became, in PostgreSQL: everything that names a subject is given to another one, or given back."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import sql

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.domain.correction import EventMark, Moved
from visavis.domain.errors import EventNotFound
from visavis.domain.event import EventId
from visavis.domain.subject import SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A table whose rows go with their subject when it is merged: what identifies a row, and who it names.

    `subject_references` and `gallery_members` are not among them: these are moved one by one. `listed` are the columns
    of a table in which a subject stands once for each of their values, and which has no others: where both subjects
    stand there, one of the rows goes.
    """

    kind: str
    table: str
    key: str
    column: str = "subject_id"
    listed: tuple[str, ...] = ()


FOLLOWERS: Final = (
    Follower(kind="events", table="events", key="event_id"),
    Follower(kind="reviews", table="reviews", key="event_id", column="candidate_id"),
    Follower(kind="review_opinions", table="review_opinions", key="opinion_id"),
    Follower(kind="consents", table="consents", key="consent_id"),
    Follower(kind="denials", table="denials", key="denial_id"),
    Follower(kind="denials_that_show", table="denials", key="denial_id", column="shows_id"),
    Follower(kind="corrections", table="corrections", key="correction_id"),
    Follower(kind="corrections_of_other", table="corrections", key="correction_id", column="other_id"),
    Follower(kind="parked", table="parked_references", key="reference_id"),
    Follower(kind="aliases", table="subject_aliases", key="alias_id"),
    Follower(kind="access_decisions", table="access_decisions", key="access_id"),
    Follower(kind="attendance_corrections", table="attendance_corrections", key="correction_id"),
    Follower(kind="alerts", table="alerts", key="alert_id"),
    Follower(kind="alert_notices", table="alert_notices", key="notice_id"),
    Follower(
        kind="door_subjects",
        table="door_subjects",
        key="md5(t.door_id::text || ' ' || t.rule::text)::uuid",
        listed=("door_id", "rule"),
    ),
    Follower(kind="alert_rule_subjects", table="alert_rule_subjects", key="t.rule_id", listed=("rule_id",)),
)
_TWICE = "_twice"  #: rows of lists in which both subjects stood
_APART = "apart"  #: partners that the subject was kept apart from
_APART_ANEW = "apart_anew"  #: those of them from whom the other subject was not

_ABSORB = sql.SQL(
    "UPDATE {table} AS t SET {column} = %(into)s"
    " WHERE t.tenant_id = %(tenant)s AND t.{column} = %(gone)s RETURNING {key}"
)
_RELEASE = sql.SQL(
    "UPDATE {table} AS t SET {column} = %(into)s"
    " WHERE t.tenant_id = %(tenant)s AND t.{column} = %(gone)s AND {key} = ANY(%(ids)s::uuid[])"
)
_DROP_TWICE = sql.SQL(
    "DELETE FROM {table} AS t USING {table} AS o WHERE t.tenant_id = %(tenant)s AND t.{column} = %(gone)s"
    " AND o.tenant_id = t.tenant_id AND o.{column} = %(into)s AND ({mine}) = ({theirs}) RETURNING {key}"
)
_LIST_AGAIN = sql.SQL(
    "INSERT INTO {table} (tenant_id, {column}, {listed}) SELECT t.tenant_id, %(into)s, {mine} FROM {table} AS t"
    " WHERE t.tenant_id = %(tenant)s AND t.{column} = %(gone)s AND {key} = ANY(%(ids)s::uuid[])"
    " ON CONFLICT DO NOTHING"
)
_PARTNERS = """
    SELECT CASE WHEN one_id = %(subject)s THEN other_id ELSE one_id END, since FROM subjects_apart
    WHERE tenant_id = %(tenant)s AND (one_id = %(subject)s OR other_id = %(subject)s)
"""
_KEEP_APART = """
    INSERT INTO subjects_apart (tenant_id, one_id, other_id, since)
    VALUES (%s, %s, %s, coalesce(%s::timestamptz, now())) ON CONFLICT DO NOTHING
"""
_REJOIN = "DELETE FROM subjects_apart WHERE tenant_id = %s AND one_id = %s AND other_id = %s"
_LOCK = "SELECT FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%s) ORDER BY subject_id FOR UPDATE"
_LIVING = "SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%s)"
_LEADS_TO = "SELECT subject_id FROM subject_aliases WHERE tenant_id = %s AND alias_id = %s"
_REDIRECT = "INSERT INTO subject_aliases (tenant_id, alias_id, subject_id, since) VALUES (%s, %s, %s, %s)"
_RETURN = "DELETE FROM subject_aliases WHERE tenant_id = %s AND alias_id = %s"
_DENIED = "SELECT gallery_id FROM denials WHERE tenant_id = %s AND subject_id = %s"
_OF_CORRECTIONS = ("corrections", "denials_that_show")
_NAMED = sql.SQL(
    "SELECT EXISTS (SELECT FROM {table} AS t WHERE t.tenant_id = %(tenant)s AND t.{column} = %(subject)s)"
)
_STANDING = """
    SELECT EXISTS (SELECT FROM corrections WHERE tenant_id = %(tenant)s AND undone_at IS NULL
        AND (subject_id = %(subject)s OR other_id = %(subject)s))
"""
_ALIASES = "SELECT alias_id FROM subject_aliases WHERE tenant_id = %s AND subject_id = %s ORDER BY alias_id"
_RESTORE = """
    UPDATE events SET verdict = %s, subject_id = (
        SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = %s FOR KEY SHARE
    ) WHERE tenant_id = %s AND event_id = %s
"""
_REASSIGN = """
    UPDATE events SET subject_id = %s WHERE tenant_id = %s AND subject_id = %s AND event_id = ANY(%s)
    RETURNING event_id
"""


class PostgresLineage:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes

    async def leads_to(self, subject_id: SubjectId) -> SubjectId | None:
        row = await (await self._connection.execute(_LEADS_TO, (self._tenant, subject_id))).fetchone()
        return SubjectId(row[0]) if row else None

    async def absorb(self, gone: SubjectId, into: SubjectId) -> Moved:
        """Locked first, so that no event that names the subject is added before it is gone."""
        await self._connection.execute(_LOCK, (self._tenant, [gone, into]))
        moved: list[tuple[str, tuple[uuid.UUID, ...]]] = []
        names = {"tenant": self._tenant, "gone": gone, "into": into}
        for follower in FOLLOWERS:
            if follower.listed:
                rows = await self._connection.execute(_query(_DROP_TWICE, follower), names)
                moved.append((follower.kind + _TWICE, tuple(sorted([row[0] async for row in rows]))))
            rows = await self._connection.execute(_query(_ABSORB, follower), names)
            moved.append((follower.kind, tuple(sorted([row[0] async for row in rows]))))
        partners, anew = await self._absorb_apart(gone, into)
        await self._note(into)
        return tuple((kind, ids) for kind, ids in (*moved, (_APART, partners), (_APART_ANEW, anew)) if ids)

    async def release(self, moved: Moved, held: SubjectId, back: SubjectId) -> None:
        """The identifier ends to lead elsewhere first: it is a subject again."""
        given = dict(moved)
        for follower in FOLLOWERS:
            for kind, query in ((follower.kind, _RELEASE), (follower.kind + _TWICE, _LIST_AGAIN)):
                if ids := list(given.get(kind, ())):
                    names = {"tenant": self._tenant, "gone": held, "into": back, "ids": ids}
                    await self._connection.execute(_query(query, follower), names)
        await self._connection.execute(_RETURN, (self._tenant, back))
        await self._release_apart(given, held, back)
        await self._note(held)
        await self._note(back)

    async def redirect(self, gone: SubjectId, into: SubjectId, at: datetime) -> None:
        await self._connection.execute(_REDIRECT, (self._tenant, gone, into, at))

    async def reassign(
        self, events: Collection[EventId], held: SubjectId, to: SubjectId
    ) -> tuple[EventId, ...]:
        rows = await self._connection.execute(_REASSIGN, (to, self._tenant, held, list(events)))
        return tuple(sorted([EventId(row[0]) async for row in rows]))

    async def restore(self, mark: EventMark) -> None:
        values = (mark.verdict, self._tenant, mark.subject_id, self._tenant, mark.event_id)
        if (await self._connection.execute(_RESTORE, values)).rowcount == 0:
            raise EventNotFound

    async def is_named(self, subject_id: SubjectId) -> bool:
        queries = [_query(_NAMED, one) for one in FOLLOWERS if not one.kind.startswith(_OF_CORRECTIONS)]
        names = {"tenant": self._tenant, "subject": subject_id}
        for query in (*queries, sql.Composed([sql.SQL(_STANDING)])):
            row = await (await self._connection.execute(query, names)).fetchone()
            if row and row[0]:
                return True
        return False

    async def aliases(self, subject_id: SubjectId) -> list[SubjectId]:
        rows = await self._connection.execute(_ALIASES, (self._tenant, subject_id))
        return [SubjectId(row[0]) async for row in rows]

    async def _absorb_apart(
        self, gone: SubjectId, into: SubjectId
    ) -> tuple[tuple[uuid.UUID, ...], tuple[uuid.UUID, ...]]:
        names = {"tenant": self._tenant, "subject": gone}
        partners = await (await self._connection.execute(_PARTNERS, names)).fetchall()
        anew = []
        for partner, since in partners:
            if partner != into:
                values = (self._tenant, *sorted((into, partner)), since)
                if (await self._connection.execute(_KEEP_APART, values)).rowcount:
                    anew.append(partner)
        return tuple(partner for partner, _ in partners), tuple(anew)

    async def _release_apart(
        self, given: dict[str, tuple[uuid.UUID, ...]], held: SubjectId, back: SubjectId
    ) -> None:
        for partner in given.get(_APART_ANEW, ()):
            await self._connection.execute(_REJOIN, (self._tenant, *sorted((held, partner))))
        partners = list(given.get(_APART, ()))
        rows = await self._connection.execute(_LIVING, (self._tenant, partners))
        for (partner,) in await rows.fetchall():
            await self._connection.execute(_KEEP_APART, (self._tenant, *sorted((back, partner)), None))

    async def _note(self, subject_id: SubjectId) -> None:
        """Searches look again whose looks were denied."""
        rows = await self._connection.execute(_DENIED, (self._tenant, subject_id))
        for gallery_id in {row[0] async for row in rows}:
            self._changes.note(gallery_id, [subject_id])


def _query(template: sql.SQL, follower: Follower) -> sql.Composed:
    return template.format(
        table=sql.Identifier(follower.table),
        column=sql.Identifier(follower.column),
        key=sql.SQL(follower.key) if follower.listed else sql.Identifier("t", follower.key),
        listed=sql.SQL(", ").join(map(sql.Identifier, follower.listed)),
        mine=sql.SQL(", ").join([sql.Identifier("t", name) for name in follower.listed]),
        theirs=sql.SQL(", ").join([sql.Identifier("o", name) for name in follower.listed]),
    )

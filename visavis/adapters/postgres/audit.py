"""The audit log in PostgreSQL.

Entries take their places at the end of a transaction, behind a lock of the tenant's chain that lasts until the
commit. So sequences are gapless and in the order of commits, and a long transaction holds nobody up before its
end. This lock is the last of all: after galleries, subjects, the counters of galleries, and that of events.
"""

import json
from collections.abc import AsyncIterator
from typing import Final, LiteralString

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.audit import ANYTHING, AuditFilter, AuditHead, Named
from visavis.domain.access import Actor, ActorKind
from visavis.domain.audit import GENESIS, Action, AuditEntry, AuditRecord
from visavis.domain.subject import TenantId

# A statement of its own: the next one sees what was committed while the lock was waited for.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_HEAD = "SELECT sequence, digest FROM audit_log WHERE tenant_id = %s ORDER BY sequence DESC LIMIT 1"
_HOLDS = "SELECT 1 FROM audit_log WHERE tenant_id = %s AND sequence = %s AND digest = %s"
_INSERT = """
    INSERT INTO audit_log (tenant_id, sequence, at, actor, action, target, request, details, previous, digest)
    SELECT %(tenant)s, * FROM unnest(
        %(sequences)s::bigint[], %(times)s::timestamptz[], %(actors)s::text[], %(actions)s::text[],
        %(targets)s::text[], %(requests)s::uuid[], %(details)s::text[], %(previous)s::text[], %(digests)s::text[]
    )
"""
_FIND = """
    SELECT sequence, at, actor, action, target, request, details, previous, digest FROM audit_log
    WHERE {where} ORDER BY sequence {direction} LIMIT %(limit)s
"""
# Whole actors and targets are compared as they stand, which an index knows.
_CONDITIONS: Final[dict[str, LiteralString]] = {
    "actions": "action = ANY(%(actions)s)",
    "actors": "actor = ANY(%(actors)s)",
    "actor_kind": "split_part(actor, ':', 1) = %(actor_kind)s",
    "target": "target = %(target)s",
    "target_kind": "split_part(target, ':', 1) = %(target_kind)s",
    "target_id": "strpos(target, ':') > 0 AND substr(target, strpos(target, ':') + 1) = %(target_id)s",
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "before": "sequence < %(before)s",
    "after": "sequence > %(after)s",
}


class PostgresAuditLog:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant
        self._pending: list[AuditRecord] = []

    async def append(self, record: AuditRecord) -> None:
        self._pending.append(record)

    async def page(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        return await self.find(ANYTHING, after=after, limit=limit)

    async def find(
        self,
        wanted: AuditFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        query, given = _find_query(self._tenant, wanted, before=before, after=after, limit=limit)
        return [_entry(row) async for row in await self._connection.execute(query, given)]

    async def everything(self, *, after: int = 0, batch: int = 1000) -> AsyncIterator[list[AuditEntry]]:
        while page := await self.page(after=after, limit=batch):
            yield page
            after = page[-1].sequence

    async def head(self) -> AuditHead:
        """The digest of an empty log is the one that the first entry names."""
        row = await (await self._connection.execute(_HEAD, (self._tenant,))).fetchone()
        return AuditHead(sequence=row[0], digest=row[1]) if row else AuditHead(sequence=0, digest=GENESIS)

    async def holds(self, head: AuditHead) -> bool:
        """Whether the chain has this entry. Waits until whoever writes to it has ended."""
        await self._connection.execute(_LOCK, (f"visavis:audit:{self._tenant}",))
        names = (self._tenant, head.sequence, head.digest)
        return await (await self._connection.execute(_HOLDS, names)).fetchone() is not None

    async def record(self) -> AuditHead | None:
        """Chains and writes what was appended; the new end of the chain, `None` if nothing was. Locks the chain until
        the transaction ends, so it comes last."""
        records, self._pending = self._pending, []
        if not records:
            return None
        await self._connection.execute(_LOCK, (f"visavis:audit:{self._tenant}",))
        head = await self.head()
        entries: list[AuditEntry] = []
        for sequence, record in enumerate(records, head.sequence + 1):
            previous = entries[-1].digest if entries else head.digest
            entries.append(AuditEntry.after(record, sequence=sequence, previous=previous))
        await self._connection.execute(_INSERT, _columns(self._tenant, entries))
        return AuditHead(sequence=entries[-1].sequence, digest=entries[-1].digest)


def _find_query(
    tenant: TenantId, wanted: AuditFilter, *, before: int | None, after: int | None, limit: int
) -> tuple[sql.Composed, dict[str, object]]:
    given: dict[str, object] = {
        "actions": None if wanted.actions is None else sorted(one.value for one in wanted.actions),
        **_actors(wanted.actor or Named()),
        **_targets(wanted.target or Named()),
        "since": wanted.since,
        "until": wanted.until,
        "before": before if after is None else None,
        "after": after,
    }
    conditions = [sql.SQL(text) for name, text in _CONDITIONS.items() if given[name] is not None]
    query = sql.SQL(_FIND).format(
        where=sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions]),
        direction=sql.SQL("DESC" if after is None else "ASC"),
    )
    return query, {**given, "tenant": tenant, "limit": limit}


def _actors(named: Named) -> dict[str, object]:
    """An identifier alone stands for an actor of any kind."""
    whole = [f"{kind}:{named.id}" for kind in ([named.kind] if named.kind else ActorKind)]
    return {"actors": whole if named.id else None, "actor_kind": None if named.id else named.kind or None}


def _targets(named: Named) -> dict[str, object]:
    whole = named.kind and named.id
    return {
        "target": f"{named.kind}:{named.id}" if whole else None,
        "target_kind": None if whole else named.kind or None,
        "target_id": None if whole else named.id or None,
    }


def _columns(tenant: TenantId, entries: list[AuditEntry]) -> dict[str, object]:
    records = [entry.record for entry in entries]
    return {
        "tenant": tenant,
        "sequences": [entry.sequence for entry in entries],
        "times": [record.at for record in records],
        "actors": [str(record.actor) for record in records],
        "actions": [record.action.value for record in records],
        "targets": [record.target for record in records],
        "requests": [record.request for record in records],
        "details": [json.dumps(dict(record.details), sort_keys=True, allow_nan=False) for record in records],
        "previous": [entry.previous for entry in entries],
        "digests": [entry.digest for entry in entries],
    }


def _entry(row: TupleRow) -> AuditEntry:
    sequence, at, actor, action, target, request, details, previous, digest = row
    record = AuditRecord(
        at=at,
        actor=Actor.parse(actor),
        action=Action(action),
        target=target,
        request=request,
        details=json.loads(details),
    )
    return AuditEntry(sequence=sequence, record=record, previous=previous, digest=digest)

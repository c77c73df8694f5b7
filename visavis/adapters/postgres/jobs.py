"""Jobs in PostgreSQL."""

from collections.abc import AsyncIterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import LiteralString

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.job_rows import (
    ITEM_COLUMNS,
    JOB_COLUMNS,
    fault_json,
    item_of,
    job_of,
    options_json,
    result_json,
)
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.jobs import JobFilter, NewItem, Taken, Waiting
from visavis.domain.errors import JobNotFound
from visavis.domain.job import Fault, ItemKind, ItemResult, ItemState, Job, JobId, JobItem, JobKind
from visavis.domain.subject import SubjectId, TenantId

_OPEN: LiteralString = "state IN ('queued', 'running')"
_WAITS: LiteralString = "total > succeeded + failed + cancelled"
_INSERT = """
    INSERT INTO jobs (tenant_id, job_id, kind, gallery_id, gallery, stream, source, actor, request, options, state,
                      total, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s) RETURNING sequence
"""
_INSERT_ITEM = """
    INSERT INTO job_items (tenant_id, job_id, number, kind, label, subject, captured_at, state,
                           data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'queued', %s, %s, %s)
"""
_GROW = f"""
    UPDATE jobs SET total = total + %s WHERE tenant_id = %s AND job_id = %s AND {_OPEN} RETURNING total
"""  # noqa: S608  # constants only
_GET = f"SELECT {JOB_COLUMNS} FROM jobs WHERE tenant_id = %s AND job_id = %s"  # noqa: S608  # constants only
_PAGE = f"""
    SELECT {JOB_COLUMNS} FROM jobs
    WHERE tenant_id = %(tenant)s AND sequence < coalesce(%(before)s, 9223372036854775807)
      AND kind = coalesce(%(kind)s, kind) AND state = coalesce(%(state)s, state)
      AND (%(galleries)s::text[] IS NULL OR gallery = ANY(%(galleries)s))
    ORDER BY sequence DESC LIMIT %(limit)s
"""  # noqa: S608  # constants only
_ITEMS = f"""
    SELECT {ITEM_COLUMNS} FROM job_items
    WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND number > %(after)s AND state = coalesce(%(state)s, state)
    ORDER BY number LIMIT %(limit)s
"""  # noqa: S608  # constants only
_WAITING = f"SELECT DISTINCT stream, kind FROM jobs WHERE tenant_id = %s AND {_OPEN} ORDER BY stream"  # noqa: S608
_TAKE = f"""
    SELECT j.job_id, i.number, i.attempts
    FROM jobs AS j JOIN job_items AS i USING (tenant_id, job_id)
    WHERE j.tenant_id = %s AND j.stream = %s AND j.{_OPEN} AND i.state = 'queued'
    ORDER BY j.sequence, i.number LIMIT %s FOR UPDATE OF i
"""  # noqa: S608  # constants only
_COUNT_ATTEMPT = f"""
    UPDATE job_items SET attempts = attempts + 1 WHERE tenant_id = %s AND job_id = %s AND number = ANY(%s)
    RETURNING {ITEM_COLUMNS}
"""  # noqa: S608  # constants only
_RELEASE = """
    UPDATE job_items SET attempts = greatest(attempts - 1, 0)
    WHERE tenant_id = %s AND job_id = %s AND number = %s AND state = 'queued'
"""
_HOLD = """
    SELECT state = 'queued' FROM job_items WHERE tenant_id = %s AND job_id = %s AND number = %s FOR UPDATE
"""
_PAYLOAD = """
    SELECT data_key_id, nonce, ciphertext FROM job_items
    WHERE tenant_id = %s AND job_id = %s AND number = %s AND ciphertext IS NOT NULL
"""
_FINISH_ITEM = """
    UPDATE job_items SET state = %s, result = %s, fault = %s, finished_at = %s,
        data_key_id = NULL, nonce = NULL, ciphertext = NULL
    WHERE tenant_id = %s AND job_id = %s AND number = %s AND state = 'queued'
"""
_COUNT_DONE = """
    UPDATE jobs SET succeeded = succeeded + %s, failed = failed + %s WHERE tenant_id = %s AND job_id = %s
"""
_START = """
    UPDATE jobs SET state = 'running', started_at = coalesce(started_at, %s)
    WHERE tenant_id = %s AND job_id = %s AND state = 'queued'
"""
_READY = f"""
    SELECT {JOB_COLUMNS} FROM jobs WHERE tenant_id = %s AND stream = %s AND {_OPEN} AND NOT {_WAITS}
    ORDER BY sequence
"""  # noqa: S608  # constants only
_LOCK = f"SELECT {JOB_COLUMNS} FROM jobs WHERE tenant_id = %s AND job_id = %s AND {_OPEN} FOR UPDATE"  # noqa: S608
_END = "UPDATE jobs SET state = %s, finished_at = %s, fault = %s WHERE tenant_id = %s AND job_id = %s"
_CANCEL_ITEMS = """
    UPDATE job_items SET state = 'cancelled', finished_at = %s,
        data_key_id = NULL, nonce = NULL, ciphertext = NULL
    WHERE tenant_id = %s AND job_id = %s AND state = 'queued'
"""
_COUNT_CANCELLED = "UPDATE jobs SET cancelled = cancelled + %s WHERE tenant_id = %s AND job_id = %s"
_SERIALISE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_PURGE = "DELETE FROM jobs WHERE tenant_id = %s AND finished_at < %s"
_CANCEL_SUBJECT = """
    UPDATE job_items SET state = 'cancelled', finished_at = now(),
        data_key_id = NULL, nonce = NULL, ciphertext = NULL
    WHERE tenant_id = %s AND subject = %s AND state = 'queued' RETURNING job_id
"""
_FORGET = """
    UPDATE job_items SET result = NULL, label = '', subject = ''
    WHERE tenant_id = %(tenant)s AND (
        (subject = %(name)s AND subject <> '') OR result @> jsonb_build_object('subjects', %(subjects)s::jsonb)
    )
"""
_ITEMS_PER_STATEMENT = 100
_BYTES_PER_STATEMENT = 2**24


class PostgresJobs:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def add(self, job: Job, items: AsyncIterable[NewItem]) -> Job:
        cursor = await self._connection.execute(
            _INSERT,
            (
                self._tenant,
                job.id,
                job.kind,
                job.gallery_id,
                job.gallery,
                job.stream,
                job.source,
                str(job.actor),
                job.request,
                options_json(job.options),
                job.state,
                job.created_at,
            ),
        )
        row = await cursor.fetchone()
        number = size = 0
        rows: list[tuple[object, ...]] = []
        async for new in items:
            rows.append(await self._row(job.id, replace(new.item, number=number), new.payload))
            number, size = number + 1, size + len(new.payload)
            if len(rows) == _ITEMS_PER_STATEMENT or size > _BYTES_PER_STATEMENT:
                await self._insert(rows)
                rows, size = [], 0
        await self._insert(rows)
        await self._connection.execute(_GROW, (number, self._tenant, job.id))
        return replace(job, total=number, sequence=int(row[0]) if row else 0)

    async def extend(self, job_id: JobId, items: Sequence[JobItem]) -> None:
        grown = await self._connection.execute(_GROW, (len(items), self._tenant, job_id))
        row = await grown.fetchone()
        if row is None:
            raise JobNotFound
        first = int(row[0]) - len(items)
        rows = [await self._row(job_id, replace(item, number=first + n), b"") for n, item in enumerate(items)]
        await self._insert(rows)

    async def get(self, job_id: JobId) -> Job:
        row = await (await self._connection.execute(_GET, (self._tenant, job_id))).fetchone()
        if row is None:
            raise JobNotFound
        return job_of(row)

    async def page(self, wanted: JobFilter, *, before: int | None = None, limit: int = 100) -> list[Job]:
        rows = await self._connection.execute(
            _PAGE,
            {
                "tenant": self._tenant,
                "before": before,
                "kind": wanted.kind,
                "state": wanted.state,
                "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
                "limit": limit,
            },
        )
        return [job_of(row) async for row in rows]

    async def items(
        self, job_id: JobId, *, state: ItemState | None = None, after: int = -1, limit: int = 100
    ) -> list[JobItem]:
        rows = await self._connection.execute(
            _ITEMS, {"tenant": self._tenant, "job": job_id, "after": after, "state": state, "limit": limit}
        )
        return [item_of(row) async for row in rows]

    async def waiting(self) -> list[Waiting]:
        rows = await self._connection.execute(_WAITING, (self._tenant,))
        return [Waiting(stream=stream, kind=JobKind(kind)) async for stream, kind in rows]

    async def take(self, stream: str, limit: int) -> list[Taken]:
        cursor = await self._connection.execute(_TAKE, (self._tenant, stream, limit))
        found = await cursor.fetchall()
        fresh = next((place for place, row in enumerate(found) if row[2] > 0), len(found))
        chosen = found[: fresh or 1]
        taken: list[Taken] = []
        for job_id in dict.fromkeys(JobId(row[0]) for row in chosen):
            job = await self.get(job_id)
            numbers = [row[1] for row in chosen if row[0] == job_id]
            rows = await self._connection.execute(_COUNT_ATTEMPT, (self._tenant, job_id, numbers))
            items = sorted([item_of(row) async for row in rows], key=lambda item: item.number)
            taken += [Taken(job=job, item=item) for item in items]
        return taken

    async def release(self, taken: Sequence[Taken]) -> None:
        for one in taken:
            await self._connection.execute(_RELEASE, (self._tenant, one.job.id, one.item.number))

    async def hold(self, job_id: JobId, number: int) -> bool:
        row = await (await self._connection.execute(_HOLD, (self._tenant, job_id, number))).fetchone()
        return bool(row and row[0])

    async def payload(self, job_id: JobId, number: int) -> bytes | None:
        async def look() -> Sealed | None:
            cursor = await self._connection.execute(_PAYLOAD, (self._tenant, job_id, number), binary=True)
            row = await cursor.fetchone()
            return None if row is None else Sealed(*row)

        return await self._vault.read(look, "job_items", job_id, number)

    async def finish_item(
        self, job_id: JobId, number: int, at: datetime, *, result: ItemResult | None, fault: Fault | None
    ) -> None:
        state = ItemState.SUCCEEDED if fault is None else ItemState.FAILED
        updated = await self._connection.execute(
            _FINISH_ITEM, (state, result_json(result), fault_json(fault), at, self._tenant, job_id, number)
        )
        if updated.rowcount:
            done = (int(fault is None), int(fault is not None))
            await self._connection.execute(_COUNT_DONE, (*done, self._tenant, job_id))

    async def start(self, job_id: JobId, at: datetime) -> None:
        await self._connection.execute(_START, (at, self._tenant, job_id))

    async def ready(self, stream: str) -> list[Job]:
        rows = await self._connection.execute(_READY, (self._tenant, stream))
        return [job_of(row) async for row in rows]

    async def settle(self, job_id: JobId, at: datetime) -> Job | None:
        job = await self._locked(job_id)
        if job is None or job.waiting > 0:
            return None
        await self._connection.execute(_END, (job.ended(), at, None, self._tenant, job_id))
        return await self.get(job_id)

    async def fail(self, job_id: JobId, at: datetime, fault: Fault) -> None:
        await self._cancel_items(job_id, at)
        if await self._locked(job_id) is not None:
            await self._connection.execute(_END, ("failed", at, fault_json(fault), self._tenant, job_id))

    async def cancel(self, job_id: JobId, at: datetime) -> Job:
        await self._cancel_items(job_id, at)
        if await self._locked(job_id) is not None:
            await self._connection.execute(_END, ("cancelled", at, None, self._tenant, job_id))
        return await self.get(job_id)

    async def serialise(self, name: str) -> None:
        await self._connection.execute(_SERIALISE, (f"visavis {self._tenant} {name}",))

    async def purge(self, finished_before: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, finished_before))).rowcount

    async def forget(self, subject_id: SubjectId, name: str) -> int:
        cancelled = await self._connection.execute(_CANCEL_SUBJECT, (self._tenant, name))
        for (job_id,) in await cancelled.fetchall():
            await self._connection.execute(_COUNT_CANCELLED, (1, self._tenant, job_id))
        names = {"tenant": self._tenant, "name": name, "subjects": f'["{subject_id}"]'}
        return (await self._connection.execute(_FORGET, names)).rowcount

    async def _cancel_items(self, job_id: JobId, at: datetime) -> None:
        """Items first, then their job: in the order in which those who process them lock."""
        count = (await self._connection.execute(_CANCEL_ITEMS, (at, self._tenant, job_id))).rowcount
        if count:
            await self._connection.execute(_COUNT_CANCELLED, (count, self._tenant, job_id))

    async def _locked(self, job_id: JobId) -> Job | None:
        row = await (await self._connection.execute(_LOCK, (self._tenant, job_id))).fetchone()
        return None if row is None else job_of(row)

    async def _row(self, job_id: JobId, item: JobItem, payload: bytes) -> tuple[object, ...]:
        sealed: tuple[object, ...] = (None, None, None)
        if item.kind is not ItemKind.REFERENCE:
            sealed = await self._vault.seal(payload, "job_items", job_id, item.number)
        head = (self._tenant, job_id, item.number, item.kind, item.label, item.subject, item.captured_at)
        return (*head, *sealed)

    async def _insert(self, rows: list[tuple[object, ...]]) -> None:
        if rows:
            async with self._connection.cursor() as cursor:
                await cursor.executemany(_INSERT_ITEM, rows)

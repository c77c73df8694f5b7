"""What a whole database contains, over all tenants, for backups: counts, ends of audit chains, keys in use."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from visavis.adapters.postgres.connection import Connection, checked_url, connect_options, require_fit
from visavis.adapters.postgres.failures import store_failures
from visavis.adapters.postgres.migrate import schema_version
from visavis.adapters.postgres.tenancy import provide_role
from visavis.application.ports.audit import AuditHead
from visavis.domain.errors import SettingsInvalid
from visavis.domain.subject import TenantId

_ASIDE = "_before_restore"
_HOUSEKEEPING = frozenset(
    {"schema_migrations", "data_keys", "event_counters", "drift_positions", "access_positions", "tenants"}
)

_SEES_ALL = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_USUAL = "public"
# Ours are the usual schema and those that other parts of the program have for themselves.
_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE (nspname IN (%(usual)s::text, %(usual)s::text || %(aside)s::text) OR starts_with(nspname, 'visavis_'))
      AND (right(nspname, length(%(aside)s::text)) = %(aside)s::text) = %(is_aside)s::boolean
    ORDER BY nspname
"""
_TABLES = """
    SELECT n.nspname, c.relname, n.nspname = 'public'
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY n.nspname, c.relname
"""
_HEADS = """
    SELECT DISTINCT ON (tenant_id) tenant_id, sequence, digest FROM audit_log
    ORDER BY tenant_id, sequence DESC
"""
_TENANTS = "SELECT DISTINCT tenant_id FROM data_keys ORDER BY tenant_id"
_MASTERS = "SELECT DISTINCT master FROM data_keys ORDER BY master"
_EXPORT = "SELECT pg_export_snapshot()"
_OWNER = """
    SELECT nullif(pg_get_userbyid(datdba), current_user) FROM pg_database WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`tables` are rows by table (with the schema where it is not the usual one), `heads` the ends of the audit
    chains, `masters` names of the master keys that its data keys are wrapped with."""

    server: str
    schema: int
    tables: dict[str, int]
    tenants: tuple[TenantId, ...]
    heads: dict[TenantId, AuditHead]
    masters: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is in it but what the first start makes."""
        return not any(
            count for name, count in self.tables.items() if name not in _HOUSEKEEPING and "." not in name
        )


@contextlib.asynccontextmanager
async def whole_database(url: str) -> AsyncIterator[Connection]:
    """A connection that sees all tenants. Raises `StoreDown`, `SettingsInvalid`."""
    options: dict[str, Any] = dict(connect_options(checked_url(url)))  # Any: psycopg's own signature
    with store_failures():
        async with await psycopg.AsyncConnection.connect(url, **options) as connection:
            await require_fit(connection)
            row = await (await connection.execute(_SEES_ALL)).fetchone()
            if not row or not row[0]:
                raise SettingsInvalid(
                    "This database user sees one tenant at a time, so it cannot read the whole database.",
                    hint="Run this command with VISAVIS_DATABASE__URL naming a superuser, or a user with BYPASSRLS.",
                )
            yield connection


@contextlib.asynccontextmanager
async def frozen(url: str) -> AsyncIterator[tuple[str, Content]]:
    """The name of a snapshot that lasts until the block ends, and what is in it."""
    async with whole_database(url) as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = await (await connection.execute(_EXPORT)).fetchone()
        yield str(row[0] if row else ""), await content(connection)


async def content(connection: Connection) -> Content:
    """Counts every table."""
    rows = await (await connection.execute(_TABLES, (await _schemas(connection),))).fetchall()
    counts = {
        name if usual else f"{schema}.{name}": await _count(connection, schema, name)
        for schema, name, usual in rows
    }
    has_log, has_keys = "audit_log" in counts, "data_keys" in counts
    return Content(
        server=f"PostgreSQL {connection.info.parameter_status('server_version')}",
        schema=await schema_version(connection),
        tables=counts,
        tenants=tuple([TenantId(row[0]) for row in await _rows(connection, _TENANTS)] if has_keys else ()),
        heads={
            TenantId(tenant): AuditHead(sequence=sequence, digest=digest)
            for tenant, sequence, digest in (await _rows(connection, _HEADS) if has_log else [])
        },
        masters=tuple([str(row[0]) for row in await _rows(connection, _MASTERS)] if has_keys else ()),
    )


async def owner(connection: Connection) -> str | None:
    """The database's owner, if that is somebody else."""
    row = await (await connection.execute(_OWNER)).fetchone()
    return row[0] if row else None


async def set_aside(connection: Connection) -> None:
    """Renames our schemas with everything in them and makes an empty one, as a new database has it."""
    async with connection.transaction():
        await _drop(connection, await _schemas(connection, aside=True))
        for schema in await _schemas(connection):
            await _execute(connection, "ALTER SCHEMA {schema} RENAME TO {aside}", schema)
        await _execute(connection, "CREATE SCHEMA {schema} AUTHORIZATION pg_database_owner", _USUAL)
        await _execute(connection, "GRANT USAGE ON SCHEMA {schema} TO PUBLIC", _USUAL)
    await provide_role(connection)


async def put_back(connection: Connection) -> None:
    """Undoes `set_aside`, and removes what was restored since."""
    async with connection.transaction():
        await _drop(connection, await _schemas(connection))
        for schema in await _schemas(connection, aside=True):
            await _execute(connection, "ALTER SCHEMA {aside} RENAME TO {schema}", schema.removesuffix(_ASIDE))


async def discard(connection: Connection) -> None:
    """Removes what was set aside."""
    async with connection.transaction():
        await _drop(connection, await _schemas(connection, aside=True))


async def _schemas(connection: Connection, *, aside: bool = False) -> list[str]:
    rows = await connection.execute(_SCHEMAS, {"usual": _USUAL, "aside": _ASIDE, "is_aside": aside})
    return [row[0] async for row in rows]


async def _drop(connection: Connection, schemas: list[str]) -> None:
    for schema in schemas:
        await _execute(connection, "DROP SCHEMA {schema} CASCADE", schema)


async def _execute(connection: Connection, statement: LiteralString, schema: str) -> None:
    names = {"schema": sql.Identifier(schema), "aside": sql.Identifier(schema + _ASIDE)}
    await connection.execute(sql.SQL(statement).format(**names))


async def _count(connection: Connection, schema: str, table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
    row = await (await connection.execute(query)).fetchone()
    return int(row[0]) if row else 0


async def _rows(connection: Connection, query: LiteralString) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query)).fetchall()

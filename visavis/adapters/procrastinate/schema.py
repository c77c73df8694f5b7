"""Tables, types and functions of procrastinate in a schema of their own, brought to what its installed version needs.

procrastinate brings its migrations along and leaves it to its users to apply them. Which one was the last is kept
beside its tables, so that an update of the package finds out what is missing.
"""

from pathlib import Path

import psycopg
from procrastinate.schema import SchemaManager, migrations_path
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from visavis.domain.errors import SchemaMismatch

SCHEMA = "visavis_queue"  #: made by a step of our schema
FIRST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""The last migration of the first procrastinate that was ever used here, which did not write down any."""

_LOCK = "SELECT pg_advisory_lock(hashtextextended('visavis queue schema', 0))"
_EXISTS = "SELECT to_regclass(%s) IS NOT NULL"
_CREATE = """
    CREATE TABLE visavis_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
    COMMENT ON TABLE visavis_migrations IS 'Up to which of its migrations the tables of procrastinate are.';
"""
_RECORD = "INSERT INTO visavis_migrations (name) VALUES (%s)"
_LATEST = 'SELECT max(name COLLATE "C") FROM visavis_migrations'


def connection_options(url: str) -> dict[str, str]:
    """For every connection of the queue: procrastinate's statements name no schema, so the search path does."""
    given = conninfo_to_dict(url)
    options = f"{given.get('options') or ''} -c search_path={SCHEMA}".strip()
    return {"options": options, "connect_timeout": str(given.get("connect_timeout") or 5)}


def known_migrations() -> list[Path]:
    """Those of the installed procrastinate, in order."""
    return sorted(Path(migrations_path).glob("*.sql"), key=lambda path: path.name)


async def provide_schema(url: str, known: list[Path] | None = None) -> None:
    """Makes what procrastinate needs, or applies what is missing of it, step by step. Several processes may do so at
    the same time: one works, the others wait.

    Raises `SchemaMismatch` if a newer procrastinate has been here, `psycopg.Error`.
    """
    steps = known_migrations() if known is None else known
    place = make_conninfo(url, **connection_options(url))
    async with await psycopg.AsyncConnection.connect(place, autocommit=True) as connection:
        if await _latest(connection) == steps[-1].name:
            return
        await connection.execute(_LOCK)  # until the connection is closed
        async with connection.transaction():
            latest = await _latest(connection) or await _installed(connection, steps)
        if latest > steps[-1].name:
            raise SchemaMismatch(
                "The queue in the database was made by a newer version of procrastinate.",
                hint="Install the version of visavis that last used this database, or a later one.",
            )
        for step in steps:
            if step.name > latest:
                async with connection.transaction():
                    await connection.execute(sql.SQL(step.read_text(encoding="utf-8")))
                    await connection.execute(_RECORD, (step.name,))


async def _installed(connection: psycopg.AsyncConnection, steps: list[Path]) -> str:
    """Everything new; or only the record, where an older version of ours kept none. Up to where it is then."""
    await connection.execute(_CREATE)
    old = await _exists(connection, "procrastinate_jobs")
    if not old:
        await connection.execute(sql.SQL(SchemaManager.get_schema()))
    latest = FIRST if old else steps[-1].name
    await connection.execute(_RECORD, (latest,))
    return latest


async def _latest(connection: psycopg.AsyncConnection) -> str | None:
    """`None` if nothing was written down."""
    if not await _exists(connection, "visavis_migrations"):
        return None
    row = await (await connection.execute(_LATEST)).fetchone()
    return str(row[0]) if row and row[0] is not None else None


async def _exists(connection: psycopg.AsyncConnection, table: str) -> bool:
    row = await (await connection.execute(_EXISTS, (f"{SCHEMA}.{table}",))).fetchone()
    return bool(row and row[0])

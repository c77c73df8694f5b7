"""Brings the schema of a database up to what this version knows."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from psycopg import errors, sql

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.tenancy import provide_role
from visavis.domain.errors import SchemaMismatch, SettingsInvalid

#: The advisory lock that serialises first starts: "visavis" in ASCII.
_LOCK = 0x76697361766973

_CREATE = """
    CREATE TABLE schema_migrations (
        version    integer     PRIMARY KEY,
        name       text        NOT NULL,
        sha256     text        NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE schema_migrations IS 'Which versions of the schema were applied; the only table of no tenant.';
    COMMENT ON COLUMN schema_migrations.version IS 'number';
    COMMENT ON COLUMN schema_migrations.name IS 'clear text, technical: file name';
    COMMENT ON COLUMN schema_migrations.sha256 IS 'clear text, technical: digest of the file';
    COMMENT ON COLUMN schema_migrations.applied_at IS 'time';
"""
# Not to_regclass: its answer "no" would be remembered while another process, whose lock is waited for, creates it.
_EXISTS = """
    SELECT EXISTS (
        SELECT FROM pg_class WHERE relname = 'schema_migrations' AND relkind = 'r' AND pg_table_is_visible(oid)
    )
"""
_APPLIED = "SELECT version, sha256 FROM schema_migrations ORDER BY version"
_RECORD = "INSERT INTO schema_migrations (version, name, sha256) VALUES (%s, %s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of the schema. Published steps never change; a correction is another step."""

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def known_migrations() -> list[Migration]:
    """The steps in the package, in order; their versions are 1, 2, 3, …"""
    folder = files(__package__) / "migrations"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda file: file.name)
    return [
        Migration(version=int(file.name[:4]), name=file.name, text=file.read_text(encoding="utf-8"))
        for file in found
    ]


async def migrate(connection: Connection, known: list[Migration] | None = None) -> int:
    """Applies what is missing, all or nothing; the version afterwards.

    Several processes may start at once: one works, the others wait and find it done. Raises `SchemaMismatch`
    if the database is newer than this version or its history is another one.
    """
    steps = known_migrations() if known is None else known
    if len(await _pending(connection, steps)) == 0:
        return steps[-1].version
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            await provide_role(connection)  # the steps give it rights
            await _apply(connection, steps)
    except errors.InsufficientPrivilege as error:
        raise SettingsInvalid(
            "The database's user may not create tables.",
            hint="Let it own the database: ALTER DATABASE … OWNER TO …",
        ) from error
    return steps[-1].version


async def require_current(connection: Connection) -> None:
    """Raises `SchemaMismatch` unless the schema is exactly what this version knows."""
    pending = await _pending(connection, known_migrations())
    if pending:
        raise SchemaMismatch(
            f"The database lacks {len(pending)} steps of the schema.", hint="Run: visavis up"
        )


async def schema_version(connection: Connection) -> int:
    """The latest step applied, 0 for an empty database."""
    return max(await _applied(connection), default=0)


async def _apply(connection: Connection, steps: list[Migration]) -> None:
    for step in await _pending(connection, steps):
        if step.version == 1:
            await connection.execute(_CREATE)
        await connection.execute(sql.SQL(step.text))
        await connection.execute(_RECORD, (step.version, step.name, step.sha256))


async def _pending(connection: Connection, steps: list[Migration]) -> list[Migration]:
    applied = await _applied(connection)
    known = {step.version: step.sha256 for step in steps}
    if set(applied) - set(known):
        raise SchemaMismatch(
            f"The database has version {max(applied)} of the schema; this program knows up to {max(known)}.",
            hint="Install the version of visavis that last used this database, or a later one.",
        )
    altered = [version for version, digest in applied.items() if known[version] != digest]
    if altered:
        raise SchemaMismatch(
            f"Step {altered[0]} of the schema was applied in another form.",
            hint="Use a database that was made by a released version of visavis.",
        )
    return [step for step in steps if step.version not in applied]


async def _applied(connection: Connection) -> dict[int, str]:
    exists = await (await connection.execute(_EXISTS)).fetchone()
    if not exists or not exists[0]:
        return {}
    return {version: digest async for version, digest in await connection.execute(_APPLIED)}

"""What a connection to PostgreSQL is here."""

from typing import TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from visavis.domain.errors import SchemaMismatch, SettingsInvalid

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]

OLDEST_SERVER = 15
_CONNECT_TIMEOUT_S = 5


def checked_url(url: str) -> str:
    """The URL; raises `SettingsInvalid` without repeating it, because it may carry a password."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise SettingsInvalid(
            "The store's URL cannot be read.", hint="It looks like postgresql://user@host:5432/database"
        ) from None
    return url


def connect_options(url: str) -> dict[str, bool | str | int]:
    """Every statement outside a transaction block commits by itself; a dead host is noticed in seconds."""
    options: dict[str, bool | str | int] = {"autocommit": True, "client_encoding": "utf8"}
    if "connect_timeout" not in conninfo_to_dict(url):
        options["connect_timeout"] = _CONNECT_TIMEOUT_S
    return options


async def prepare(connection: Connection) -> None:
    """Settings of the session that the adapter relies on."""
    await connection.execute("SET TIME ZONE 'UTC'")


async def require_fit(connection: Connection) -> None:
    """Raises `SchemaMismatch` for a server that is too old, `SettingsInvalid` for one that cannot hold all names."""
    version = connection.info.server_version // 10_000
    if version < OLDEST_SERVER:
        raise SchemaMismatch(
            f"The database is PostgreSQL {version}.", hint=f"Use PostgreSQL {OLDEST_SERVER} or later."
        )
    if connection.info.parameter_status("server_encoding") != "UTF8":
        raise SettingsInvalid(
            "The database's encoding is not UTF-8.", hint="Create it with: CREATE DATABASE … ENCODING 'UTF8'"
        )

"""The second wall between tenants: row-level security, set for each transaction.

The first wall is that every query names the tenant. Behind it, a transaction takes the role `visavis_tenant`,
which may only do what the policies `tenant_wall` allow: touch rows of the tenant that the setting
`visavis.tenant` names. The role matters because superusers, such as the login of the embedded database, pass
every policy. Roles belong to a whole cluster, so all databases of a cluster share this one; it can log in
nowhere, and has rights on tables of Visavis only.

Where the login may neither create the role nor take it, transactions stay with the login: as the owner of the
tables it is bound all the same, because row-level security is forced on them.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import LiteralString

from psycopg import errors, sql

from visavis.adapters.postgres.connection import Connection
from visavis.domain.subject import TenantId

ROLE = "visavis_tenant"

_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)"
_MAY_CREATE = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
_MAY_USE = "SELECT has_schema_privilege(%s, current_schema(), 'USAGE')"
# What the login's membership must allow is named SET from version 16 on; before, any membership allows it.
_CHOOSE = """
    SELECT set_config('visavis.role', coalesce((
        SELECT r.rolname FROM pg_roles AS r
        WHERE r.rolname = %(role)s AND pg_has_role(current_user, r.oid, %(membership)s) AND NOT EXISTS (
            SELECT FROM pg_policy AS p
            WHERE p.polname = 'tenant_wall' AND NOT has_table_privilege(r.oid, p.polrelid, 'SELECT')
        )
    ), current_user), false)
"""
_ENTER = """
    SELECT set_config('visavis.tenant', %s, true), set_config('role', current_setting('visavis.role'), true)
"""


async def provide_role(connection: Connection) -> bool:
    """Creates the role and makes the login a member of it, as far as that is allowed; whether the role exists.

    Another database of the cluster may do the same at the same time. Also to be called before a dump is restored
    into a cluster that does not have the role yet, because a dump contains its rights but not the role itself.
    """
    if not await _one(connection, _EXISTS, (ROLE,)):
        if not await _one(connection, _MAY_CREATE):
            return False
        with contextlib.suppress(errors.DuplicateObject, errors.UniqueViolation):
            async with connection.transaction():
                await _execute(connection, "CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS")
    if not await _one(
        connection, "SELECT pg_has_role(current_user, %s, %s)", (ROLE, _membership(connection))
    ):
        with contextlib.suppress(errors.InsufficientPrivilege, errors.InternalError):
            async with connection.transaction():
                await _execute(connection, "GRANT {role} TO CURRENT_USER")
    if not await _one(connection, _MAY_USE, (ROLE,)):
        schema = str(await _one(connection, "SELECT current_schema()"))
        with contextlib.suppress(errors.InsufficientPrivilege):
            async with connection.transaction():
                await _execute(connection, "GRANT USAGE ON SCHEMA {schema} TO {role}", schema=schema)
    return True


async def choose_role(connection: Connection) -> None:
    """Remembers in the session which role its transactions take: that of tenants, or the login's own."""
    await connection.execute(_CHOOSE, {"role": ROLE, "membership": _membership(connection)})


@contextlib.asynccontextmanager
async def tenant_transaction(connection: Connection, tenant: TenantId) -> AsyncIterator[None]:
    """A transaction that sees and touches nothing of other tenants, whatever its queries say."""
    async with connection.transaction():
        await connection.execute(_ENTER, (str(tenant),))
        yield


def _membership(connection: Connection) -> str:
    return "SET" if connection.info.server_version >= 160_000 else "MEMBER"


async def _one(connection: Connection, query: LiteralString, parameters: tuple[str, ...] = ()) -> object:
    row = await (await connection.execute(query, parameters)).fetchone()
    return row[0] if row else None


async def _execute(connection: Connection, statement: LiteralString, **names: str) -> None:
    identifiers = {word: sql.Identifier(name) for word, name in names.items()}
    await connection.execute(sql.SQL(statement).format(role=sql.Identifier(ROLE), **identifiers))

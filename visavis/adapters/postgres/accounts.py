"""Users, links, sessions and sign-ins that are under way, in PostgreSQL."""

from dataclasses import dataclass

from psycopg import errors
from psycopg.rows import TupleRow

from visavis.adapters.postgres.api_keys import PostgresApiKeys
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sessions import PostgresLinks, PostgresPendingSignIns, PostgresSessions
from visavis.adapters.postgres.tenants import PostgresTenants
from visavis.adapters.postgres.vault import Vault
from visavis.domain.access import Role
from visavis.domain.account import Identity, User, UserId
from visavis.domain.errors import AccountNotFound, AlreadyExists
from visavis.domain.subject import TenantId

USER_COLUMNS = """
    u.user_id, u.login, u.role, u.galleries, u.issuer, u.subject, u.password IS NOT NULL, u.created_at,
    u.disabled_at
"""
_INSERT = """
    INSERT INTO users (tenant_id, user_id, login, role, galleries, issuer, subject, created_at, disabled_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_SELECT = f"SELECT {USER_COLUMNS} FROM users AS u WHERE u.tenant_id = %s"  # noqa: S608 (a constant)
_REPLACE = """
    UPDATE users SET role = %s, galleries = %s, issuer = %s, subject = %s, disabled_at = %s
    WHERE tenant_id = %s AND user_id = %s
"""
_SET_PASSWORD = "UPDATE users SET password = %s WHERE tenant_id = %s AND user_id = %s"  # noqa: S105 (SQL)
_REMOVE = "DELETE FROM users WHERE tenant_id = %s AND user_id = %s"


class PostgresUsers:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, user: User) -> None:
        issuer, subject = _identity(user)
        inserted = await self._connection.execute(
            _INSERT,
            (
                self._tenant,
                user.id,
                user.login,
                user.role,
                _names(user.galleries),
                issuer,
                subject,
                user.created_at,
                user.disabled_at,
            ),
        )
        if inserted.rowcount == 0:
            raise AlreadyExists(f"There is a user {user.login!r} already.")

    async def get(self, user_id: UserId) -> User:
        row = await self._one(" AND u.user_id = %s", user_id)
        if row is None:
            raise AccountNotFound("There is no such user.")
        return user_of(row)

    async def by_login(self, login: str) -> User:
        row = await self._one(" AND u.login = %s", login)
        if row is None:
            raise AccountNotFound(f"There is no user {login!r}.")
        return user_of(row)

    async def by_identity(self, identity: Identity) -> User | None:
        row = await self._one(" AND u.issuer = %s AND u.subject = %s", identity.issuer, identity.subject)
        return user_of(row) if row else None

    async def page(self, *, after: str = "", limit: int = 100) -> list[User]:
        rows = await self._connection.execute(
            _SELECT + " AND u.login > %s ORDER BY u.login LIMIT %s", (self._tenant, after, limit)
        )
        return [user_of(row) async for row in rows]

    async def replace(self, user: User) -> None:
        issuer, subject = _identity(user)
        values = (user.role, _names(user.galleries), issuer, subject, user.disabled_at)
        try:
            async with self._connection.transaction():
                updated = await self._connection.execute(_REPLACE, (*values, self._tenant, user.id))
        except errors.UniqueViolation as error:
            raise AlreadyExists("This identity belongs to another user.") from error
        if updated.rowcount == 0:
            raise AccountNotFound("There is no such user.")

    async def set_password(self, user_id: UserId, encoded: str) -> None:
        updated = await self._connection.execute(_SET_PASSWORD, (encoded, self._tenant, user_id))
        if updated.rowcount == 0:
            raise AccountNotFound("There is no such user.")

    async def owners(self) -> list[User]:
        """In one order for all, so that two who lock them do not wait for each other in a circle."""
        rows = await self._connection.execute(
            _SELECT + " AND u.role = %s AND u.disabled_at IS NULL ORDER BY u.login FOR UPDATE",
            (self._tenant, Role.OWNER),
        )
        return [user_of(row) async for row in rows]

    async def remove(self, user_id: UserId) -> None:
        if (await self._connection.execute(_REMOVE, (self._tenant, user_id))).rowcount == 0:
            raise AccountNotFound("There is no such user.")

    async def _one(self, condition: str, *values: object) -> TupleRow | None:
        return await (await self._connection.execute(_SELECT + condition, (self._tenant, *values))).fetchone()


def user_of(row: TupleRow) -> User:
    """Of `USER_COLUMNS`."""
    user_id, login, role, galleries, issuer, subject, has_password, created_at, disabled_at = row
    return User(
        id=UserId(user_id),
        login=login,
        role=Role(role),
        created_at=created_at,
        galleries=None if galleries is None else frozenset(galleries),
        identity=Identity(issuer=issuer, subject=subject) if issuer is not None else None,
        has_password=has_password,
        disabled_at=disabled_at,
    )


def _identity(user: User) -> tuple[str | None, str | None]:
    return (user.identity.issuer, user.identity.subject) if user.identity else (None, None)


def _names(galleries: frozenset[str] | None) -> list[str] | None:
    return None if galleries is None else sorted(galleries)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresAccounts:
    users: PostgresUsers
    links: PostgresLinks
    keys: PostgresApiKeys
    sessions: PostgresSessions
    pending: PostgresPendingSignIns
    tenants: PostgresTenants


def postgres_accounts(connection: Connection, tenant: TenantId, envelope: Envelope) -> PostgresAccounts:
    """The accounts of one transaction."""
    return PostgresAccounts(
        users=PostgresUsers(connection, tenant),
        links=PostgresLinks(connection, tenant),
        keys=PostgresApiKeys(connection, tenant, Vault(connection, tenant, envelope)),
        sessions=PostgresSessions(connection, tenant),
        pending=PostgresPendingSignIns(connection, tenant),
        tenants=PostgresTenants(connection),
    )

"""Sessions, one-time links, and sign-ins that are under way, in PostgreSQL."""

from datetime import datetime

from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.accounts import PendingSignIn
from visavis.domain.account import Session, SessionId, SignInMethod, UserId
from visavis.domain.errors import AccountNotFound
from visavis.domain.subject import TenantId

SESSION_COLUMNS = """
    s.session_id, s.user_id, s.method, s.opened_at, s.seen_at, s.expires_at, s.idle_s, s.agent
"""
_INSERT = """
    INSERT INTO sessions (tenant_id, session_id, user_id, method, opened_at, seen_at, expires_at, idle_s, agent,
        digest)
    SELECT u.tenant_id, %s, u.user_id, %s, %s, %s, %s, %s, %s, %s FROM users AS u
    WHERE u.tenant_id = %s AND u.user_id = %s FOR KEY SHARE
"""
_OF_USER = f"""
    SELECT {SESSION_COLUMNS} FROM sessions AS s WHERE s.tenant_id = %s AND s.user_id = %s
    ORDER BY s.opened_at DESC, s.session_id DESC
"""  # noqa: S608 (a constant)
_REMOVE = "DELETE FROM sessions WHERE tenant_id = %s AND session_id = %s"
_REMOVE_ALL = """
    DELETE FROM sessions WHERE tenant_id = %s AND user_id = %s AND session_id IS DISTINCT FROM %s
"""
_TOUCH = """
    UPDATE sessions SET seen_at = %(at)s
    WHERE tenant_id = %(tenant)s AND session_id = %(session)s AND seen_at < %(at)s
"""
_PURGE = """
    DELETE FROM sessions WHERE tenant_id = %(tenant)s
    AND (expires_at <= %(now)s OR seen_at + idle_s * interval '1 second' <= %(now)s)
"""
_PUT_LINK = """
    INSERT INTO sign_in_links (tenant_id, user_id, digest, expires_at)
    SELECT u.tenant_id, u.user_id, %(digest)s, %(expires)s FROM users AS u
    WHERE u.tenant_id = %(tenant)s AND u.user_id = %(user)s FOR KEY SHARE
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at
"""
_TAKE_LINK = """
    DELETE FROM sign_in_links WHERE tenant_id = %s AND digest = %s RETURNING user_id, expires_at
"""
_ADD_PENDING = """
    INSERT INTO pending_sign_ins (tenant_id, state, binding, redirect_uri, return_to, expires_at)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
_FORGET_PENDING = (
    "DELETE FROM pending_sign_ins WHERE tenant_id = %s AND expires_at < now() - interval '1 hour'"
)
_TAKE_PENDING = """
    DELETE FROM pending_sign_ins WHERE tenant_id = %s AND state = %s
    RETURNING state, binding, redirect_uri, return_to, expires_at
"""


class PostgresSessions:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, session: Session, digest: bytes) -> None:
        values = (
            session.id,
            session.method,
            session.opened_at,
            session.seen_at,
            session.expires_at,
            session.idle_s,
            session.agent,
            digest,
        )
        inserted = await self._connection.execute(_INSERT, (*values, self._tenant, session.user_id))
        if inserted.rowcount == 0:
            raise AccountNotFound("There is no such user.")

    async def of_user(self, user_id: UserId) -> list[Session]:
        rows = await self._connection.execute(_OF_USER, (self._tenant, user_id))
        return [session_of(row) async for row in rows]

    async def remove(self, session_id: SessionId) -> bool:
        return (await self._connection.execute(_REMOVE, (self._tenant, session_id))).rowcount > 0

    async def remove_all(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        return (await self._connection.execute(_REMOVE_ALL, (self._tenant, user_id, but))).rowcount

    async def touch(self, session_id: SessionId, at: datetime) -> None:
        await self._connection.execute(_TOUCH, {"at": at, "tenant": self._tenant, "session": session_id})

    async def purge(self, now: datetime) -> int:
        return (await self._connection.execute(_PURGE, {"tenant": self._tenant, "now": now})).rowcount


class PostgresLinks:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def put(self, user_id: UserId, digest: bytes, expires_at: datetime) -> None:
        values = {"digest": digest, "expires": expires_at, "tenant": self._tenant, "user": user_id}
        if (await self._connection.execute(_PUT_LINK, values)).rowcount == 0:
            raise AccountNotFound("There is no such user.")

    async def take(self, digest: bytes, now: datetime) -> UserId | None:
        row = await (await self._connection.execute(_TAKE_LINK, (self._tenant, digest))).fetchone()
        return UserId(row[0]) if row is not None and now < row[1] else None


class PostgresPendingSignIns:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, pending: PendingSignIn) -> None:
        await self._connection.execute(_FORGET_PENDING, (self._tenant,))
        await self._connection.execute(
            _ADD_PENDING,
            (
                self._tenant,
                pending.state,
                pending.binding,
                pending.redirect_uri,
                pending.return_to,
                pending.expires_at,
            ),
        )

    async def take(self, state: bytes, now: datetime) -> PendingSignIn | None:
        row = await (await self._connection.execute(_TAKE_PENDING, (self._tenant, state))).fetchone()
        if row is None or row[4] <= now:
            return None
        return PendingSignIn(
            state=row[0], binding=row[1], redirect_uri=row[2], return_to=row[3], expires_at=row[4]
        )


def session_of(row: TupleRow) -> Session:
    """Of `SESSION_COLUMNS`."""
    session_id, user_id, method, opened_at, seen_at, expires_at, idle_s, agent = row
    return Session(
        id=SessionId(session_id),
        user_id=UserId(user_id),
        method=SignInMethod(method),
        opened_at=opened_at,
        seen_at=seen_at,
        expires_at=expires_at,
        idle_s=idle_s,
        agent=agent,
    )

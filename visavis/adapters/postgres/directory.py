"""The directory in PostgreSQL: accounts of all tenants, seen as the owner of the tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from visavis.adapters.postgres.accounts import USER_COLUMNS, user_of
from visavis.adapters.postgres.agents import INVITATION_COLUMNS, invitation_of
from visavis.adapters.postgres.api_keys import KEY_COLUMNS, TABLE, key_of
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sessions import SESSION_COLUMNS, session_of
from visavis.adapters.postgres.tenancy import tenant_transaction
from visavis.adapters.postgres.tenants import TENANT_COLUMNS, tenant_of
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.directory import (
    InvitationRecord,
    KeyRecord,
    Lockout,
    LockoutRule,
    SessionRecord,
    UserRecord,
)
from visavis.domain.account import ApiKeyId
from visavis.domain.subject import TenantId

_USER = f"""
    SELECT {TENANT_COLUMNS}, {USER_COLUMNS}, coalesce(u.password, '')
    FROM users AS u JOIN tenants AS t USING (tenant_id)
"""  # noqa: S608 (constants)
_LINK = " JOIN sign_in_links AS l USING (tenant_id, user_id) WHERE l.digest = %s AND l.expires_at > %s"
_SESSION = f"""
    SELECT {TENANT_COLUMNS}, {USER_COLUMNS}, {SESSION_COLUMNS}
    FROM sessions AS s JOIN users AS u USING (tenant_id, user_id) JOIN tenants AS t USING (tenant_id)
    WHERE s.digest = %s
"""  # noqa: S608 (constants)
_KEY = f"""
    SELECT {TENANT_COLUMNS}, {KEY_COLUMNS}, k.data_key_id, k.nonce, k.ciphertext
    FROM api_keys AS k JOIN tenants AS t USING (tenant_id) WHERE k.digest = %s
"""  # noqa: S608 (constants)
_INVITATION = f"""
    SELECT {TENANT_COLUMNS}, {INVITATION_COLUMNS}
    FROM agent_invitations AS i JOIN tenants AS t USING (tenant_id) WHERE i.digest = %s
"""  # noqa: S608 (constants)
_TENANT = 6  # columns
_ACCOUNT = 9  # columns of a user
_LEAVE_TENANT = "SELECT set_config('visavis.tenant', '', true)"
_LEAVE_ROLE = "RESET ROLE"

_BEGIN = """
    INSERT INTO lockouts (subject, failures, tried_at) SELECT s, 0, %(now)s FROM unnest(%(subjects)s::bytea[]) AS s
    ORDER BY s ON CONFLICT DO NOTHING
"""
_TRIES = """
    SELECT subject, failures, tried_at, locked_until FROM lockouts WHERE subject = ANY(%s) ORDER BY subject FOR UPDATE
"""
_COUNT = "UPDATE lockouts SET failures = %s, tried_at = %s, locked_until = %s WHERE subject = %s"
_FORGET = "DELETE FROM lockouts WHERE tried_at < %s - interval '1 day' AND coalesce(locked_until < %s, true)"
_CLEAR = "DELETE FROM lockouts WHERE subject = ANY(%s)"
_FORGIVE = """
    UPDATE lockouts SET failures = greatest(failures - 1, 0), locked_until = NULL WHERE subject = ANY(%s)
"""


class PostgresDirectory:
    def __init__(self, connection: Connection, envelope: Envelope) -> None:
        self._connection = connection
        self._envelope = envelope

    async def user(self, login: str) -> UserRecord | None:
        return await self._user(" WHERE u.login = %s", login)

    async def link(self, digest: bytes, now: datetime) -> UserRecord | None:
        return await self._user(_LINK, digest, now)

    async def session(self, digest: bytes) -> SessionRecord | None:
        row = await (await self._connection.execute(_SESSION, (digest,))).fetchone()
        if row is None:
            return None
        return SessionRecord(
            tenant=tenant_of(row[:_TENANT]),
            user=user_of(row[_TENANT : _TENANT + _ACCOUNT]),
            session=session_of(row[_TENANT + _ACCOUNT :]),
        )

    async def key(self, digest: bytes) -> KeyRecord | None:
        row = await (await self._connection.execute(_KEY, (digest,))).fetchone()
        if row is None:
            return None
        *columns, data_key_id, nonce, ciphertext = row
        tenant, key = tenant_of(tuple(columns[:_TENANT])), key_of(tuple(columns[_TENANT:]))
        secret = None
        if ciphertext is not None:
            secret = await self._unsealed(tenant.id, key.id, Sealed(data_key_id, nonce, ciphertext))
        return KeyRecord(tenant=tenant, key=key, secret=secret)

    async def invitation(self, digest: bytes) -> InvitationRecord | None:
        row = await (await self._connection.execute(_INVITATION, (digest,))).fetchone()
        if row is None:
            return None
        tenant, invitation = tenant_of(row[:_TENANT]), invitation_of(row[_TENANT:])
        return InvitationRecord(tenant=tenant, invitation=invitation)

    async def attempt(self, subjects: Sequence[bytes], rule: LockoutRule, now: datetime) -> Lockout:
        wanted = list(subjects)
        await self._connection.execute(_FORGET, (now, now))
        await self._connection.execute(_BEGIN, {"subjects": wanted, "now": now})
        rows = await (await self._connection.execute(_TRIES, (wanted,))).fetchall()
        known = {subject: _tries(failures, at, until, rule, now) for subject, failures, at, until in rows}
        locked = [one.until for one in known.values() if one.until is not None and now < one.until]
        if locked:
            return Lockout(failures=max(one.failures for one in known.values()), until=max(locked))
        await self._count(known, rule, now)
        return Lockout(failures=max((one.failures + 1 for one in known.values()), default=0), until=None)

    async def succeeded(self, clear: Sequence[bytes], forgive: Sequence[bytes]) -> None:
        await self._connection.execute(_CLEAR, (list(clear),))
        await self._connection.execute(_FORGIVE, (list(forgive),))

    async def _count(self, known: Mapping[bytes, Lockout], rule: LockoutRule, now: datetime) -> None:
        for subject, before in known.items():
            failures = before.failures + 1
            wait_s = rule.wait_s(failures)
            until = now + timedelta(seconds=wait_s) if wait_s else None
            await self._connection.execute(_COUNT, (failures, now, until, subject))

    async def _user(self, condition: str, *values: object) -> UserRecord | None:
        row = await (await self._connection.execute(_USER + condition, values)).fetchone()
        if row is None:
            return None
        return UserRecord(tenant=tenant_of(row[:_TENANT]), user=user_of(row[_TENANT:-1]), password=row[-1])

    async def _unsealed(self, tenant: TenantId, key_id: ApiKeyId, sealed: Sealed) -> str:
        """With the tenant's own key, which even the owner of the tables reads only as that tenant."""
        async with tenant_transaction(self._connection, tenant):
            vault = Vault(self._connection, tenant, self._envelope)
            secret = await vault.open(sealed, TABLE, key_id)
        await self._connection.execute(_LEAVE_TENANT)
        await self._connection.execute(_LEAVE_ROLE)
        return secret.decode()


def _tries(failures: int, at: datetime, until: datetime | None, rule: LockoutRule, now: datetime) -> Lockout:
    """What still counts of earlier tries."""
    quiet = (now - max(at, until or at)).total_seconds()
    return (
        Lockout(failures=0, until=None) if quiet > rule.memory_s else Lockout(failures=failures, until=until)
    )

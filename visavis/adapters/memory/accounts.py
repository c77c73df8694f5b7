"""Users, links, sessions and sign-ins that are under way, in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from visavis.adapters.memory.account_tables import Registry
from visavis.adapters.memory.api_keys import MemoryApiKeys
from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.tenants import MemoryTenants
from visavis.adapters.memory.work import Work
from visavis.application.ports.accounts import PendingSignIn
from visavis.domain.access import Role
from visavis.domain.account import Identity, Session, SessionId, User, UserId
from visavis.domain.errors import AccountNotFound, AlreadyExists
from visavis.domain.subject import TenantId


class MemoryUsers:
    """Logins and identities are unique among all tenants."""

    def __init__(self, work: Work, everybody: Mapping[TenantId, Tables]) -> None:
        self._work = work
        self._everybody = everybody

    async def add(self, user: User) -> None:
        accounts = (await self._work.write()).accounts
        taken = [one for one in self._others(user.id) if one.login == user.login]
        if taken or user.id in accounts.users or self._identity_taken(user):
            raise AlreadyExists(f"There is a user {user.login!r} already.")
        accounts.users[user.id] = user

    async def get(self, user_id: UserId) -> User:
        found = self._work.read().accounts.users.get(user_id)
        if found is None:
            raise AccountNotFound("There is no such user.")
        return found

    async def by_login(self, login: str) -> User:
        for user in self._work.read().accounts.users.values():
            if user.login == login:
                return user
        raise AccountNotFound(f"There is no user {login!r}.")

    async def by_identity(self, identity: Identity) -> User | None:
        users = self._work.read().accounts.users.values()
        return next((user for user in users if user.identity == identity), None)

    async def page(self, *, after: str = "", limit: int = 100) -> list[User]:
        users = (user for user in self._work.read().accounts.users.values() if user.login > after)
        return sorted(users, key=lambda user: user.login)[:limit]

    async def replace(self, user: User) -> None:
        old = await self.get(user.id)
        accounts = (await self._work.write()).accounts
        if self._identity_taken(user):
            raise AlreadyExists("This identity belongs to another user.")
        accounts.users[user.id] = replace(
            user, login=old.login, created_at=old.created_at, has_password=old.has_password
        )

    async def set_password(self, user_id: UserId, encoded: str) -> None:
        user = await self.get(user_id)
        accounts = (await self._work.write()).accounts
        accounts.passwords[user_id] = encoded
        accounts.users[user_id] = replace(user, has_password=True)

    async def owners(self) -> list[User]:
        users = (await self._work.write()).accounts.users.values()
        return sorted(
            (user for user in users if user.role is Role.OWNER and user.disabled_at is None),
            key=lambda user: user.login,
        )

    async def remove(self, user_id: UserId) -> None:
        await self.get(user_id)
        accounts = (await self._work.write()).accounts
        accounts.drop_sessions(user_id)
        accounts.links = {name: kept for name, kept in accounts.links.items() if kept[0] != user_id}
        accounts.passwords.pop(user_id, None)
        del accounts.users[user_id]

    def _identity_taken(self, user: User) -> bool:
        return user.identity is not None and any(
            one.identity == user.identity for one in self._others(user.id)
        )

    def _others(self, user_id: UserId) -> list[User]:
        mine = self._work.read()
        others = [tables for tenant, tables in self._everybody.items() if tenant != self._work.tenant]
        return [one for t in (mine, *others) for one in t.accounts.users.values() if one.id != user_id]


class MemoryLinks:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def put(self, user_id: UserId, digest: bytes, expires_at: datetime) -> None:
        accounts = (await self._work.write()).accounts
        if user_id not in accounts.users:
            raise AccountNotFound("There is no such user.")
        accounts.links = {name: kept for name, kept in accounts.links.items() if kept[0] != user_id}
        accounts.links[digest] = (user_id, expires_at)

    async def take(self, digest: bytes, now: datetime) -> UserId | None:
        user_id, expires_at = (await self._work.write()).accounts.links.pop(digest, (None, now))
        return user_id if user_id is not None and now < expires_at else None


class MemorySessions:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, session: Session, digest: bytes) -> None:
        accounts = (await self._work.write()).accounts
        if session.user_id not in accounts.users:
            raise AccountNotFound("There is no such user.")
        accounts.sessions[digest] = session

    async def of_user(self, user_id: UserId) -> list[Session]:
        found = (one for one in self._work.read().accounts.sessions.values() if one.user_id == user_id)
        return sorted(found, key=lambda one: (one.opened_at, one.id), reverse=True)

    async def remove(self, session_id: SessionId) -> bool:
        return await self._drop(lambda one: one.id == session_id) > 0

    async def remove_all(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        return (await self._work.write()).accounts.drop_sessions(user_id, but=but)

    async def touch(self, session_id: SessionId, at: datetime) -> None:
        accounts = (await self._work.write()).accounts
        accounts.sessions = {
            digest: replace(one, seen_at=max(one.seen_at, at)) if one.id == session_id else one
            for digest, one in accounts.sessions.items()
        }

    async def purge(self, now: datetime) -> int:
        return await self._drop(lambda one: not one.usable(now))

    async def _drop(self, chosen: Callable[[Session], bool]) -> int:
        accounts = (await self._work.write()).accounts
        before = len(accounts.sessions)
        accounts.sessions = {name: one for name, one in accounts.sessions.items() if not chosen(one)}
        return before - len(accounts.sessions)


class MemoryPendingSignIns:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, pending: PendingSignIn) -> None:
        accounts = (await self._work.write()).accounts
        accounts.pending[pending.state] = pending

    async def take(self, state: bytes, now: datetime) -> PendingSignIn | None:
        found = (await self._work.write()).accounts.pending.pop(state, None)
        return found if found is not None and now < found.expires_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryAccounts:
    users: MemoryUsers
    links: MemoryLinks
    keys: MemoryApiKeys
    sessions: MemorySessions
    pending: MemoryPendingSignIns
    tenants: MemoryTenants


def memory_accounts(work: Work, everybody: dict[TenantId, Tables], registry: Registry) -> MemoryAccounts:
    """The accounts of one transaction."""
    return MemoryAccounts(
        users=MemoryUsers(work, everybody),
        links=MemoryLinks(work),
        keys=MemoryApiKeys(work),
        sessions=MemorySessions(work),
        pending=MemoryPendingSignIns(work),
        tenants=MemoryTenants(work, everybody, registry),
    )

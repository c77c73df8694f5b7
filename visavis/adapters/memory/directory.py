"""The directory in memory: looks through the accounts of all tenants."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from visavis.adapters.memory.account_tables import Registry
from visavis.adapters.memory.tables import Tables
from visavis.application.ports.directory import (
    InvitationRecord,
    KeyRecord,
    Lockout,
    LockoutRule,
    SessionRecord,
    UserRecord,
)
from visavis.domain.account import UserId
from visavis.domain.subject import TenantId


class MemoryDirectory:
    def __init__(self, everybody: Mapping[TenantId, Tables], registry: Registry) -> None:
        self._everybody = everybody
        self._registry = registry

    async def user(self, login: str) -> UserRecord | None:
        for tenant, tables in self._everybody.items():
            for user in tables.accounts.users.values():
                if user.login == login:
                    return self._user(tenant, tables, user.id)
        return None

    async def link(self, digest: bytes, now: datetime) -> UserRecord | None:
        for tenant, tables in self._everybody.items():
            user_id, expires_at = tables.accounts.links.get(digest, (None, now))
            if user_id is not None and now < expires_at:
                return self._user(tenant, tables, user_id)
        return None

    async def session(self, digest: bytes) -> SessionRecord | None:
        for tenant, tables in self._everybody.items():
            session = tables.accounts.sessions.get(digest)
            if session is not None and tenant in self._registry.tenants:
                return SessionRecord(
                    tenant=self._registry.tenants[tenant],
                    user=tables.accounts.users[session.user_id],
                    session=session,
                )
        return None

    async def key(self, digest: bytes) -> KeyRecord | None:
        for tenant, tables in self._everybody.items():
            for kept in tables.accounts.keys.values():
                if kept.digest == digest and tenant in self._registry.tenants:
                    return KeyRecord(tenant=self._registry.tenants[tenant], key=kept.key, secret=kept.secret)
        return None

    async def invitation(self, digest: bytes) -> InvitationRecord | None:
        for tenant, tables in self._everybody.items():
            found = tables.agents.invitations.get(digest)
            if found is not None and tenant in self._registry.tenants:
                return InvitationRecord(tenant=self._registry.tenants[tenant], invitation=found)
        return None

    async def attempt(self, subjects: Sequence[bytes], rule: LockoutRule, now: datetime) -> Lockout:
        known = {one: self._tries(one, rule, now) for one in subjects}
        locked = [one.until for one in known.values() if one.until is not None and now < one.until]
        if locked:
            return Lockout(failures=max(one.failures for one in known.values()), until=max(locked))
        for one, before in known.items():
            failures = before.failures + 1
            wait_s = rule.wait_s(failures)
            until = now + timedelta(seconds=wait_s) if wait_s else None
            self._registry.lockouts[one] = (Lockout(failures=failures, until=until), now)
        return Lockout(failures=max((one.failures + 1 for one in known.values()), default=0), until=None)

    async def succeeded(self, clear: Sequence[bytes], forgive: Sequence[bytes]) -> None:
        for one in clear:
            self._registry.lockouts.pop(one, None)
        for one in forgive:
            if one in self._registry.lockouts:
                before, at = self._registry.lockouts[one]
                forgiven = Lockout(failures=max(before.failures - 1, 0), until=None)
                self._registry.lockouts[one] = (forgiven, at)

    def _tries(self, subject: bytes, rule: LockoutRule, now: datetime) -> Lockout:
        before, at = self._registry.lockouts.get(subject, (Lockout(failures=0, until=None), now))
        quiet = (now - max(at, before.until or at)).total_seconds()
        return Lockout(failures=0, until=None) if quiet > rule.memory_s else before

    def _user(self, tenant: TenantId, tables: Tables, user_id: UserId) -> UserRecord | None:
        if tenant not in self._registry.tenants:
            return None
        return UserRecord(
            tenant=self._registry.tenants[tenant],
            user=tables.accounts.users[user_id],
            password=tables.accounts.passwords.get(user_id, ""),
        )

"""An installation in memory with a clock that stands still."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from visavis.adapters.memory.limiter import MemoryLimiter
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.passwords.plain import UnsafePlainPasswords
from visavis.application.access.api_keys import ApiKeys
from visavis.application.access.authenticate import Authenticate
from visavis.application.access.links import FirstStart, SetPassword
from visavis.application.access.sessions import OpenedSession, OpenSession, SessionRules, Sessions
from visavis.application.access.sign_in import ChangePassword, SignIn
from visavis.application.access.tenants import Tenants
from visavis.application.access.users import Users
from visavis.application.ports.directory import LockoutRule
from visavis.domain.access import Principal, Role
from visavis.domain.audit import AuditEntry
from visavis.domain.subject import DEFAULT_TENANT, TenantId

PASSWORD = "correct horse battery"  # noqa: S105


class StandingClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 5, 1, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def wait(self, **duration: float) -> None:
        self.time += timedelta(**duration)


class CountingIdentifiers:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self) -> uuid.UUID:
        return uuid.UUID(int=next(self._numbers))


@dataclass
class House:
    """The use cases, composed as a server does it."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: StandingClock = field(default_factory=StandingClock)
    identifiers: CountingIdentifiers = field(default_factory=CountingIdentifiers)
    passwords: UnsafePlainPasswords = field(default_factory=UnsafePlainPasswords)

    def __post_init__(self) -> None:
        store, clock, identifiers, passwords = self.store, self.clock, self.identifiers, self.passwords
        self.limiter = MemoryLimiter(now=lambda: self.clock.now().timestamp())
        self.open_session = OpenSession(
            clock=clock, identifiers=identifiers, rules=SessionRules(idle_s=3600, longest_s=4 * 3600)
        )
        self.first_start = FirstStart(store=store, clock=clock, identifiers=identifiers)
        self.set_password = SetPassword(
            store=store, clock=clock, passwords=passwords, open_session=self.open_session
        )
        rule = LockoutRule(free=5, base_s=15)
        self.sign_in = SignIn(
            store=store, clock=clock, passwords=passwords, open_session=self.open_session, rule=rule
        )
        self.change_password = ChangePassword(store=store, clock=clock, passwords=passwords, rule=rule)
        self.sessions = Sessions(store=store, clock=clock)
        self.users = Users(store=store, clock=clock, identifiers=identifiers)
        self.keys = ApiKeys(store=store, clock=clock, identifiers=identifiers)
        self.tenants = Tenants(store=store, clock=clock, identifiers=identifiers)
        self.authenticate = self.another_process()

    def another_process(self) -> Authenticate:
        """One that has looked nothing up yet."""
        return Authenticate(store=self.store, clock=self.clock, limiter=self.limiter)

    async def owner(self) -> Principal:
        """The owner, who has set a password."""
        return await self.signed_up(Role.OWNER)

    async def signed_up(self, role: Role, login: str = "") -> Principal:
        """A user of this role who has set a password."""
        opened = await self.opened(role, login)
        return opened.user.principal(opened.tenant)

    async def opened(self, role: Role, login: str = "") -> OpenedSession:
        issued = await self.first_start()
        if issued is None:
            async with self.store.transaction(DEFAULT_TENANT) as work:
                (owner, *_) = await work.accounts.users.owners()
            issued = await self.users.add(owner.principal(DEFAULT_TENANT), login or role.value, role)
        elif role is not Role.OWNER:
            await self.set_password(issued.token, PASSWORD)
            return await self.opened(role, login)
        return await self.set_password(issued.token, PASSWORD)

    async def audit(self, tenant: TenantId = DEFAULT_TENANT) -> list[AuditEntry]:
        async with self.store.transaction(tenant) as work:
            return await work.audit.page(limit=1000)

    async def actions(self) -> list[str]:
        return [entry.record.action.value for entry in await self.audit()]


@pytest.fixture
def house() -> House:
    return House()

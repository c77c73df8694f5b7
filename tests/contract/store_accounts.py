"""What every store promises about users, sessions, links and tenants."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT
from visavis.application.ports.accounts import PendingSignIn
from visavis.application.ports.directory import AccountStore, LockoutRule
from visavis.domain.access import Role
from visavis.domain.account import Identity, Rate, Session, SessionId, SignInMethod, Tenant, User, UserId
from visavis.domain.errors import AccountNotFound, AlreadyExists, LastOwner
from visavis.domain.subject import DEFAULT_TENANT, TenantId

RULE = LockoutRule(free=3, base_s=10, longest_s=40, memory_s=100)


def a_user(login: str = "ada", role: Role = Role.OPERATOR, **more: object) -> User:
    return replace(
        User(id=UserId(uuid.uuid4()), login=login, role=role, created_at=START),
        **more,  # type: ignore[arg-type]
    )


def a_session(user: User, *, minute: int = 0) -> Session:
    at = START + timedelta(minutes=minute)
    return Session(
        id=SessionId(uuid.uuid4()),
        user_id=user.id,
        method=SignInMethod.PASSWORD,
        opened_at=at,
        seen_at=at,
        expires_at=at + timedelta(hours=12),
        idle_s=3600,
        agent="Browser",
    )


def digest(number: int) -> bytes:
    return number.to_bytes(32)


async def with_tenants(store: AccountStore) -> None:
    async with store.transaction(DEFAULT_TENANT) as work:
        for tenant_id, name in ((TENANT, "one"), (OTHER_TENANT, "other")):
            await work.accounts.tenants.add(Tenant(id=tenant_id, name=name, created_at=START))


async def with_users(store: AccountStore, *users: User, tenant: TenantId = TENANT) -> None:
    async with store.transaction(tenant) as work:
        for user in users:
            await work.accounts.users.add(user)


class UsersContract:
    async def test_users_come_back_as_they_went(self, store: AccountStore) -> None:
        await with_tenants(store)
        ada = a_user("ada", galleries=frozenset({"doors", "yard"}))
        bob = a_user("bob@example.org", identity=Identity(issuer="https://id", subject="42"))
        await with_users(store, bob, ada)
        async with store.transaction(TENANT) as work:
            users = work.accounts.users
            assert await users.get(ada.id) == ada
            assert await users.by_login("bob@example.org") == bob
            assert bob.identity is not None
            assert await users.by_identity(bob.identity) == bob
            assert await users.by_identity(Identity(issuer="https://id", subject="43")) is None
            assert await users.page() == [ada, bob]
            assert await users.page(after="ada", limit=1) == [bob]
            with pytest.raises(AccountNotFound):
                await users.by_login("nobody")

    async def test_other_tenants_see_nothing_but_logins_are_unique_among_all(
        self, store: AccountStore
    ) -> None:
        await with_tenants(store)
        ada = a_user("ada", identity=Identity(issuer="i", subject="s"))
        await with_users(store, ada)
        async with store.transaction(OTHER_TENANT) as work:
            assert await work.accounts.users.page() == []
            with pytest.raises(AccountNotFound):
                await work.accounts.users.get(ada.id)
            with pytest.raises(AccountNotFound):
                await work.accounts.users.remove(ada.id)
            with pytest.raises(AccountNotFound):
                await work.accounts.users.set_password(ada.id, "x")
            with pytest.raises(AlreadyExists):
                await work.accounts.users.add(a_user("ada"))
            with pytest.raises(AlreadyExists):
                await work.accounts.users.add(a_user("eve", identity=ada.identity))
            await work.accounts.users.add(a_user("eve"))
        async with store.transaction(OTHER_TENANT) as work:
            eve = await work.accounts.users.by_login("eve")
            with pytest.raises(AlreadyExists):
                await work.accounts.users.replace(replace(eve, identity=ada.identity))
            assert await work.accounts.users.get(eve.id) == eve

    async def test_replacing_keeps_login_and_password(self, store: AccountStore) -> None:
        await with_tenants(store)
        ada = a_user("ada")
        await with_users(store, ada)
        async with store.transaction(TENANT) as work:
            await work.accounts.users.set_password(ada.id, "encoded")
            wanted = replace(ada, role=Role.AUDITOR, disabled_at=START, galleries=frozenset({"a"}))
            await work.accounts.users.replace(wanted)
            assert await work.accounts.users.get(ada.id) == replace(wanted, has_password=True)
        async with store.directory() as directory:
            found = await directory.user("ada")
        assert found is not None
        assert (found.tenant.id, found.user.role, found.password) == (TENANT, Role.AUDITOR, "encoded")

    async def test_of_the_last_two_owners_only_one_can_go(self, store: AccountStore) -> None:
        await with_tenants(store)
        owners = [a_user("ada", Role.OWNER), a_user("bob", Role.OWNER)]
        await with_users(store, *owners)

        async def go(user: User) -> str:
            try:
                async with store.transaction(TENANT) as work:
                    left = await work.accounts.users.owners()
                    await asyncio.sleep(0.01)
                    if [one.id for one in left] == [user.id]:
                        return "stays"
                    await work.accounts.users.remove(user.id)
            except AccountNotFound:
                return "gone"
            return "goes"

        assert sorted(await asyncio.gather(*(go(user) for user in owners))) == ["goes", "stays"]

    async def test_removing_a_user_removes_what_lets_it_in(self, store: AccountStore) -> None:
        await with_tenants(store)
        ada = a_user("ada")
        await with_users(store, ada)
        async with store.transaction(TENANT) as work:
            await work.accounts.sessions.add(a_session(ada), digest(1))
            await work.accounts.links.put(ada.id, digest(2), START + timedelta(hours=1))
            await work.accounts.users.remove(ada.id)
            with pytest.raises(AccountNotFound):
                await work.accounts.sessions.add(a_session(ada), digest(3))
            with pytest.raises(AccountNotFound):
                await work.accounts.links.put(ada.id, digest(4), START)
        async with store.directory() as directory:
            assert await directory.session(digest(1)) is None
            assert await directory.link(digest(2), START) is None
            assert await directory.user("ada") is None


class SessionsContract:
    async def test_sessions(self, store: AccountStore) -> None:
        await with_tenants(store)
        ada, bob = a_user("ada"), a_user("bob")
        await with_users(store, ada, bob)
        sessions = [a_session(ada, minute=minute) for minute in range(3)]
        async with store.transaction(TENANT) as work:
            for number, session in enumerate(sessions):
                await work.accounts.sessions.add(session, digest(number))
            await work.accounts.sessions.add(a_session(bob), digest(9))
        async with store.directory() as directory:
            found = await directory.session(digest(1))
            assert found is not None
            assert (found.tenant.id, found.user, found.session) == (TENANT, ada, sessions[1])
            assert await directory.session(digest(5)) is None
        async with store.transaction(TENANT) as work:
            assert await work.accounts.sessions.of_user(ada.id) == sessions[::-1]
            await work.accounts.sessions.touch(sessions[0].id, START + timedelta(minutes=30))
            await work.accounts.sessions.touch(sessions[0].id, START)
            touched = (await work.accounts.sessions.of_user(ada.id))[-1]
            assert touched.seen_at == START + timedelta(minutes=30)
            assert await work.accounts.sessions.remove(sessions[1].id)
            assert not await work.accounts.sessions.remove(sessions[1].id)
            assert await work.accounts.sessions.purge(START + timedelta(minutes=65)) == 2
            assert await work.accounts.sessions.of_user(bob.id) == []
            assert [one.id for one in await work.accounts.sessions.of_user(ada.id)] == [sessions[0].id]
            assert await work.accounts.sessions.remove_all(ada.id, but=sessions[0].id) == 0
            assert await work.accounts.sessions.remove_all(ada.id) == 1

    async def test_a_link_is_used_once_and_replaced(self, store: AccountStore) -> None:
        await with_tenants(store)
        ada = a_user("ada")
        await with_users(store, ada)
        later = START + timedelta(hours=1)
        async with store.transaction(TENANT) as work:
            await work.accounts.links.put(ada.id, digest(1), later)
            await work.accounts.links.put(ada.id, digest(2), later)
        async with store.directory() as directory:
            assert await directory.link(digest(1), START) is None
            assert await directory.link(digest(2), later) is None
            found = await directory.link(digest(2), START)
            assert found is not None
            assert found.user == ada
        async with store.transaction(OTHER_TENANT) as work:
            assert await work.accounts.links.take(digest(2), START) is None

        async def take() -> UserId | None:
            async with store.transaction(TENANT) as work:
                return await work.accounts.links.take(digest(2), START)

        taken = await asyncio.gather(*(take() for _ in range(5)))
        assert [one for one in taken if one is not None] == [ada.id]
        async with store.transaction(TENANT) as work:
            await work.accounts.links.put(ada.id, digest(3), later)
            assert await work.accounts.links.take(digest(3), later) is None

    async def test_a_sign_in_under_way_is_finished_once(self, store: AccountStore) -> None:
        pending = PendingSignIn(
            state=digest(1), binding=digest(2), redirect_uri="https://a", return_to="/x", expires_at=START
        )
        fresh = replace(pending, state=digest(3), expires_at=START + timedelta(days=3650))
        async with store.transaction(TENANT) as work:
            await work.accounts.pending.add(pending)
            await work.accounts.pending.add(fresh)
            assert await work.accounts.pending.take(digest(1), START) is None
            assert await work.accounts.pending.take(digest(3), START) == fresh
            assert await work.accounts.pending.take(digest(3), START) is None


class TenantsContract:
    async def test_tenants(self, store: AccountStore) -> None:
        await with_tenants(store)
        acme = Tenant(
            id=TenantId(uuid.uuid4()), name="acme", created_at=START, rate=Rate(per_minute=5, burst=2)
        )
        async with store.transaction(DEFAULT_TENANT) as work:
            tenants = work.accounts.tenants
            await tenants.add(acme)
            assert await tenants.get(acme.id) == acme
            assert [one.name for one in await tenants.all()] == ["acme", "default", "one", "other"]
            with pytest.raises(AlreadyExists):
                await tenants.add(replace(acme, id=TenantId(uuid.uuid4())))
            with pytest.raises(AlreadyExists):
                await tenants.replace(replace(acme, name="one"))
            await tenants.replace(replace(acme, name="ajax", suspended_at=START, rate=None))
            assert await tenants.get(acme.id) == replace(acme, name="ajax", suspended_at=START, rate=None)
            # afterwards the wall stands again
            assert await work.accounts.users.page() == []
        await with_users(store, a_user("ada"), tenant=acme.id)
        async with store.transaction(DEFAULT_TENANT) as work:
            await work.accounts.tenants.remove(acme.id)
            with pytest.raises(AccountNotFound):
                await work.accounts.tenants.get(acme.id)
        async with store.directory() as directory:
            assert await directory.user("ada") is None

    async def test_an_error_undoes_tenants_too(self, store: AccountStore) -> None:
        async def fail() -> None:
            async with store.transaction(DEFAULT_TENANT) as work:
                await work.accounts.tenants.add(Tenant(id=TENANT, name="one", created_at=START))
                raise LastOwner

        with pytest.raises(LastOwner):
            await fail()
        async with store.transaction(DEFAULT_TENANT) as work:
            assert [one.name for one in await work.accounts.tenants.all()] == ["default"]


class LockoutsContract:
    async def test_waits_double_and_are_forgotten(self, store: AccountStore) -> None:
        waits: list[float | None] = []
        now = START
        for _ in range(8):
            async with store.directory() as directory:
                lockout = await directory.attempt([b"a"], RULE, now)
            waits.append((lockout.until - now).total_seconds() if lockout.until else None)
            if lockout.until:
                now = lockout.until
        assert waits == [None, None, None, 10, None, 20, None, 40]
        async with store.directory() as directory:
            after = await directory.attempt([b"a"], RULE, now + timedelta(seconds=101))
        assert (after.failures, after.until) == (1, None)

    async def test_one_locked_subject_locks_the_try_and_counts_nothing(self, store: AccountStore) -> None:
        for _ in range(3):
            async with store.directory() as directory:
                await directory.attempt([b"address"], RULE, START)
        for _ in range(5):
            async with store.directory() as directory:
                assert (await directory.attempt([b"ada", b"address"], RULE, START)).until is not None
        async with store.directory() as directory:
            assert (await directory.attempt([b"ada"], RULE, START)).failures == 1

    async def test_success_forgives(self, store: AccountStore) -> None:
        for _ in range(3):
            async with store.directory() as directory:
                await directory.attempt([b"ada"], RULE, START)
                await directory.attempt([b"address"], RULE, START)
        async with store.directory() as directory:
            await directory.succeeded([b"ada"], [b"address", b"unknown"])
        async with store.directory() as directory:
            assert (await directory.attempt([b"ada"], RULE, START)).failures == 1
            assert (await directory.attempt([b"address"], RULE, START)).failures == 3

    async def test_tries_at_the_same_time_are_counted(self, store: AccountStore) -> None:
        async def attempt() -> bool:
            async with store.directory() as directory:
                return (await directory.attempt([b"ada", b"address"], RULE, START)).until is None

        allowed = await asyncio.gather(*(attempt() for _ in range(12)))
        assert sum(allowed) == RULE.free

"""First start, passwords, lock-out, sessions."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from tests.unit.application.access.conftest import PASSWORD, House
from visavis.adapters.passwords.plain import UnsafePlainPasswords
from visavis.application.access.sessions import OpenSession
from visavis.application.access.sign_in import SignIn
from visavis.application.access.tokens import address_key, csrf_token, is_csrf_token
from visavis.application.access.users import UserChange
from visavis.domain.access import Role
from visavis.domain.account import SignInMethod, UserId
from visavis.domain.errors import (
    AccountNotFound,
    NotAuthenticated,
    NotPermitted,
    QuotaExceeded,
    ValueInvalid,
)
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio


async def test_the_first_start_makes_one_owner_who_sets_a_password_once(house: House) -> None:
    issued = await house.first_start()
    assert issued is not None
    assert issued.user.role is Role.OWNER
    assert issued.expires_at == house.clock.now() + timedelta(hours=24)
    assert await house.first_start() is None
    assert await house.set_password.whose(issued.token) == issued.user
    with pytest.raises(ValueInvalid):
        await house.set_password(issued.token, "short")
    opened = await house.set_password(issued.token, PASSWORD)
    assert opened.session.method is SignInMethod.LINK
    admission = await house.authenticate.session(opened.token)
    assert admission.principal == opened.user.principal(DEFAULT_TENANT)
    with pytest.raises(NotAuthenticated):
        await house.set_password(issued.token, PASSWORD)
    assert await house.first_start(again=True) is None
    assert await house.actions() == ["user.created", "user.changed", "session.opened"]


async def test_the_first_link_can_be_issued_again_until_it_was_used(house: House) -> None:
    first = await house.first_start()
    second = await house.first_start(again=True)
    assert first is not None
    assert second is not None
    with pytest.raises(NotAuthenticated):
        await house.set_password(first.token, PASSWORD)
    house.clock.wait(hours=24)
    with pytest.raises(NotAuthenticated):
        await house.set_password.whose(second.token)
    with pytest.raises(NotAuthenticated):
        await house.set_password(second.token, PASSWORD)


async def test_signing_in(house: House) -> None:
    await house.owner()
    opened = await house.sign_in(" Owner ", PASSWORD, address="192.0.2.1", agent="Fire\nfox")
    assert opened.session.agent == "Firefox"
    assert (await house.authenticate.session(opened.token)).user == opened.user
    for login, password in (("owner", "wrong"), ("nobody", PASSWORD), ("two words", PASSWORD), ("", "")):
        with pytest.raises(NotAuthenticated, match="login or the password"):
            await house.sign_in(login, password)


async def test_an_unknown_login_costs_as_much_as_a_wrong_password(house: House) -> None:
    await house.owner()
    before = house.passwords.verified
    for login in ("owner", "nobody"):
        with pytest.raises(NotAuthenticated):
            await house.sign_in(login, "wrong")
    assert house.passwords.verified == before + 2


async def test_refusals_are_written_down_without_the_name(house: House) -> None:
    owner = await house.owner()
    for login in ("owner", "secret typed into the wrong field"):
        with pytest.raises(NotAuthenticated):
            await house.sign_in(login, "wrong", address="192.0.2.7")
    known, unknown = (one.record for one in (await house.audit())[-2:])
    assert (known.target, known.details["reason"]) == (f"user:{owner.actor.id}", "password")
    assert (unknown.target, unknown.details["reason"]) == ("", "unknown")
    assert "secret" not in str(unknown)
    assert "192.0.2.7" not in str(known)


@pytest.mark.parametrize("login", ["owner", "nobody"])
async def test_after_five_failures_every_further_try_waits_longer(house: House, login: str) -> None:
    await house.owner()
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await house.sign_in(login, "wrong")
    waits = []
    for _ in range(3):
        with pytest.raises(QuotaExceeded) as refused:
            await house.sign_in(login, PASSWORD)
        waits.append(refused.value.retry_after_s)
        house.clock.wait(seconds=refused.value.retry_after_s or 0)
        with pytest.raises(NotAuthenticated):
            await house.sign_in(login, "wrong")
    assert waits == [15, 30, 60]


async def test_the_right_password_after_the_wait_ends_the_lock_out(house: House) -> None:
    await house.owner()
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await house.sign_in("owner", "wrong")
    house.clock.wait(seconds=16)
    await house.sign_in("owner", PASSWORD)
    with pytest.raises(NotAuthenticated):
        await house.sign_in("owner", "wrong")


async def test_a_new_link_ends_the_lock_out(house: House) -> None:
    owner = await house.owner()
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await house.sign_in("owner", "wrong")
    issued = await house.users.sign_in_link(owner, UserId(UUID(owner.actor.id)))
    await house.set_password(issued.token, PASSWORD)
    await house.sign_in("owner", PASSWORD)


async def test_one_address_cannot_try_many_logins(house: House) -> None:
    await house.owner()
    for number in range(5):
        with pytest.raises(NotAuthenticated):
            await house.sign_in(f"user{number}", "wrong", address=f"2001:db8:0:1::{number:x}")
    with pytest.raises(QuotaExceeded):
        await house.sign_in("owner", PASSWORD, address="2001:db8:0:1:ffff::1")
    await house.sign_in("owner", PASSWORD, address="2001:db8:0:2::1")


async def test_guesses_at_the_same_time_are_counted_before_they_are_tried(house: House) -> None:
    await house.owner()
    tried = await asyncio.gather(
        *(house.sign_in("owner", f"guess {number}") for number in range(20)), return_exceptions=True
    )
    assert [type(one) for one in tried].count(NotAuthenticated) == 5
    assert [type(one) for one in tried].count(QuotaExceeded) == 15


async def test_a_password_that_is_kept_in_an_old_way_is_kept_in_the_new_one(house: House) -> None:
    await house.owner()
    newer = UnsafePlainPasswords(version=2)
    opening = OpenSession(clock=house.clock, identifiers=house.identifiers)
    sign_in = SignIn(store=house.store, clock=house.clock, passwords=newer, open_session=opening)
    await sign_in("owner", PASSWORD)
    async with house.store.directory() as directory:
        found = await directory.user("owner")
    assert found is not None
    assert found.password.startswith("plain2:")


async def test_sessions_end_when_idle_and_after_their_time(house: House) -> None:
    opened = await house.opened(Role.OWNER)
    for _ in range(4):
        house.clock.wait(minutes=55)
        await house.authenticate.session(opened.token)
    house.clock.wait(minutes=21)
    with pytest.raises(NotAuthenticated):
        await house.authenticate.session(opened.token)
    idle = await house.sign_in("owner", PASSWORD)
    house.clock.wait(minutes=61)
    with pytest.raises(NotAuthenticated):
        await house.authenticate.session(idle.token)
    with pytest.raises(NotAuthenticated):
        await house.authenticate.session("vs_forged")


async def test_closing_sessions(house: House) -> None:
    first = await house.opened(Role.OWNER)
    second, third = [await house.sign_in("owner", PASSWORD) for _ in range(2)]
    by, user_id = first.user.principal(DEFAULT_TENANT), first.user.id
    assert len(await house.sessions.all(by, user_id)) == 3
    await house.sessions.close(by, user_id, second.session.id)
    with pytest.raises(AccountNotFound):
        await house.sessions.close(by, user_id, second.session.id)
    house.authenticate.forget()
    with pytest.raises(NotAuthenticated):
        await house.authenticate.session(second.token)
    assert await house.sessions.close_all(by, user_id, but=first.session.id) == 1
    with pytest.raises(NotAuthenticated):
        await house.another_process().session(third.token)
    await house.authenticate.session(first.token)


async def test_others_do_not_see_or_close_my_sessions(house: House) -> None:
    owner = await house.opened(Role.OWNER)
    operator = await house.signed_up(Role.OPERATOR)
    with pytest.raises(NotPermitted):
        await house.sessions.all(operator, owner.user.id)
    with pytest.raises(NotPermitted):
        await house.sessions.close(operator, owner.user.id, owner.session.id)
    assert len(await house.sessions.all(operator, UserId(UUID(operator.actor.id)))) == 1


async def test_a_disabled_user_is_out_at_once(house: House) -> None:
    owner = await house.owner()
    opened = await house.opened(Role.OPERATOR)
    await house.users.change(owner, opened.user.id, UserChange(disabled=True))
    with pytest.raises(NotAuthenticated):
        await house.another_process().session(opened.token)
    with pytest.raises(NotAuthenticated):
        await house.sign_in("operator", PASSWORD)
    await house.users.change(owner, opened.user.id, UserChange(disabled=False))
    await house.sign_in("operator", PASSWORD)


async def test_changing_the_password(house: House) -> None:
    opened = await house.opened(Role.OWNER)
    other = await house.sign_in("owner", PASSWORD)
    by = opened.user.principal(DEFAULT_TENANT)
    with pytest.raises(NotAuthenticated):
        await house.change_password(by, "wrong", "another good password")
    with pytest.raises(ValueInvalid):
        await house.change_password(by, PASSWORD, "short")
    await house.change_password(by, PASSWORD, "another good password", keep=opened.session.id)
    await house.another_process().session(opened.token)
    with pytest.raises(NotAuthenticated):
        await house.another_process().session(other.token)
    await house.sign_in("owner", "another good password")


def test_csrf_tokens_belong_to_one_session() -> None:
    assert is_csrf_token("vs_a", csrf_token("vs_a"))
    assert not is_csrf_token("vs_b", csrf_token("vs_a"))
    assert not is_csrf_token("vs_a", "")
    assert not is_csrf_token("vs_a", "ö")


def test_addresses() -> None:
    assert address_key("2001:db8::1") == address_key("2001:db8:0:0:ffff::") != address_key("2001:db8:0:1::1")
    assert address_key("::ffff:192.0.2.1") == "192.0.2.1"
    assert address_key("unix") == "unix"

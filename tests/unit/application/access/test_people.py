"""Users, tenants, and writes that are sent twice."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import a_gallery
from tests.unit.application.access.conftest import PASSWORD, House
from visavis.application.access.api_keys import KeyRequest
from visavis.application.access.idempotency import Claim, Idempotency
from visavis.application.access.purge import PurgeAccess, Purged
from visavis.application.access.users import UserChange
from visavis.application.ports.requests import StoredResponse
from visavis.domain.access import Actor, ActorKind, Permission, Principal, Role, local_principal
from visavis.domain.account import UserId
from visavis.domain.errors import (
    AccountNotFound,
    AlreadyExists,
    Conflict,
    IdempotencyConflict,
    LastOwner,
    NotAuthenticated,
    NotPermitted,
    RequestInProgress,
    ValueInvalid,
)
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio

LOCAL = local_principal("tester")
ANSWER = StoredResponse(status=201, media_type="application/json", body=b"{}")


def user_id(by: Principal) -> UserId:
    return UserId(uuid.UUID(by.actor.id))


async def test_an_invited_user_signs_in_with_the_link(house: House) -> None:
    owner = await house.owner()
    issued = await house.users.add(owner, " Ada@Example.org ", Role.OPERATOR)
    assert issued.user.login == "ada@example.org"
    assert (await house.users.by_login(owner, "ADA@example.org")).id == issued.user.id
    with pytest.raises(NotAuthenticated):
        await house.sign_in("ada@example.org", "")
    await house.set_password(issued.token, PASSWORD)
    opened = await house.sign_in("ada@example.org", PASSWORD)
    assert opened.user.role is Role.OPERATOR
    with pytest.raises(AlreadyExists):
        await house.users.add(owner, "ada@example.org", Role.OPERATOR)


async def test_nobody_manages_somebody_who_may_do_more(house: House) -> None:
    owner = await house.owner()
    admin = await house.signed_up(Role.ADMINISTRATOR)
    operator = await house.signed_up(Role.OPERATOR)
    with pytest.raises(NotPermitted):
        await house.users.add(admin, "eve", Role.OWNER)
    with pytest.raises(NotPermitted):
        await house.users.change(admin, user_id(admin), UserChange(role=Role.OWNER))
    with pytest.raises(NotPermitted):
        await house.users.change(admin, user_id(owner), UserChange(disabled=True))
    with pytest.raises(NotPermitted):
        await house.users.sign_in_link(admin, user_id(owner))
    with pytest.raises(NotPermitted):
        await house.users.remove(admin, user_id(owner))
    with pytest.raises(NotPermitted):
        await house.users.page(operator)
    assert (await house.users.get(operator, user_id(operator))).role is Role.OPERATOR
    with pytest.raises(NotPermitted):
        await house.users.get(operator, user_id(admin))
    changed = await house.users.change(admin, user_id(operator), UserChange(role=Role.AUDITOR))
    assert changed.role is Role.AUDITOR


async def test_the_last_owner_stays(house: House) -> None:
    owner = await house.owner()
    for change in (UserChange(role=Role.ADMINISTRATOR), UserChange(disabled=True)):
        with pytest.raises(LastOwner):
            await house.users.change(owner, user_id(owner), change)
    with pytest.raises(LastOwner):
        await house.users.remove(LOCAL, user_id(owner))
    second = await house.signed_up(Role.OWNER, "second")
    await house.users.change(second, user_id(owner), UserChange(disabled=True))
    with pytest.raises(LastOwner):
        await house.users.remove(LOCAL, user_id(second))
    await house.users.remove(LOCAL, user_id(owner))


async def test_a_removed_user_leaves_no_way_in(house: House) -> None:
    owner = await house.owner()
    opened = await house.opened(Role.INTEGRATOR)
    by = opened.user.principal(DEFAULT_TENANT)
    kept, gone = [
        await house.keys.create(by, KeyRequest(name=name, permissions=frozenset({Permission.DETECT})))
        for name in ("one", "two")
    ]
    await house.keys.revoke(by, gone.key.id)
    assert await house.users.remove(owner, opened.user.id) == 1
    with pytest.raises(NotAuthenticated):
        await house.another_process().session(opened.token)
    with pytest.raises(NotAuthenticated):
        await house.another_process().key(kept.secret)
    assert (await house.actions())[-3:] == ["key.revoked", "user.removed", "access.refused"]
    other = await house.signed_up(Role.INTEGRATOR, "other")
    stays = await house.keys.create(other, KeyRequest(name="3", permissions=frozenset({Permission.DETECT})))
    assert await house.users.remove(owner, user_id(other), keep_keys=True) == 0
    await house.another_process().key(stays.secret)


async def test_limits_to_galleries(house: House) -> None:
    owner = await house.owner()
    issued = await house.users.add(owner, "ada", Role.ADMINISTRATOR, galleries=frozenset({"doors"}))
    ada = issued.user.principal(DEFAULT_TENANT)
    assert (await house.users.add(ada, "bob", Role.OPERATOR)).user.galleries == frozenset({"doors"})
    with pytest.raises(NotPermitted):
        await house.users.change(ada, issued.user.id, UserChange(everywhere=True))
    freed = await house.users.change(owner, issued.user.id, UserChange(everywhere=True))
    assert freed.galleries is None


async def test_changes_are_written_down_and_nothing_is_when_nothing_changes(house: House) -> None:
    owner = await house.owner()
    operator = await house.signed_up(Role.OPERATOR)
    count = len(await house.audit())
    await house.users.change(owner, user_id(operator), UserChange(role=Role.OPERATOR))
    assert len(await house.audit()) == count
    await house.users.change(owner, user_id(operator), UserChange(disabled=True))
    record = (await house.audit())[-1].record
    assert (record.action, record.details["disabled"]) == ("user.changed", True)
    assert str(record.actor) == str(owner.actor)


async def test_tenants(house: House) -> None:
    owner = await house.owner()
    acme = await house.tenants.create(owner, "acme")
    issued = await house.tenants.invite_owner(owner, acme.id, "boss@acme.example")
    opened = await house.set_password(issued.token, PASSWORD)
    boss = (await house.authenticate.session(opened.token)).principal
    assert (boss.tenant, boss.may(Permission.TENANTS_MANAGE)) == (acme.id, True)
    with pytest.raises(NotPermitted):  # an owner of another tenant owns that one alone
        await house.tenants.create(boss, "more")
    assert [one.login for one in await house.users.page(boss)] == ["boss@acme.example"]
    with pytest.raises(AccountNotFound):
        await house.users.get(boss, user_id(owner))
    with pytest.raises(Conflict):
        await house.tenants.remove(owner, acme.id)
    await house.tenants.change(owner, acme.id, name="acme", suspended=True, rate=None)
    with pytest.raises(NotAuthenticated):
        await house.another_process().session(opened.token)
    with pytest.raises(NotAuthenticated):
        await house.sign_in("boss@acme.example", PASSWORD)
    async with house.store.transaction(acme.id) as work:
        gallery: Gallery = a_gallery()
        await work.galleries.add(gallery)
    with pytest.raises(Conflict):
        await house.tenants.remove(owner, acme.id)
    async with house.store.transaction(acme.id) as work:
        await work.galleries.remove(gallery.id)
    await house.tenants.remove(owner, acme.id)
    assert [one.name for one in await house.tenants.all(owner)] == ["default"]
    assert [one for one in await house.actions() if one.startswith("tenant")] == [
        "tenant.created",
        "tenant.changed",
        "tenant.removed",
    ]
    with pytest.raises(Conflict):
        await house.tenants.change(owner, DEFAULT_TENANT, name="default", suspended=True, rate=None)


@pytest.fixture
def idempotency(house: House) -> Idempotency:
    return Idempotency(
        store=house.store,
        clock=house.clock,
        identifiers=house.identifiers,
        claim_lasts=timedelta(seconds=60),
    )


async def begun(idempotency: Idempotency, *, by: Principal = LOCAL, of: bytes = b"request") -> Claim:
    found = await idempotency.begin(by, "key-1", of)
    assert isinstance(found, Claim)
    return found


async def test_a_request_that_is_repeated_gets_its_answer(house: House, idempotency: Idempotency) -> None:
    claim = await begun(idempotency)
    with pytest.raises(RequestInProgress):
        await idempotency.begin(LOCAL, "key-1", b"request")
    await idempotency.finish(claim, ANSWER)
    assert await idempotency.begin(LOCAL, "key-1", b"request") == ANSWER
    with pytest.raises(IdempotencyConflict):
        await idempotency.begin(LOCAL, "key-1", b"another request")
    stranger = Principal(
        tenant=LOCAL.tenant, actor=Actor(kind=ActorKind.LOCAL, id="other"), permissions=frozenset()
    )
    await begun(idempotency, by=stranger, of=b"another request")
    house.clock.wait(hours=24)
    await begun(idempotency, of=b"another request")


async def test_after_a_killed_process_one_other_takes_over(house: House, idempotency: Idempotency) -> None:
    dead = await begun(idempotency)
    for waited, wait_s in ((5, 1.0), (35, 20.0)):
        house.clock.wait(seconds=waited)
        with pytest.raises(RequestInProgress) as caught:
            await idempotency.begin(LOCAL, "key-1", b"request")
        assert caught.value.retry_after_s == wait_s
    house.clock.wait(seconds=20)
    heir = await begun(idempotency)
    with pytest.raises(RequestInProgress):
        await idempotency.finish(dead, ANSWER)
    await idempotency.finish(heir, ANSWER)
    assert await idempotency.begin(LOCAL, "key-1", b"request") == ANSWER


async def test_all_tries_of_a_request_have_one_seed_and_other_requests_have_others(
    house: House, idempotency: Idempotency
) -> None:
    dead = await begun(idempotency)
    house.clock.wait(seconds=60)
    heir = await begun(idempotency)
    assert (heir.seed, heir.id != dead.id) == (dead.seed, True)
    await idempotency.give_up(heir)
    with pytest.raises(IdempotencyConflict):
        await idempotency.begin(LOCAL, "key-1", b"another request")
    last = await begun(idempotency)  # at once
    assert last.seed == dead.seed
    await idempotency.release(last)
    house.clock.wait(seconds=1)
    assert (await begun(idempotency, of=b"another request")).seed != dead.seed
    other = await idempotency.begin(LOCAL, "key-2", b"request")
    assert isinstance(other, Claim)
    assert other.seed != dead.seed


async def test_a_claim_lives_as_long_as_its_process_works(house: House, idempotency: Idempotency) -> None:
    short = replace(idempotency, claim_lasts=timedelta(milliseconds=20))
    claim = await begun(short)
    async with short.held(claim):
        for _ in range(5):
            house.clock.wait(seconds=0.019)
            for _ in range(20):  # renewed several times by then
                await asyncio.sleep(0.005)
            with pytest.raises(RequestInProgress):
                await short.begin(LOCAL, "key-1", b"request")
    house.clock.wait(seconds=1)
    await begun(short)


async def test_a_failed_request_can_be_tried_again(house: House, idempotency: Idempotency) -> None:
    await idempotency.release(await begun(idempotency))
    await idempotency.finish(await begun(idempotency), ANSWER)
    await house.opened(Role.OWNER)
    purge = PurgeAccess(store=house.store, clock=house.clock)
    assert await purge() == Purged(sessions=0, requests=0)
    house.clock.wait(hours=24)
    assert await purge() == Purged(sessions=1, requests=1)


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\nb"])
async def test_what_is_no_idempotency_key_is_refused(idempotency: Idempotency, key: str) -> None:
    with pytest.raises(ValueInvalid):
        await idempotency.begin(LOCAL, key, b"request")

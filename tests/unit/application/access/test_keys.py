"""API keys, authentication, rate limits."""

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.application.access.conftest import House
from visavis.application.access.api_keys import KeyRequest
from visavis.application.access.rate_limit import RateLimit
from visavis.application.access.users import UserChange
from visavis.domain.access import Permission, Principal, Role, local_principal
from visavis.domain.account import ApiKeyId, KeyKind, Rate, UserId
from visavis.domain.errors import (
    AccountNotFound,
    AlreadyExists,
    NotAuthenticated,
    NotPermitted,
    QuotaExceeded,
    ValueInvalid,
)

pytestmark = pytest.mark.anyio

LOCAL = local_principal("tester")
READ = frozenset({Permission.EVENTS_READ, Permission.IDENTIFY})
WANTED = KeyRequest(name="gate", permissions=READ)


async def test_each_kind_lets_its_bearer_in(house: House) -> None:
    native = await house.keys.create(LOCAL, WANTED)
    plain = await house.keys.create(LOCAL, replace(WANTED, name="compreface", kind=KeyKind.UUID))
    pair = await house.keys.create(LOCAL, replace(WANTED, name="aws", kind=KeyKind.ACCESS_KEY))
    assert re.fullmatch(r"vv_[a-z2-7]{16}_[a-z2-7]{52}", native.secret)
    assert native.secret.startswith(native.key.label)
    assert str(uuid.UUID(plain.secret)) == plain.secret
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", pair.key.label)
    assert len(pair.secret) == 40
    for created in (native, plain):
        admission = await house.authenticate.key(created.secret)
        assert admission.principal == created.key.principal(LOCAL.tenant)
        assert admission.principal.permissions == READ
    signing = await house.authenticate.access_key(pair.key.label)
    assert (signing.secret, signing.admission.key) == (pair.secret, pair.key)


async def test_secrets_stand_in_no_representation(house: House) -> None:
    for kind in KeyKind:
        created = await house.keys.create(LOCAL, replace(WANTED, name=kind.value, kind=kind))
        assert created.secret not in repr(created)
        assert all(created.secret not in str(entry) for entry in await house.audit())


async def test_what_is_not_a_key_lets_nobody_in(house: House) -> None:
    native = await house.keys.create(LOCAL, WANTED)
    pair = await house.keys.create(LOCAL, replace(WANTED, name="aws", kind=KeyKind.ACCESS_KEY))
    # neither half of a pair is a key by itself
    for wrong in ("", native.key.label, native.secret[:-1], pair.key.label, pair.secret):
        with pytest.raises(NotAuthenticated):
            await house.authenticate.key(wrong)
    for wrong in (native.secret, native.key.label, "AKIA0000000000000000"):
        with pytest.raises(NotAuthenticated):
            await house.authenticate.access_key(wrong)
    with pytest.raises(NotAuthenticated):
        await house.authenticate.key(native.secret, kind=KeyKind.UUID)


async def test_a_revoked_key_is_refused_everywhere_within_five_seconds(house: House) -> None:
    created = await house.keys.create(LOCAL, WANTED)
    here, elsewhere = house.authenticate, house.another_process()
    await here.key(created.secret)
    await elsewhere.key(created.secret)
    await house.keys.revoke(LOCAL, created.key.id)
    here.forget()
    with pytest.raises(NotAuthenticated):
        await here.key(created.secret)
    await elsewhere.key(created.secret)  # still known there
    house.clock.wait(seconds=5)
    with pytest.raises(NotAuthenticated):
        await elsewhere.key(created.secret)


async def test_a_key_expires_while_it_is_known(house: House) -> None:
    soon = house.clock.now() + timedelta(seconds=2)
    created = await house.keys.create(LOCAL, replace(WANTED, expires_at=soon))
    await house.authenticate.key(created.secret)
    house.clock.wait(seconds=2)
    with pytest.raises(NotAuthenticated):
        await house.authenticate.key(created.secret)
    refused = (await house.audit())[-1].record
    assert (refused.action, refused.details["reason"]) == ("access.refused", "expired")
    count = len(await house.audit())
    with pytest.raises(NotAuthenticated):
        await house.authenticate.key(created.secret)
    assert len(await house.audit()) == count  # once a minute


async def test_the_last_use_is_kept_to_the_minute(house: House) -> None:
    created = await house.keys.create(LOCAL, WANTED)
    start = house.clock.now()
    for seconds, expected in ((0, 0), (30, 0), (25, 0), (5, 60)):
        house.clock.wait(seconds=seconds)
        await house.authenticate.key(created.secret)
        used = (await house.keys.get(LOCAL, created.key.id)).last_used_at
        assert used == start + timedelta(seconds=expected)


async def test_nobody_gives_away_more_than_it_has(house: House) -> None:
    integrator = await house.signed_up(Role.INTEGRATOR)
    with pytest.raises(NotPermitted, match="keys:manage"):
        await house.keys.create(
            integrator, KeyRequest(name="x", permissions=frozenset({Permission.KEYS_MANAGE}))
        )
    created = await house.keys.create(integrator, WANTED)
    bearer = created.key.principal(integrator.tenant)
    with pytest.raises(NotPermitted):
        await house.keys.create(bearer, replace(WANTED, name="child"))
    operator = await house.signed_up(Role.OPERATOR)
    with pytest.raises(NotPermitted):
        await house.keys.create(operator, replace(WANTED, name="other"))


async def test_a_creator_with_limits_creates_within_them(house: House) -> None:
    limited = Principal(
        tenant=LOCAL.tenant,
        actor=LOCAL.actor,
        permissions=LOCAL.permissions,
        galleries=frozenset({"doors", "yard"}),
    )
    assert (await house.keys.create(limited, WANTED)).key.galleries == frozenset({"doors", "yard"})
    narrower = replace(WANTED, name="narrow", galleries=frozenset({"doors"}))
    assert (await house.keys.create(limited, narrower)).key.galleries == frozenset({"doors"})
    with pytest.raises(NotPermitted):
        await house.keys.create(limited, replace(WANTED, name="w", galleries=frozenset({"doors", "x"})))
    wide = await house.keys.create(LOCAL, replace(WANTED, name="wide"))
    with pytest.raises(AccountNotFound):
        await house.keys.get(limited, wide.key.id)
    with pytest.raises(NotPermitted):
        await house.keys.change(limited, wide.key.id, replace(WANTED, name="w", galleries=frozenset({"x"})))
    assert [one.name for one in await house.keys.page(limited)] == ["gate", "narrow"]


async def test_own_keys_only(house: House) -> None:
    foreign = await house.keys.create(LOCAL, WANTED)
    integrator = await house.signed_up(Role.INTEGRATOR)
    mine = await house.keys.create(integrator, replace(WANTED, name="mine"))
    assert await house.keys.page(integrator) == [mine.key]
    with pytest.raises(AccountNotFound):
        await house.keys.revoke(integrator, foreign.key.id)
    revoked = await house.keys.revoke(integrator, mine.key.id)
    assert revoked.revoked_at == house.clock.now()
    with pytest.raises(AccountNotFound):
        await house.keys.change(integrator, mine.key.id, WANTED)


async def test_invalid_keys_are_refused(house: House) -> None:
    with pytest.raises(ValueInvalid):
        await house.keys.create(LOCAL, replace(WANTED, expires_at=house.clock.now()))
    with pytest.raises(ValueInvalid):
        await house.keys.create(LOCAL, replace(WANTED, permissions=frozenset()))
    with pytest.raises(ValueInvalid):
        await house.keys.create(LOCAL, replace(WANTED, galleries=frozenset()))
    await house.keys.create(LOCAL, WANTED)
    with pytest.raises(AlreadyExists):
        await house.keys.create(LOCAL, WANTED)
    with pytest.raises(AccountNotFound):
        await house.keys.get(LOCAL, ApiKeyId(uuid.uuid4()))


async def test_changes_are_written_down_and_count_for_the_bearer(house: House) -> None:
    created = await house.keys.create(LOCAL, WANTED)
    wanted = replace(WANTED, permissions=frozenset({Permission.DETECT}), rate=Rate(per_minute=5))
    await house.keys.change(LOCAL, created.key.id, wanted)
    assert (await house.authenticate.key(created.secret)).principal.permissions == {Permission.DETECT}
    await house.keys.revoke(LOCAL, created.key.id)
    await house.keys.revoke(LOCAL, created.key.id)
    assert await house.actions() == ["key.created", "key.changed", "key.revoked"]


async def test_keys_made_with_a_key_go_with_it(house: House) -> None:
    owner = await house.owner()
    admin = await house.opened(Role.ADMINISTRATOR)
    by = admin.user.principal(admin.tenant)
    may = frozenset({Permission.KEYS_MANAGE, Permission.DETECT})
    one = await house.keys.create(by, KeyRequest(name="1", permissions=may))
    two = await house.keys.create(one.key.principal(by.tenant), KeyRequest(name="2", permissions=may))
    three = await house.keys.create(two.key.principal(by.tenant), KeyRequest(name="3", permissions=may))
    four = await house.keys.create(by, KeyRequest(name="4", permissions=may))
    await house.keys.revoke(owner, two.key.id)
    for created in (two, three):
        with pytest.raises(NotAuthenticated):
            await house.another_process().key(created.secret)
    await house.another_process().key(one.secret)
    assert await house.users.remove(owner, admin.user.id) == 2
    for created in (one, four):
        with pytest.raises(NotAuthenticated):
            await house.another_process().key(created.secret)


async def test_rate_limits_of_key_tenant_and_address(house: House) -> None:
    limit = RateLimit(limiter=house.limiter, per_address=Rate(per_minute=60, burst=2))
    created = await house.keys.create(LOCAL, replace(WANTED, rate=Rate(per_minute=30, burst=3)))
    admission = await house.authenticate.key(created.secret)
    for _ in range(3):
        await limit(admission)
    with pytest.raises(QuotaExceeded) as refused:
        await limit(admission)
    assert refused.value.retry_after_s == pytest.approx(2.0)
    house.clock.wait(seconds=2)
    await limit(admission)
    unlimited = replace(admission, key=None)
    for _ in range(50):
        await limit(unlimited)
    bounded = replace(unlimited, tenant=replace(admission.tenant, rate=Rate(per_minute=1)))
    await limit(bounded)
    with pytest.raises(QuotaExceeded):
        await limit(bounded)
    await limit.address("192.0.2.1")
    await limit.address("192.0.2.1")
    with pytest.raises(QuotaExceeded):
        await limit.address("192.0.2.1")
    await limit.address("192.0.2.2")
    await limit.address("")


async def test_keys_do_no_more_than_the_user_who_made_them(house: House) -> None:
    integrator = await house.signed_up(Role.INTEGRATOR)
    wanted = KeyRequest(
        name="both", permissions=frozenset({Permission.KEYS_OWN, Permission.EVENTS_READ, Permission.ENROL})
    )
    both = await house.keys.create(integrator, wanted)
    only = await house.keys.create(
        integrator, KeyRequest(name="only", permissions=frozenset({Permission.ENROL}))
    )
    child = await house.keys.create(
        both.key.principal(integrator.tenant),
        KeyRequest(name="child", permissions=frozenset({Permission.EVENTS_READ})),
    )
    user = UserId(uuid.UUID(integrator.actor.id))
    await house.users.change(LOCAL, user, UserChange(role=Role.AUDITOR, galleries=frozenset({"doors"})))
    kept = await house.keys.get(LOCAL, both.key.id)
    assert (kept.permissions, kept.galleries) == (frozenset({Permission.EVENTS_READ}), frozenset({"doors"}))
    assert (await house.keys.get(LOCAL, child.key.id)).galleries == frozenset({"doors"})
    house.authenticate.forget()
    with pytest.raises(NotAuthenticated):
        await house.authenticate.key(only.secret)
    await house.users.change(LOCAL, user, UserChange(disabled=True))
    for secret in (both.secret, child.secret):
        house.authenticate.forget()
        with pytest.raises(NotAuthenticated):
            await house.authenticate.key(secret)


async def test_keys_of_a_user_can_be_kept(house: House) -> None:
    integrator = await house.signed_up(Role.INTEGRATOR)
    created = await house.keys.create(integrator, WANTED)
    user = UserId(uuid.UUID(integrator.actor.id))
    for change in (UserChange(role=Role.AUDITOR, keep_keys=True), UserChange(disabled=True, keep_keys=True)):
        await house.users.change(LOCAL, user, change)
        assert (await house.keys.get(LOCAL, created.key.id)) == created.key


async def test_a_key_makes_no_key_that_outlasts_or_outruns_it(house: House) -> None:
    until = house.clock.now() + timedelta(days=1)
    permissions = frozenset({Permission.KEYS_OWN, Permission.DETECT})
    parent = await house.keys.create(
        LOCAL, KeyRequest(name="parent", permissions=permissions, expires_at=until, rate=Rate(per_minute=10))
    )
    by = parent.key.principal(LOCAL.tenant)
    wanted = KeyRequest(name="child", permissions=frozenset({Permission.DETECT}))
    child = (await house.keys.create(by, wanted)).key
    assert (child.expires_at, child.rate) == (until, Rate(per_minute=10))
    later = replace(wanted, name="later", expires_at=until + timedelta(seconds=1))
    faster = replace(wanted, name="faster", rate=Rate(per_minute=10, burst=100))
    for beyond in (later, faster):
        with pytest.raises(NotPermitted):
            await house.keys.create(by, beyond)
        with pytest.raises(NotPermitted):
            await house.keys.change(by, child.id, beyond)


async def test_a_session_that_counts_no_more_is_noted(house: House) -> None:
    opened = await house.opened(Role.OWNER)
    house.clock.wait(hours=5)
    for _ in range(3):
        with pytest.raises(NotAuthenticated):
            await house.authenticate.session(opened.token)
    refused = [one.record for one in await house.audit() if one.record.action == "access.refused"]
    assert [(one.actor, one.details["reason"]) for one in refused] == [(opened.user.actor, "ended")]

"""What every store promises about API keys and idempotency keys."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT
from tests.contract.store_accounts import digest, with_tenants
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.requests import RequestRow, StoredResponse
from visavis.domain.access import Actor, ActorKind, Permission
from visavis.domain.account import ApiKey, ApiKeyId, KeyKind, Rate
from visavis.domain.errors import AccountNotFound, AlreadyExists

ADA = Actor(kind=ActorKind.USER, id="ada")
ANSWER = StoredResponse(status=201, media_type="application/json", body=b'{"secret": "vv_x"}')


def a_key(name: str = "gate", kind: KeyKind = KeyKind.NATIVE) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(uuid.uuid4()),
        name=name,
        kind=kind,
        label="vv_abc",
        permissions=frozenset({Permission.IDENTIFY, Permission.EVENTS_READ}),
        created_by=ADA,
        created_at=START,
        galleries=frozenset({"doors"}),
        expires_at=START + timedelta(days=30),
        rate=Rate(per_minute=60, burst=10),
    )


def a_row(fingerprint: bytes = b"f", *, seconds: int = 60) -> RequestRow:
    return RequestRow(
        fingerprint=fingerprint,
        claim=uuid.uuid4(),
        claimed_until=START + timedelta(seconds=seconds),
        response=None,
    )


class ApiKeysContract:
    async def test_keys_come_back_as_they_went(self, store: AccountStore) -> None:
        await with_tenants(store)
        native, pair = a_key(), a_key("aws", KeyKind.ACCESS_KEY)
        plain = replace(a_key("plain"), galleries=None, expires_at=None, rate=None)
        async with store.transaction(TENANT) as work:
            keys = work.accounts.keys
            await keys.add(native, digest(1))
            await keys.add(pair, digest(2), secret="s/e+cret")  # noqa: S106
            await keys.add(plain, digest(3))
            assert await keys.get(native.id) == native
            assert await keys.by_name("plain") == plain
            assert await keys.page() == sorted([native, pair, plain], key=lambda key: key.id)
            (first, *rest) = await keys.page()
            assert await keys.page(after=first.id, limit=1) == rest[:1]
            assert set(await keys.created_by(str(ADA))) == {native, pair, plain}
            assert await keys.created_by("user:bob") == []
        async with store.directory() as directory:
            one, other = await directory.key(digest(1)), await directory.key(digest(2))
            assert await directory.key(digest(4)) is None
            # the directory still sees everything after it has opened a secret
            assert await directory.key(digest(3)) is not None
        assert one is not None
        assert other is not None
        assert (one.tenant.id, one.key, one.secret) == (TENANT, native, None)
        assert (other.key, other.secret) == (pair, "s/e+cret")

    async def test_other_tenants_see_nothing(self, store: AccountStore) -> None:
        await with_tenants(store)
        key = a_key()
        async with store.transaction(TENANT) as work:
            await work.accounts.keys.add(key, digest(1))
        async with store.transaction(OTHER_TENANT) as work:
            keys = work.accounts.keys
            assert await keys.page() == []
            assert await keys.created_by(str(ADA)) == []
            for tried in (
                keys.get(key.id),
                keys.by_name("gate"),
                keys.replace(key),
                keys.revoke(key.id, START),
            ):
                with pytest.raises(AccountNotFound):
                    await tried
            await keys.touch(key.id, START)
            await keys.add(a_key(), digest(2))
        async with store.transaction(TENANT) as work:
            assert await work.accounts.keys.get(key.id) == key

    async def test_names_are_unique_among_keys_in_use(self, store: AccountStore) -> None:
        await with_tenants(store)
        key, other = a_key("gate"), a_key("door")
        async with store.transaction(TENANT) as work:
            await work.accounts.keys.add(key, digest(1))
            await work.accounts.keys.add(other, digest(2))
            with pytest.raises(AlreadyExists):
                await work.accounts.keys.add(a_key("gate"), digest(3))
            with pytest.raises(AlreadyExists):
                await work.accounts.keys.replace(replace(other, name="gate"))
            assert await work.accounts.keys.revoke(key.id, START)
            await work.accounts.keys.add(a_key("gate"), digest(4))
            assert len(await work.accounts.keys.page()) == 3

    async def test_revoking_and_using(self, store: AccountStore) -> None:
        await with_tenants(store)
        key = a_key(kind=KeyKind.ACCESS_KEY)
        minute = timedelta(minutes=1)
        async with store.transaction(TENANT) as work:
            keys = work.accounts.keys
            await keys.add(key, digest(1), secret="x")  # noqa: S106
            await keys.touch(key.id, START + minute)
            await keys.touch(key.id, START)
            assert (await keys.get(key.id)).last_used_at == START + minute
            changed = replace(
                key, permissions=frozenset({Permission.DETECT}), galleries=None, rate=None, expires_at=None
            )
            await keys.replace(changed)
            assert await keys.get(key.id) == replace(changed, last_used_at=START + minute)
            assert await keys.revoke(key.id, START + 2 * minute)
            assert not await keys.revoke(key.id, START + 3 * minute)
            assert (await keys.get(key.id)).revoked_at == START + 2 * minute
        async with store.directory() as directory:
            found = await directory.key(digest(1))
        assert found is not None
        assert found.secret is None
        assert not found.key.usable(START)


class RequestsContract:
    async def test_one_of_many_works_and_the_others_get_its_answer(self, store: AccountStore) -> None:
        rows = [a_row() for _ in range(6)]

        async def claim(row: RequestRow) -> RequestRow:
            async with store.transaction(TENANT) as work:
                return await work.requests.claim(b"k", row, now=START, expires_at=START + timedelta(hours=24))

        claimed = await asyncio.gather(*(claim(row) for row in rows))
        winners = {row.claim for row in claimed}
        assert len(winners) == 1
        winner = winners.pop()
        async with store.transaction(TENANT) as work:
            assert not await work.requests.finish(b"k", uuid.uuid4(), ANSWER)
            assert await work.requests.finish(b"k", winner, ANSWER)
            await work.requests.release(b"k", winner)
        again = await claim(a_row())
        assert (again.claim, again.response) == (winner, ANSWER)
        other = await claim(a_row(b"another request"))
        assert (other.fingerprint, other.response) == (b"f", ANSWER)

    async def test_a_claim_that_ran_out_is_taken_over_by_the_same_request_only(
        self, store: AccountStore
    ) -> None:
        dead, later = a_row(seconds=60), START + timedelta(seconds=60)
        expires = START + timedelta(hours=24)
        async with store.transaction(TENANT) as work:
            await work.requests.claim(b"k", dead, now=START, expires_at=expires)
        async with store.transaction(TENANT) as work:
            stranger = a_row(b"other", seconds=120)
            assert (
                await work.requests.claim(b"k", stranger, now=later, expires_at=expires)
            ).claim == dead.claim
            heir = a_row(seconds=120)
            assert await work.requests.claim(b"k", heir, now=later, expires_at=expires) == heir
            assert not await work.requests.finish(b"k", dead.claim, ANSWER)
            assert await work.requests.finish(b"k", heir.claim, ANSWER)

    async def test_a_claim_is_renewed_by_its_holder_only_and_does_not_prolong_the_key(
        self, store: AccountStore
    ) -> None:
        first, expires = a_row(seconds=60), START + timedelta(hours=24)
        async with store.transaction(TENANT) as work:
            claimed = await work.requests.claim(b"k", first, now=START, expires_at=expires)
            assert claimed.expires_at == expires
            assert not await work.requests.renew(b"k", uuid.uuid4(), START)
            assert await work.requests.renew(b"k", first.claim, START + timedelta(seconds=90))
        heir, later = a_row(seconds=300), expires + timedelta(hours=1)
        async with store.transaction(TENANT) as work:
            early = await work.requests.claim(b"k", heir, now=START + timedelta(seconds=80), expires_at=later)
            assert (early.claim, early.claimed_until) == (first.claim, START + timedelta(seconds=90))
            taken = await work.requests.claim(b"k", heir, now=START + timedelta(seconds=90), expires_at=later)
            assert (taken, taken.expires_at) == (heir, expires)
            assert not await work.requests.renew(b"k", first.claim, later)
            assert await work.requests.finish(b"k", heir.claim, ANSWER)
            assert not await work.requests.renew(b"k", heir.claim, later)
        async with store.transaction(TENANT) as work:
            assert (await work.requests.claim(b"k", first, now=expires, expires_at=later)).expires_at == later

    async def test_tenants_do_not_share_keys_and_old_ones_are_forgotten(self, store: AccountStore) -> None:
        soon = START + timedelta(hours=1)
        first, second, third = a_row(), a_row(), a_row()
        async with store.transaction(TENANT) as work:
            await work.requests.claim(b"k", first, now=START, expires_at=soon)
            await work.requests.finish(b"k", first.claim, ANSWER)
        async with store.transaction(OTHER_TENANT) as work:
            assert await work.requests.claim(b"k", second, now=START, expires_at=soon) == second
            await work.requests.release(b"k", second.claim)
            assert await work.requests.purge(soon) == 0
        async with store.transaction(TENANT) as work:
            assert await work.requests.claim(b"k", third, now=soon, expires_at=soon) == third
            assert await work.requests.purge(soon) == 1

    async def test_an_error_undoes_the_answer(self, store: AccountStore) -> None:
        row = a_row()
        async with store.transaction(TENANT) as work:
            await work.requests.claim(b"k", row, now=START, expires_at=START + timedelta(hours=1))

        async def fail() -> None:
            async with store.transaction(TENANT) as work:
                await work.requests.finish(b"k", row.claim, ANSWER)
                raise AlreadyExists

        with pytest.raises(AlreadyExists):
            await fail()
        async with store.transaction(TENANT) as work:
            found = await work.requests.claim(b"k", a_row(), now=START, expires_at=START)
            assert (found.claim, found.response) == (row.claim, None)

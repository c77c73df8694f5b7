"""Changing keys while the store is in use."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import psycopg
import pytest

from tests.contract.making import TENANT, a_reference
from tests.contract.store_references import assert_same, prepared
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.ports.samples import KeptImage
from visavis.domain.errors import KeyUnavailable
from visavis.domain.policy import Keep
from visavis.domain.subject import Reference, ReferenceDetails, ReferenceId

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

KEYS = "SELECT purpose, master, data_key_id, retired_at IS NULL FROM data_keys ORDER BY purpose"


class Interruption(Exception):
    """The operator pressed Ctrl-C."""


@pytest.fixture
def masters() -> MemoryMasterKeys:
    return MemoryMasterKeys()


@pytest.fixture
async def store(migrated_database_url: str, masters: MemoryMasterKeys) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(migrated_database_url, masters) as store:
        yield store


async def keys(url: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await (await connection.execute(KEYS)).fetchall()


async def assert_readable(store: PostgresStore, expected: list[Reference]) -> None:
    async with store.transaction(TENANT) as unit:
        parts = [part async for part in unit.references.everything(expected[0].gallery_id)]
    found = {one.id: one for part in parts for one in part}
    assert len(found) == len(expected)
    for one in expected:
        assert_same(found[one.id], one)


def an_image(reference_id: ReferenceId) -> KeptImage:
    return KeptImage(reference_id=reference_id, kind=Keep.PHOTO, content=reference_id.bytes)


def silent(done: int, total: int) -> None:
    """No progress bar."""


async def test_rotation_leaves_everything_readable_under_a_new_key(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    gallery, subjects = await prepared(store, "Ada", "Bob")
    kept = [a_reference(gallery, subject) for subject in subjects for _ in range(600)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
        fingerprint = await unit.references.fingerprint(b"photo")
    before = await keys(migrated_database_url)
    masters.rotate()
    seen: list[tuple[int, int]] = []
    rotation = await store.rotate(TENANT, progress=lambda done, total: seen.append((done, total)))
    after = await keys(migrated_database_url)
    assert (rotation.references, rotation.deleted, rotation.rewrapped, rotation.resumed) == (
        1200,
        2,
        3,
        False,
    )
    assert seen[0] == (0, 1200)
    assert seen[-1] == (1200, 1200)
    assert [row[0] for row in after] == ["photo", "template", "vault"]
    assert {row[1] for row in after} == {masters.current}
    assert after[0][2] == before[0][2]
    assert after[1][2] != before[1][2]
    assert after[2][2] != before[2][2]
    await assert_readable(store, kept)
    async with PostgresStore(migrated_database_url, masters) as fresh:
        await assert_readable(fresh, kept)
        async with fresh.transaction(TENANT) as unit:
            assert await unit.references.fingerprint(b"photo") == fingerprint


async def test_images_and_details_are_rotated_too(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    gallery, (ada,) = await prepared(store, "Ada")
    details = ReferenceDetails(external_id="x", box=(0.0, 0.1, 0.2, 0.3))
    kept = [a_reference(gallery, ada, details=details) for _ in range(45)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
        await unit.samples.add([an_image(one.id) for one in kept])
        seed = await unit.signing.seed()
    seen: list[tuple[int, int]] = []
    rotation = await store.rotate(TENANT, progress=lambda done, total: seen.append((done, total)))
    assert (rotation.references, rotation.deleted) == (45, 2)
    assert (seen[0], seen[-1]) == ((0, 90), (90, 90))
    async with PostgresStore(migrated_database_url, masters) as fresh:
        await assert_readable(fresh, kept)
        async with fresh.transaction(TENANT) as unit:
            images = [await unit.samples.get(one.id, Keep.PHOTO) for one in kept]
            assert [image.content for image in images if image] == [one.id.bytes for one in kept]
            assert await unit.signing.seed() == seed


async def test_moving_goes_on_during_rotations(store: PostgresStore) -> None:
    gallery, subjects = await prepared(store, "Ada", "Bob", "Cyd")
    kept = [a_reference(gallery, subjects[0], details=ReferenceDetails(external_id="x")) for _ in range(12)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
        await unit.samples.add([an_image(one.id) for one in kept])
    rotating, turns = True, dict[int, int]()

    async def move(start: int) -> None:
        for turn in itertools.takewhile(lambda _: rotating, itertools.count(1)):
            turns[start] = turn
            chosen = [one.id for one in kept[start : start + 6]]
            async with store.transaction(TENANT) as unit:
                await unit.references.move(chosen, subjects[turn % 3].id)

    async def rotate() -> None:
        nonlocal rotating
        try:
            for _ in range(4):
                await store.rotate(TENANT, progress=silent)
        finally:
            rotating = False

    await asyncio.wait_for(asyncio.gather(move(0), move(3), rotate()), 120)
    assert min(turns.values()) > 1
    async with store.transaction(TENANT) as unit:
        for one in kept:
            found = await unit.references.get(one.id)
            assert found.details == one.details
            image = await unit.samples.get(one.id, Keep.PHOTO)
            assert image is not None
            assert image.content == one.id.bytes


async def test_an_interrupted_rotation_is_finished_by_the_next(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada,) = await prepared(store, "Ada")
    kept = [a_reference(gallery, ada) for _ in range(1300)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)

    def interrupt(done: int, total: int) -> None:
        if done:
            raise Interruption

    with pytest.raises(Interruption):
        await store.rotate(TENANT, progress=interrupt)
    await assert_readable(store, kept)
    assert len(await keys(migrated_database_url)) == 5
    rotation = await store.rotate(TENANT, progress=silent)
    assert rotation.resumed
    assert rotation.references == 800
    assert len(await keys(migrated_database_url)) == 3
    await assert_readable(store, kept)


async def test_enrolling_and_reading_go_on_during_rotations(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
    kept = [a_reference(gallery, ada) for _ in range(700)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
    rotating = True

    async def enrol() -> None:
        while rotating:
            new = a_reference(gallery, bob)
            async with store.transaction(TENANT) as unit:
                await unit.references.add([new])
                await asyncio.sleep(0.002)
            kept.append(new)

    async def read() -> None:
        """Another process: it has to look every key up."""
        while rotating:
            async with (
                PostgresStore(migrated_database_url, masters) as other,
                other.transaction(TENANT) as unit,
            ):
                assert len((await unit.references.of_subjects(gallery.id, [ada.id]))[ada.id]) == 700
            await asyncio.sleep(0.01)

    async def rotate() -> None:
        nonlocal rotating
        try:
            for _ in range(3):
                await asyncio.gather(
                    store.rotate(TENANT, progress=silent), store.rotate(TENANT, progress=silent)
                )
        finally:
            rotating = False

    await asyncio.wait_for(asyncio.gather(enrol(), enrol(), read(), rotate()), 120)
    assert len(kept) > 700
    assert len(await keys(migrated_database_url)) == 3
    await assert_readable(store, kept)


async def test_rewrapping_lets_go_of_the_old_master_key(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    await prepared(store, "Ada")
    masters.rotate()
    assert await store.rewrap(TENANT) == 3
    assert await store.rewrap(TENANT) == 0
    assert {row[1] for row in await keys(migrated_database_url)} == {masters.current}


async def test_a_foreign_master_key_changes_nothing(store: PostgresStore, migrated_database_url: str) -> None:
    gallery, subjects = await prepared(store, "Ada")
    kept = [a_reference(gallery, subjects[0])]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
    before = await keys(migrated_database_url)
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as stranger:
        with pytest.raises(KeyUnavailable):
            await stranger.rotate(TENANT, progress=silent)
    assert await keys(migrated_database_url) == before
    more = [a_reference(gallery, subjects[0])]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(more)
    await assert_readable(store, [*kept, *more])

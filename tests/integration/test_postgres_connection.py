"""Servers that are away, come back, or refuse; and locks."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from tests.conftest import database_url
from tests.contract.making import TENANT, a_gallery, a_reference, a_subject
from tests.contract.store_references import prepared
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.domain.errors import GalleryNotFound, SettingsInvalid, StoreDown, SubjectNotFound

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

KILL = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def cut_all_connections(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(KILL)).fetchone()
        return int(row[0]) if row else 0


async def test_nobody_there_is_told_at_once_with_the_cause(tmp_path: Path) -> None:
    store = PostgresStore(f"postgresql://somebody:secret@/none?host={tmp_path}", MemoryMasterKeys())
    with pytest.raises(StoreDown) as caught:
        await store.open()
    assert caught.value.retryable
    assert isinstance(caught.value.__cause__, psycopg.OperationalError)
    assert "secret" not in str(caught.value)


async def test_an_unreadable_url_is_told_without_repeating_it() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        PostgresStore("postgresql://u:secret@h:5432/d?nonsense=1 secret", MemoryMasterKeys())
    assert caught.value.__cause__ is None
    assert "secret" not in str(caught.value)


async def test_a_missing_database_is_told(postgres_url: str) -> None:
    with pytest.raises(StoreDown, match="does not exist"):
        await PostgresStore(database_url(postgres_url, "no_such_database"), MemoryMasterKeys()).open()


async def test_goes_on_after_all_connections_were_cut(migrated_database_url: str) -> None:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        gallery, (ada,) = await prepared(store, "Ada")

        async def enrol(everybody: asyncio.Barrier) -> None:
            async with store.transaction(TENANT) as unit:
                await everybody.wait()
                await unit.references.add([a_reference(gallery, ada)])

        for _ in range(3):
            everybody = asyncio.Barrier(8)
            await asyncio.gather(*(enrol(everybody) for _ in range(8)))
            assert await cut_all_connections(migrated_database_url) == 8
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 24


async def test_a_connection_cut_in_a_transaction_keeps_nothing_and_says_so(
    migrated_database_url: str,
) -> None:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        gallery, (ada,) = await prepared(store, "Ada")

        async def enrol_while_cut() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.references.add([a_reference(gallery, ada)])
                await cut_all_connections(migrated_database_url)

        with pytest.raises(StoreDown):
            await enrol_while_cut()
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 0


async def test_more_work_than_connections_waits_and_then_gives_up(migrated_database_url: str) -> None:
    store = PostgresStore(migrated_database_url, MemoryMasterKeys(), max_connections=1, timeout_s=0.3)
    async with store:
        async with store.transaction(TENANT):
            with pytest.raises(StoreDown):
                async with store.transaction(TENANT):
                    pass
        async with store.transaction(TENANT) as unit:
            assert await unit.galleries.all() == []


async def test_a_swallowed_error_is_not_taken_for_a_commit(migrated_database_url: str) -> None:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:

        async def swallow() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.subjects.add(a_subject("Ada"))
                with pytest.raises(psycopg.DataError):
                    await unit.subjects.find("a\0b")
                with pytest.raises(psycopg.Error):
                    await unit.subjects.page(limit=-1)

        with pytest.raises(StoreDown, match="nothing of it was kept"):
            await swallow()
        async with store.transaction(TENANT) as unit:
            assert await unit.subjects.page() == []


async def test_changes_are_announced_when_they_are_committed(migrated_database_url: str) -> None:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        gallery, (ada,) = await prepared(store, "Ada")
        async with await psycopg.AsyncConnection.connect(migrated_database_url, autocommit=True) as listener:
            await listener.execute("LISTEN visavis_changes")
            async with store.transaction(TENANT) as unit:
                await unit.references.add([a_reference(gallery, ada)])
            heard = [one.payload async for one in listener.notifies(timeout=10, stop_after=1)]
            assert heard == [str(gallery.id)]


async def test_removing_a_gallery_while_others_enrol_and_erase(migrated_database_url: str) -> None:
    """No deadlock, no reference without a gallery, no subject lost that is enrolled elsewhere."""
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        stay, go = a_gallery("stay"), a_gallery("go")
        subjects = [a_subject(f"S{number}") for number in range(10)]
        async with store.transaction(TENANT) as unit:
            for gallery in (stay, go):
                await unit.galleries.add(gallery)
            for subject in subjects:
                await unit.subjects.add(subject)
            await unit.references.add([a_reference(go, subject) for subject in subjects])

        async def enrol(number: int) -> None:
            for turn in range(6):
                for gallery in (stay, go):
                    try:
                        async with store.transaction(TENANT) as unit:
                            await unit.references.add([a_reference(gallery, subjects[number])])
                    except (GalleryNotFound, SubjectNotFound):
                        continue
                if number >= 8 and turn == 3:
                    try:
                        async with store.transaction(TENANT) as unit:
                            await unit.subjects.erase(subjects[number].id)
                    except SubjectNotFound:
                        continue

        async def remove() -> None:
            await asyncio.sleep(0.05)
            async with store.transaction(TENANT) as unit:
                await unit.galleries.remove(go.id)

        await asyncio.wait_for(asyncio.gather(remove(), *(enrol(number) for number in range(10))), 60)
        async with store.transaction(TENANT) as unit:
            assert [one.gallery.name for one in await unit.galleries.all()] == ["stay"]
            page = await unit.subjects.page()
            assert {one.subject.name for one in page if one.galleries} >= {
                f"S{number}" for number in range(8)
            }

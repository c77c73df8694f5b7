"""What every store promises about transactions."""

import asyncio

import pytest

from tests.contract.making import TENANT, a_gallery, a_reference, a_subject
from tests.contract.store_references import prepared
from visavis.application.ports.store import Store
from visavis.domain.errors import AlreadyEnrolled, AlreadyExists, SubjectNotFound


class Deliberate(Exception):
    """Raised by a test to end a transaction."""


class TransactionsContract:
    async def test_an_error_undoes_everything(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")

        async def fail() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.galleries.add(a_gallery("gone"))
                await unit.subjects.add(a_subject("Gone"))
                await unit.references.add([a_reference(gallery, ada, photo=b"p")])
                assert await unit.references.count(gallery.id) == 1
                raise Deliberate

        with pytest.raises(Deliberate):
            await fail()
        async with store.transaction(TENANT) as unit:
            assert [one.gallery for one in await unit.galleries.all()] == [gallery]
            assert [one.subject for one in await unit.subjects.page()] == [ada]
            assert await unit.references.count(gallery.id) == 0
            assert await unit.references.by_photo(gallery.id, [b"p"]) == {}
            assert await unit.references.sequence(gallery.id) == 0

    async def test_cancelling_undoes_everything(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        written = asyncio.Event()

        async def enrol() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.references.add([a_reference(gallery, ada)])
                written.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(enrol())
        await written.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 0
            await unit.references.add([a_reference(gallery, ada)])

    async def test_others_see_nothing_before_the_commit(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        async with store.transaction(TENANT) as writer:
            await writer.references.add([a_reference(gallery, ada)])
            assert len(await writer.references.changes(gallery.id, after=0)) == 1
            async with store.transaction(TENANT) as reader:
                assert await reader.references.count(gallery.id) == 0
                assert await reader.references.sequence(gallery.id) == 0
                assert await reader.references.changes(gallery.id, after=0) == []
        async with store.transaction(TENANT) as reader:
            assert await reader.references.count(gallery.id) == 1
            assert await reader.references.sequence(gallery.id) == 1

    async def test_of_many_who_add_the_same_exactly_one_succeeds(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")

        async def enrol(number: int) -> str:
            try:
                async with store.transaction(TENANT) as unit:
                    await unit.subjects.add(a_subject("Grace"))
                    await unit.references.add([a_reference(gallery, ada, photo=b"same")])
            except (AlreadyExists, AlreadyEnrolled):
                return "refused"
            return "enrolled"

        outcomes = await asyncio.gather(*(enrol(number) for number in range(8)))
        assert sorted(outcomes) == ["enrolled"] + 7 * ["refused"]
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 1

    async def test_one_after_the_other_claims_an_index_and_sees_what_was_committed(
        self, store: Store
    ) -> None:
        gallery, subjects = await prepared(store, *(f"S{number}" for number in range(6)))
        inside, seen = list[int](), list[int]()

        async def claim(number: int) -> None:
            async with store.transaction(TENANT) as unit:
                await unit.references.claim_index(gallery.id)
                assert inside == []
                inside.append(number)
                seen.append(await unit.references.sequence(gallery.id))
                await unit.references.add([a_reference(gallery, subjects[number])])
                await asyncio.sleep(0.005)
                inside.remove(number)

        await asyncio.gather(*(claim(number) for number in range(6)))
        assert seen == list(range(6))

    async def test_sequences_are_gapless_and_in_order_of_commits(self, store: Store) -> None:
        """A reader that follows the feed while others write and roll back sees every subject exactly once."""
        gallery, subjects = await prepared(store, *(f"S{number}" for number in range(24)))

        async def enrol(number: int) -> None:
            async with store.transaction(TENANT) as unit:
                await unit.references.add([a_reference(gallery, subjects[number])])
                await asyncio.sleep(0.001 * (number % 5))
                if number % 4 == 3:
                    raise Deliberate

        async def follow() -> list[int]:
            seen: list[int] = []
            while len(seen) < 18:
                async with store.transaction(TENANT) as unit:
                    after = seen[-1] if seen else 0
                    seen += [one.sequence for one in await unit.references.changes(gallery.id, after=after)]
                await asyncio.sleep(0)
            return seen

        following = asyncio.create_task(follow())
        await asyncio.gather(*(enrol(number) for number in range(24)), return_exceptions=True)
        assert await asyncio.wait_for(following, 30) == list(range(1, 19))

    async def test_erasing_while_enrolling_leaves_nothing_behind(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")

        async def enrol() -> None:
            while True:
                try:
                    async with store.transaction(TENANT) as unit:
                        await unit.references.add([a_reference(gallery, ada)])
                    await asyncio.sleep(0)
                except SubjectNotFound:
                    return

        async def erase() -> None:
            await asyncio.sleep(0.02)
            async with store.transaction(TENANT) as unit:
                await unit.subjects.erase(ada.id)

        await asyncio.wait_for(asyncio.gather(enrol(), enrol(), enrol(), erase()), 30)
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 0
            assert await unit.subjects.page() == []
            assert [one.subject_id for one in await unit.references.changes(gallery.id, after=0)] == [ada.id]

    async def test_writers_to_several_galleries_do_not_block_each_other(self, store: Store) -> None:
        """Everybody touches all galleries in another order, several calls a transaction; some erase."""
        galleries = [a_gallery(f"g{number}") for number in range(4)]
        subjects = [a_subject(f"S{number:02}") for number in range(12)]
        async with store.transaction(TENANT) as unit:
            for gallery in galleries:
                await unit.galleries.add(gallery)
            for subject in subjects:
                await unit.subjects.add(subject)

        async def work(number: int) -> None:
            subject = subjects[number]
            for turn in range(4):
                order = galleries[(number + turn) % 4 :] + galleries[: (number + turn) % 4]
                async with store.transaction(TENANT) as unit:
                    for gallery in order:
                        await unit.references.add([a_reference(gallery, subject)])
            if number % 3 == 0:
                async with store.transaction(TENANT) as unit:
                    await unit.subjects.erase(subject.id)

        await asyncio.wait_for(asyncio.gather(*(work(number) for number in range(12))), 60)
        async with store.transaction(TENANT) as unit:
            for gallery in galleries:
                assert await unit.references.count(gallery.id) == 8 * 4
                assert await unit.references.sequence(gallery.id) == 12 * 4 + 4

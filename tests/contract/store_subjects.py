"""What every store promises about subjects."""

import uuid

import pytest

from tests.contract.making import OTHER_TENANT, TENANT, a_gallery, a_reference, a_subject
from visavis.application.ports.store import Erasure, Store
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.subject import SubjectId


class SubjectsContract:
    async def test_finds_by_name_and_by_identifier(self, store: Store) -> None:
        ada = a_subject("Ada Lovelace, №1 😀")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(ada)
        async with store.transaction(TENANT) as unit:
            assert await unit.subjects.by_name(ada.name) == ada
            assert await unit.subjects.find(ada.name) == ada
            assert await unit.subjects.find("ada lovelace") is None
            assert await unit.subjects.names([ada.id, SubjectId(uuid.uuid4())]) == {ada.id: ada.name}
            assert await unit.subjects.names([]) == {}
            with pytest.raises(SubjectNotFound):
                await unit.subjects.by_name("Ada")

    async def test_refuses_a_second_of_the_same_name_and_goes_on(self, store: Store) -> None:
        ada, bob = a_subject("Ada"), a_subject("Bob")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(ada)
            with pytest.raises(AlreadyExists):
                await unit.subjects.add(a_subject("Ada"))
            await unit.subjects.add(bob)
        async with store.transaction(OTHER_TENANT) as unit:
            await unit.subjects.add(a_subject("Ada"))
        async with store.transaction(TENANT) as unit:
            assert [one.subject for one in await unit.subjects.page()] == [ada, bob]

    async def test_pages_run_through_all_in_order_of_code_points(self, store: Store) -> None:
        names = ["b", "Z", "a", "ä", "B", "10", "9", "a b", "a-b", "門"]
        async with store.transaction(TENANT) as unit:
            for name in names:
                await unit.subjects.add(a_subject(name))
        seen: list[str] = []
        async with store.transaction(TENANT) as unit:
            while page := await unit.subjects.page(after=seen[-1] if seen else "", limit=3):
                assert len(page) <= 3
                seen += [one.subject.name for one in page]
        assert seen == sorted(names)

    async def test_a_page_says_where_a_subject_is_enrolled(self, store: Store) -> None:
        gates, doors = a_gallery("gates"), a_gallery("doors")
        ada, bob = a_subject("Ada"), a_subject("Bob")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gates)
            await unit.galleries.add(doors)
            await unit.subjects.add(ada)
            await unit.subjects.add(bob)
            await unit.references.add([a_reference(g, ada) for g in (gates, gates, doors)])
        async with store.transaction(TENANT) as unit:
            page = await unit.subjects.page()
            assert [one.galleries for one in page] == [(("doors", 1), ("gates", 2)), ()]
            assert [one.subject for one in await unit.subjects.page(gallery_id=gates.id)] == [ada]
            assert await unit.subjects.page(gallery_id=gates.id, after="Ada") == []
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.subjects.page() == []

    async def test_erasing_removes_everything_everywhere_and_says_so(self, store: Store) -> None:
        gates, doors = a_gallery("gates"), a_gallery("doors")
        ada, bob = a_subject("Ada"), a_subject("Bob")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gates)
            await unit.galleries.add(doors)
            await unit.subjects.add(ada)
            await unit.subjects.add(bob)
            await unit.references.add([a_reference(g, ada, photo=b"p") for g in (gates, doors)])
            await unit.references.add([a_reference(gates, one) for one in (ada, bob)])
        async with store.transaction(TENANT) as unit:
            before = await unit.references.sequence(gates.id)
            erasure = await unit.subjects.erase(ada.id)
            assert erasure == Erasure(subject_id=ada.id, references=3, galleries=2)
        async with store.transaction(TENANT) as unit:
            assert await unit.subjects.find("Ada") is None
            assert await unit.references.of_subjects(gates.id, [ada.id]) == {}
            assert await unit.references.count(doors.id) == 0
            assert await unit.references.by_photo(doors.id, [b"p"]) == {}
            assert [one.subject_id for one in await unit.references.changes(gates.id, after=before)] == [
                ada.id
            ]
            with pytest.raises(SubjectNotFound):
                await unit.subjects.erase(ada.id)
            await unit.subjects.add(a_subject("Ada"))

    async def test_another_tenants_subject_cannot_be_erased(self, store: Store) -> None:
        ada = a_subject("Ada")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(ada)
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.subjects.names([ada.id]) == {}
            with pytest.raises(SubjectNotFound):
                await unit.subjects.erase(ada.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.subjects.by_name("Ada") == ada

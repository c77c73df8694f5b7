"""What every store promises about kinds of subjects and about who is in a gallery."""

import uuid

import pytest

from tests.contract.making import (
    OTHER_MODEL,
    OTHER_TENANT,
    TENANT,
    a_gallery,
    a_reference,
    a_subject,
    a_template,
)
from tests.contract.store_references import prepared
from visavis.application.ports.store import Store
from visavis.domain.errors import AlreadyExists, GalleryNotFound, SubjectNotFound
from visavis.domain.subject import SubjectId, SubjectKind


class MembersContract:
    async def test_a_subject_is_renamed_and_gets_a_kind(self, store: Store) -> None:
        unknown, bob = a_subject("unknown-1", kind=SubjectKind.ANONYMOUS), a_subject("Bob")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(unknown)
            await unit.subjects.add(bob)
            assert await unit.subjects.get(unknown.id) == unknown
            with pytest.raises(AlreadyExists):
                await unit.subjects.rename(unknown.id, "Bob", kind=SubjectKind.NAMED)
            renamed = await unit.subjects.rename(unknown.id, "Ada", kind=SubjectKind.NAMED)
            same = await unit.subjects.rename(bob.id, "Bob", kind=SubjectKind.ANONYMOUS)
        assert (renamed.name, renamed.kind, renamed.created_at) == (
            "Ada",
            SubjectKind.NAMED,
            unknown.created_at,
        )
        async with store.transaction(TENANT) as unit:
            assert await unit.subjects.by_name("Ada") == renamed
            assert await unit.subjects.get(bob.id) == same
            assert await unit.subjects.find("unknown-1") is None
        async with store.transaction(OTHER_TENANT) as unit:
            for call in (
                unit.subjects.get(bob.id),
                unit.subjects.rename(bob.id, "x", kind=SubjectKind.NAMED),
            ):
                with pytest.raises(SubjectNotFound):
                    await call

    async def test_pages_are_limited_to_a_kind_and_a_prefix(self, store: Store) -> None:
        gallery = a_gallery()
        named = [a_subject(name) for name in ("a", "a%b", "a%c", "ab", "b", "ä")]
        face = a_subject("a%d", kind=SubjectKind.FACE)
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gallery)
            for subject in (*named, face):
                await unit.subjects.add(subject)
            await unit.subjects.join(gallery.id, face.id)
            await unit.subjects.join(gallery.id, named[1].id)
        async with store.transaction(TENANT) as unit:
            page = unit.subjects.page

            async def names(**options: object) -> list[str]:
                return [one.subject.name for one in await page(**options)]  # type: ignore[arg-type]

            assert await names(prefix="a%") == ["a%b", "a%c", "a%d"]
            assert await names(prefix="a%", after="a%b", limit=1) == ["a%c"]
            assert await names(prefix="a", kind=SubjectKind.FACE) == ["a%d"]
            assert await names(kind=SubjectKind.ANONYMOUS) == []
            assert await names(containing="B") == ["a%b", "ab", "b"]
            assert await names(containing="%", after="a%b") == ["a%c", "a%d"]
            assert await names(containing="b", prefix="a%") == ["a%b"]
            assert await names(gallery_id=gallery.id) == ["a%b", "a%d"]
            assert await names(gallery_id=gallery.id, kind=SubjectKind.NAMED, prefix="a%") == ["a%b"]

    async def test_a_member_needs_no_reference_and_stays_one_without(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        kept = a_reference(gallery, bob)
        async with store.transaction(TENANT) as unit:
            for _ in range(2):
                await unit.subjects.join(gallery.id, ada.id)
            await unit.references.add([kept])
            await unit.references.remove(kept.id)
        async with store.transaction(TENANT) as unit:
            page = await unit.subjects.page(gallery_id=gallery.id)
            assert [(one.subject, one.galleries) for one in page] == [
                (ada, ((gallery.name, 0),)),
                (bob, ((gallery.name, 0),)),
            ]
            (summary,) = await unit.galleries.all()
            assert (summary.subjects, summary.references) == (2, 0)
            with pytest.raises(SubjectNotFound):
                await unit.subjects.join(gallery.id, SubjectId(uuid.uuid4()))
            with pytest.raises(GalleryNotFound):
                await unit.subjects.join(a_gallery("nowhere").id, ada.id)
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(GalleryNotFound):
                await unit.subjects.join(gallery.id, ada.id)

    async def test_leaving_the_last_gallery_removes_the_subject(self, store: Store) -> None:
        doors, (ada, bob) = await prepared(store, "Ada", "Bob")
        gates = a_gallery("gates")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gates)
            await unit.references.add(
                [a_reference(doors, ada), a_reference(doors, ada), a_reference(doors, bob)]
            )
            await unit.subjects.join(gates.id, ada.id)
        async with store.transaction(TENANT) as unit:
            before = await unit.references.sequence(doors.id)
            assert await unit.subjects.leave(doors.id, ada.id) == 2
            with pytest.raises(SubjectNotFound):
                await unit.subjects.leave(doors.id, ada.id)
            changed = await unit.references.changes(doors.id, after=before)
            assert [one.subject_id for one in changed] == [ada.id]
            assert await unit.subjects.by_name("Ada") == ada
            assert await unit.subjects.leave(gates.id, ada.id) == 0
            assert await unit.subjects.find("Ada") is None
            assert await unit.subjects.page() == await unit.subjects.page(gallery_id=doors.id)
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(SubjectNotFound):
                await unit.subjects.leave(doors.id, bob.id)

    async def test_removing_a_gallery_takes_members_without_reference(self, store: Store) -> None:
        gallery, (ada, _) = await prepared(store, "Ada", "Nowhere")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, ada.id)
            assert await unit.galleries.remove(gallery.id) == 0
        async with store.transaction(TENANT) as unit:
            assert [one.subject.name for one in await unit.subjects.page()] == ["Nowhere"]

    async def test_erasing_counts_memberships_as_galleries(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, ada.id)
            erasure = await unit.subjects.erase(ada.id)
            assert (erasure.references, erasure.galleries) == (0, 1)
            assert (await unit.galleries.all())[0].subjects == 0

    async def test_another_model_empties_a_gallery_but_members_stay(self, store: Store) -> None:
        gallery, (ada, face) = await prepared(store, "Ada", "Bob")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.rename(face.id, "face-1", kind=SubjectKind.FACE)
            await unit.references.add(
                [a_reference(gallery, one, photo=one.name.encode()) for one in (ada, face)]
            )
        async with store.transaction(TENANT) as unit:
            await unit.galleries.replace_model(gallery.id, pack="light", model=gallery.model)
            assert await unit.references.count(gallery.id) == 2
            before = await unit.references.sequence(gallery.id)
            await unit.galleries.replace_model(gallery.id, pack="big", model=OTHER_MODEL)
            again = a_reference(gallery, ada, photo=ada.name.encode(), template=a_template(OTHER_MODEL))
            await unit.references.add([again])
        async with store.transaction(TENANT) as unit:
            found = await unit.galleries.get(gallery.id)
            assert (found.pack, found.model, found.policy) == ("big", OTHER_MODEL, gallery.policy)
            assert set(await unit.references.of_subjects(gallery.id, [ada.id, face.id])) == {ada.id}
            assert len(await unit.subjects.page(gallery_id=gallery.id)) == 2
            changed = await unit.references.changes(gallery.id, after=before)
            assert {one.subject_id for one in changed} == {ada.id, face.id}
            with pytest.raises(GalleryNotFound):
                await unit.galleries.replace_model(a_gallery().id, pack="x", model=OTHER_MODEL)
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(GalleryNotFound):
                await unit.galleries.get(gallery.id)
            with pytest.raises(GalleryNotFound):
                await unit.galleries.replace_model(gallery.id, pack="x", model=OTHER_MODEL)

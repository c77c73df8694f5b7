"""What every store promises about looking at references, moving them, and their age."""

import uuid
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, a_gallery, a_reference, a_subject
from tests.contract.store_references import assert_same, prepared
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import Store
from visavis.domain.errors import ReferenceNotFound, SubjectNotFound
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceDetails, ReferenceId, SubjectId, SubjectKind

DETAILS = ReferenceDetails(
    external_id="Käthe #1 \x00😀",
    image_id=uuid.UUID(int=5),
    box=(0.1 + 0.2, 0.0, 1.0, 0.5),
    detection_score=0.99,
)


class ReferencePagesContract:
    async def test_one_is_given_back_with_its_details(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        kept = [
            a_reference(gallery, ada, photo=b"p", details=DETAILS),
            a_reference(gallery, ada, details=ReferenceDetails(external_id="only")),
            a_reference(gallery, ada, minute=1),
        ]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept)
        async with store.transaction(TENANT) as unit:
            for one in kept:
                assert_same(await unit.references.get(one.id), one)
            parts = [part async for part in unit.references.everything(gallery.id)]
            assert {one.id: one.details for part in parts for one in part} == {
                one.id: one.details for one in kept
            }
            with pytest.raises(ReferenceNotFound):
                await unit.references.get(ReferenceId(uuid.uuid4()))
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(ReferenceNotFound):
                await unit.references.get(kept[0].id)
            with pytest.raises(ReferenceNotFound):
                await unit.references.remove(kept[0].id)

    async def test_pages_run_through_all_in_order_of_identifiers(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        kept = [a_reference(gallery, one, details=DETAILS) for one in (ada, bob, ada, bob, ada)]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept)
        async with store.transaction(TENANT) as unit:
            page = await unit.references.page(gallery.id, limit=3)
            page += await unit.references.page(gallery.id, after=page[-1].id, limit=3)
            assert [one.id for one in page] == sorted(one.id for one in kept)
            by_id = {one.id: one for one in page}
            first = by_id[kept[0].id]
            assert (first.subject_id, first.subject, first.kind) == (ada.id, "Ada", SubjectKind.NAMED)
            assert (first.details, first.created_at, first.gallery_id) == (DETAILS, START, gallery.id)
            assert first.quality == pytest.approx(71.5)
            of_bob = await unit.references.page(gallery.id, subject_id=bob.id)
            assert {one.id for one in of_bob} == {kept[1].id, kept[3].id}
            wanted = [kept[0].id, ReferenceId(uuid.uuid4()), kept[1].id]
            some = await unit.references.page(gallery.id, ids=wanted)
            assert [one.id for one in some] == sorted([kept[0].id, kept[1].id])
            assert [
                one.id for one in await unit.references.page(gallery.id, ids=wanted, subject_id=bob.id)
            ] == [kept[1].id]
            assert await unit.references.page(gallery.id, ids=[]) == []
            skipped = await unit.references.page(gallery.id, offset=2, limit=2)
            assert [one.id for one in skipped] == [one.id for one in page[2:4]]
            assert await unit.references.page(gallery.id, offset=len(kept)) == []
            assert await unit.references.page(a_gallery().id) == []
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.references.page(gallery.id) == []

    async def test_moved_references_are_those_of_the_other_subject(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        face = a_subject("face-1", kind=SubjectKind.FACE)
        moved = [a_reference(gallery, face, photo=b"p", details=DETAILS), a_reference(gallery, bob, minute=3)]
        stays = a_reference(gallery, bob)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(face)
            await unit.references.add([*moved, stays])
            await unit.samples.add(
                [
                    KeptImage(reference_id=moved[0].id, kind=kind, content=kind.encode())
                    for kind in (Keep.SAMPLE, Keep.PHOTO)
                ]
            )
        async with store.transaction(TENANT) as unit:
            before = await unit.references.sequence(gallery.id)
            await unit.references.move([one.id for one in moved], ada.id)
        async with store.transaction(TENANT) as unit:
            found = await unit.references.of_subjects(gallery.id, [ada.id, bob.id, face.id])
            assert [one.id for one in found[ada.id]] == [one.id for one in moved]
            assert [one.details for one in found[ada.id]] == [DETAILS, ReferenceDetails()]
            assert [one.id for one in found[bob.id]] == [stays.id]
            assert await unit.references.by_photo(gallery.id, [b"p"]) == {b"p": ada.id}
            assert await unit.subjects.find("face-1") is None
            members = await unit.subjects.page(gallery_id=gallery.id)
            assert [one.subject.name for one in members] == ["Ada", "Bob"]
            changed = await unit.references.changes(gallery.id, after=before)
            assert {one.subject_id for one in changed} == {ada.id, bob.id, face.id}
            for kind in (Keep.SAMPLE, Keep.PHOTO):
                image = await unit.samples.get(moved[0].id, kind)
                assert image is not None
                assert image.content == kind.encode()

    async def test_moving_to_the_same_subject_changes_nothing(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        face = a_subject("face-1", kind=SubjectKind.FACE)
        kept = a_reference(gallery, face)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(face)
            await unit.references.add([kept])
        async with store.transaction(TENANT) as unit:
            before = await unit.references.sequence(gallery.id)
            await unit.references.move([kept.id, kept.id], face.id)
            assert await unit.references.sequence(gallery.id) == before
            assert await unit.subjects.get(face.id) == face
            with pytest.raises(ReferenceNotFound):
                await unit.references.move([kept.id, ReferenceId(uuid.uuid4())], ada.id)
            with pytest.raises(SubjectNotFound):
                await unit.references.move([kept.id], SubjectId(uuid.uuid4()))
            assert (await unit.references.get(kept.id)).subject_id == face.id
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(SubjectNotFound):
                await unit.references.move([kept.id], ada.id)

    async def test_a_face_goes_with_its_last_reference(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        elsewhere = a_gallery("elsewhere")
        face = a_subject("face-1", kind=SubjectKind.FACE)
        here, there = a_reference(gallery, face), a_reference(elsewhere, face)
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(elsewhere)
            await unit.subjects.add(face)
            await unit.references.add([here, there])
            await unit.references.remove(here.id)
            assert await unit.subjects.get(face.id) == face
            await unit.references.remove(there.id)
            with pytest.raises(SubjectNotFound):
                await unit.subjects.get(face.id)
            assert [one.subjects for one in await unit.galleries.all()] == [0, 0]

    async def test_the_oldest_expire_first(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        kept = [
            a_reference(gallery, one, minute=minute)
            for one, minute in ((ada, 3), (bob, 1), (ada, 2), (bob, 4))
        ]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept)
        async with store.transaction(TENANT) as unit:
            until = START + timedelta(minutes=4)
            assert await unit.references.expired(gallery.id, until, limit=10) == [
                kept[1].id,
                kept[2].id,
                kept[0].id,
            ]
            assert await unit.references.expired(gallery.id, until, limit=1) == [kept[1].id]
            assert await unit.references.expired(gallery.id, START, limit=10) == []
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.references.expired(gallery.id, until, limit=10) == []

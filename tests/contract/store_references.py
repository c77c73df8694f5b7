"""What every store promises about references."""

import uuid

import numpy as np
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
from visavis.application.ports.index_arguments import by_subject
from visavis.application.ports.store import Store
from visavis.domain.errors import (
    AlreadyEnrolled,
    GalleryNotFound,
    ModelMismatch,
    ReferenceNotFound,
    SubjectNotFound,
    VisavisError,
)
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, ReferenceId, Subject


async def prepared(store: Store, *names: str) -> tuple[Gallery, list[Subject]]:
    """A gallery and subjects of these names."""
    gallery, subjects = a_gallery(), [a_subject(name) for name in names]
    async with store.transaction(TENANT) as unit:
        await unit.galleries.add(gallery)
        for subject in subjects:
            await unit.subjects.add(subject)
    return gallery, subjects


def assert_same(found: Reference, expected: Reference) -> None:
    """Equal but for the length and quality, which are kept as float32."""
    assert (found.id, found.subject_id, found.gallery_id) == (
        expected.id,
        expected.subject_id,
        expected.gallery_id,
    )
    assert (found.photo, found.created_at) == (expected.photo, expected.created_at)
    assert found.details == expected.details
    assert np.array_equal(found.template.vector, expected.template.vector)
    assert found.template.model == expected.template.model
    assert found.template.norm == pytest.approx(expected.template.norm, rel=1e-6)
    if expected.template.quality is None:
        assert found.template.quality is None
    else:
        assert found.template.quality == pytest.approx(expected.template.quality, rel=1e-6)


class ReferencesContract:
    async def test_vectors_come_whole_by_subject(self, store: Store) -> None:
        gallery, subjects = await prepared(store, "Ada", "Bob", "Cyd")
        ada, bob, _ = subjects
        apart = [a_reference(gallery, one) for one in (ada, bob, ada)]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(apart)
        async with store.transaction(TENANT) as unit:
            await unit.references.add([last := a_reference(gallery, ada, minute=1)])
        async with store.transaction(TENANT) as unit:
            batches = [batch async for batch in unit.references.vectors(gallery.id)]
            assert [batch async for batch in unit.references.vectors(a_gallery().id)] == []
            assert (
                len(await unit.references.of_subjects(gallery.id, [ada.id])) == 1
            )  # the transaction goes on
        async with store.transaction(OTHER_TENANT) as unit:
            assert [batch async for batch in unit.references.vectors(gallery.id)] == []
        found = dict(
            one for batch in batches for one in by_subject(batch.subjects, batch.counts, batch.vectors)
        )
        assert found.keys() == {ada.id, bob.id}
        expected = {ada.id: [apart[0], apart[2], last], bob.id: [apart[1]]}
        for subject_id, references in expected.items():
            vectors = np.stack([one.template.vector for one in references])
            assert sorted(map(bytes, found[subject_id])) == sorted(map(bytes, vectors))
        norms = sorted(float(norm) for batch in batches for norm in batch.norms)
        assert norms == pytest.approx(sorted(one.template.norm for one in [*apart, last]), rel=1e-6)

    async def test_gives_back_what_was_added_oldest_first(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        late, early = (
            a_reference(gallery, ada, minute=2),
            a_reference(gallery, ada, minute=1, photo=b"\x00\xff"),
        )
        other = a_reference(gallery, bob, template=a_template(quality=None))
        async with store.transaction(TENANT) as unit:
            await unit.references.add([late, other, early])
        async with store.transaction(TENANT) as unit:
            found = await unit.references.of_subjects(gallery.id, [ada.id, bob.id, a_subject().id])
            assert set(found) == {ada.id, bob.id}
            for one, expected in zip([*found[ada.id], *found[bob.id]], [early, late, other], strict=True):
                assert_same(one, expected)
            assert await unit.references.of_subjects(gallery.id, []) == {}
            assert await unit.references.count(gallery.id) == 3
            assert await unit.references.by_photo(gallery.id, [b"\x00\xff", b"?", b""]) == {
                b"\x00\xff": ada.id
            }

    async def test_everything_comes_in_batches_that_never_split_a_subject(self, store: Store) -> None:
        gallery, subjects = await prepared(store, *(f"S{number}" for number in range(9)))
        sizes = [1, 2, 7, 1, 3, 12, 1, 1, 4]
        kept = [a_reference(gallery, one) for one, n in zip(subjects, sizes, strict=True) for _ in range(n)]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept)
        for batch in (1, 2, 3, 5, 32, 1000):
            async with store.transaction(TENANT) as unit:
                batches = [part async for part in unit.references.everything(gallery.id, batch=batch)]
            owners = [{one.subject_id for one in part} for part in batches]
            assert all(batches)
            assert sum(map(len, owners)) == len(subjects)
            assert {one.id for part in batches for one in part} == {one.id for one in kept}
            assert sum(map(len, batches)) == len(kept)
        async with store.transaction(TENANT) as unit:
            assert [part async for part in unit.references.everything(a_gallery().id)] == []

    async def test_the_same_photo_is_refused_and_nothing_of_the_call_is_kept(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        elsewhere = a_gallery("elsewhere")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(elsewhere)
            await unit.references.add([a_reference(gallery, ada, photo=b"one")])
            for refused in (
                [a_reference(gallery, bob, photo=b"two"), a_reference(gallery, bob, photo=b"one")],
                [a_reference(gallery, bob, photo=b"two"), a_reference(gallery, ada, photo=b"two")],
            ):
                with pytest.raises(AlreadyEnrolled):
                    await unit.references.add(refused)
            await unit.references.add([a_reference(elsewhere, ada, photo=b"one")])
            await unit.references.add([a_reference(gallery, ada), a_reference(gallery, ada)])
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 3
            assert await unit.references.of_subjects(gallery.id, [bob.id]) == {}
            assert [one.subject_id for one in await unit.references.changes(gallery.id, after=0)] == [ada.id]

    async def test_a_photo_can_be_enrolled_again_after_its_reference_was_removed(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        first = a_reference(gallery, ada, photo=b"one")
        async with store.transaction(TENANT) as unit:
            await unit.references.add([first])
            await unit.references.remove(first.id)
            await unit.references.add([a_reference(gallery, ada, photo=b"one")])
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 1
            with pytest.raises(ReferenceNotFound):
                await unit.references.remove(first.id)

    async def test_refuses_what_has_no_place(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        cases: list[tuple[type[VisavisError], Reference]] = [
            (SubjectNotFound, a_reference(gallery, a_subject("Nobody"))),
            (GalleryNotFound, a_reference(a_gallery("nowhere"), ada)),
            (ModelMismatch, a_reference(gallery, ada, template=a_template(OTHER_MODEL))),
        ]
        for error, reference in cases:
            async with store.transaction(TENANT) as unit:
                with pytest.raises(error):
                    await unit.references.add([a_reference(gallery, ada), reference])
        async with store.transaction(TENANT) as unit:
            assert await unit.references.count(gallery.id) == 0
            assert await unit.references.sequence(gallery.id) == 0
            await unit.references.add([])
            assert await unit.references.sequence(gallery.id) == 0

    async def test_tenants_do_not_see_each_other(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        kept = a_reference(gallery, ada, photo=b"one")
        async with store.transaction(TENANT) as unit:
            await unit.references.add([kept])
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.references.of_subjects(gallery.id, [ada.id]) == {}
            assert await unit.references.count(gallery.id) == 0
            assert await unit.references.by_photo(gallery.id, [b"one"]) == {}
            assert await unit.references.changes(gallery.id, after=0) == []
            assert [part async for part in unit.references.everything(gallery.id)] == []
            with pytest.raises(ReferenceNotFound):
                await unit.references.remove(kept.id)
            with pytest.raises(GalleryNotFound):
                await unit.references.sequence(gallery.id)
            with pytest.raises((GalleryNotFound, SubjectNotFound)):
                await unit.references.add([a_reference(gallery, ada)])

    async def test_fingerprints_are_stable_within_a_tenant_and_mean_nothing_outside(
        self, store: Store
    ) -> None:
        async with store.transaction(TENANT) as unit:
            first = await unit.references.fingerprint(b"photo")
            assert len(first) == 32
            assert await unit.references.fingerprint(b"photo") == first
            assert await unit.references.fingerprint(b"photo2") != first
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.references.fingerprint(b"photo") != first
        async with store.transaction(TENANT) as unit:
            assert await unit.references.fingerprint(b"photo") == first

    async def test_the_change_feed_keeps_the_latest_change_of_each_subject(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        first = a_reference(gallery, ada)
        async with store.transaction(TENANT) as unit:
            assert await unit.references.sequence(gallery.id) == 0
            await unit.references.add([first])
        async with store.transaction(TENANT) as unit:
            await unit.references.add([a_reference(gallery, bob)])
        async with store.transaction(TENANT) as unit:
            await unit.references.remove(first.id)
        async with store.transaction(TENANT) as unit:
            changes = await unit.references.changes(gallery.id, after=0)
            assert [(one.sequence, one.subject_id) for one in changes] == [(2, bob.id), (3, ada.id)]
            assert await unit.references.changes(gallery.id, after=2) == changes[1:]
            assert await unit.references.changes(gallery.id, after=0, limit=1) == changes[:1]
            assert await unit.references.changes(gallery.id, after=3) == []
            assert await unit.references.sequence(gallery.id) == 3

    async def test_unknown_references_cannot_be_removed(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            with pytest.raises(ReferenceNotFound):
                await unit.references.remove(ReferenceId(uuid.uuid4()))

"""What every store promises about kept images."""

import uuid

import pytest

from tests.contract.making import OTHER_TENANT, TENANT, a_reference
from tests.contract.store_references import prepared
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import Store
from visavis.domain.errors import AlreadyExists, ReferenceNotFound, ValueInvalid
from visavis.domain.policy import Keep
from visavis.domain.subject import Reference, ReferenceId


def an_image(reference: Reference, kind: Keep = Keep.SAMPLE, content: bytes = b"\x89PNG\x00") -> KeptImage:
    return KeptImage(reference_id=reference.id, kind=kind, content=content)


class SamplesContract:
    async def test_gives_back_what_was_added(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        both, one, none = (a_reference(gallery, ada) for _ in range(3))
        photo = bytes(range(256)) * 4096
        async with store.transaction(TENANT) as unit:
            await unit.references.add([both, one, none])
            await unit.samples.add([])
            await unit.samples.add([an_image(both, Keep.PHOTO, photo), an_image(one), an_image(both)])
        async with store.transaction(TENANT) as unit:
            found = await unit.samples.get(both.id, Keep.PHOTO)
            assert found is not None
            assert (found.reference_id, found.kind, found.content) == (both.id, Keep.PHOTO, photo)
            assert await unit.samples.get(one.id, Keep.PHOTO) is None
            assert await unit.samples.get(none.id, Keep.SAMPLE) is None
            assert await unit.samples.kinds([both.id, one.id, none.id, ReferenceId(uuid.uuid4())]) == {
                both.id: (Keep.PHOTO, Keep.SAMPLE),
                one.id: (Keep.SAMPLE,),
            }
            assert await unit.samples.kinds([]) == {}
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.samples.get(both.id, Keep.PHOTO) is None
            assert await unit.samples.kinds([both.id]) == {}
            with pytest.raises(ReferenceNotFound):
                await unit.samples.add([an_image(none)])

    async def test_what_is_refused_leaves_nothing(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        kept, other = a_reference(gallery, ada), a_reference(gallery, ada)
        async with store.transaction(TENANT) as unit:
            await unit.references.add([kept, other])
            await unit.samples.add([an_image(kept)])
            for error, images in (
                (AlreadyExists, [an_image(other), an_image(kept)]),
                (AlreadyExists, [an_image(other), an_image(other)]),
                (ReferenceNotFound, [an_image(other), an_image(a_reference(gallery, ada))]),
                (ValueInvalid, [an_image(other), an_image(other, Keep.NOTHING)]),
            ):
                with pytest.raises(error):
                    await unit.samples.add(images)
        async with store.transaction(TENANT) as unit:
            assert await unit.samples.kinds([kept.id, other.id]) == {kept.id: (Keep.SAMPLE,)}

    async def test_they_go_with_their_reference(self, store: Store) -> None:
        gallery, (ada, bob, cyd) = await prepared(store, "Ada", "Bob", "Cyd")
        kept = [a_reference(gallery, one) for one in (ada, bob, cyd)]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept)
            await unit.samples.add([an_image(one) for one in kept])
            await unit.references.remove(kept[0].id)
            await unit.subjects.erase(bob.id)
            assert set(await unit.samples.kinds([one.id for one in kept])) == {kept[2].id}
            await unit.galleries.remove(gallery.id)
            assert await unit.samples.kinds([one.id for one in kept]) == {}
            assert await unit.samples.get(kept[2].id, Keep.SAMPLE) is None

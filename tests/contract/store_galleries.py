"""What every store promises about galleries."""

from dataclasses import replace

import pytest

from tests.contract.making import (
    MODEL,
    OTHER_MODEL,
    OTHER_TENANT,
    TENANT,
    a_calibration,
    a_gallery,
    a_reference,
    a_subject,
)
from visavis.application.ports.store import Store
from visavis.domain.decision import Measure
from visavis.domain.errors import AlreadyExists, GalleryNotFound, ModelMismatch, SubjectNotFound
from visavis.domain.policy import Policy


class GalleriesContract:
    async def test_gives_back_what_was_added(self, store: Store) -> None:
        gallery = a_gallery("Tür 1 – 門")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gallery)
        async with store.transaction(TENANT) as unit:
            assert await unit.galleries.by_name("Tür 1 – 門") == gallery

    async def test_refuses_a_second_of_the_same_name_and_goes_on(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(a_gallery("doors"))
            with pytest.raises(AlreadyExists):
                await unit.galleries.add(a_gallery("doors"))
            await unit.galleries.add(a_gallery("gates"))
        async with store.transaction(TENANT) as unit:
            assert [one.gallery.name for one in await unit.galleries.all()] == ["doors", "gates"]

    async def test_unknown_names_are_not_found(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(a_gallery("doors"))
            for name in ("Doors", "door", "doors ", "%"):
                with pytest.raises(GalleryNotFound):
                    await unit.galleries.by_name(name)

    async def test_tenants_do_not_see_each_other(self, store: Store) -> None:
        mine, theirs = a_gallery("doors"), a_gallery("doors")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(mine)
        async with store.transaction(OTHER_TENANT) as unit:
            await unit.galleries.add(theirs)
            assert [one.gallery for one in await unit.galleries.all()] == [theirs]
            with pytest.raises(GalleryNotFound):
                await unit.galleries.remove(mine.id)
            with pytest.raises(GalleryNotFound):
                await unit.galleries.set_policy(mine.id, Policy())
        async with store.transaction(TENANT) as unit:
            assert await unit.galleries.by_name("doors") == mine

    async def test_all_counts_subjects_and_references_in_order_of_names(self, store: Store) -> None:
        names = ["b", "Z", "a", "ä"]
        galleries = {name: a_gallery(name) for name in names}
        ada, bob = a_subject("Ada"), a_subject("Bob")
        async with store.transaction(TENANT) as unit:
            for gallery in galleries.values():
                await unit.galleries.add(gallery)
            await unit.subjects.add(ada)
            await unit.subjects.add(bob)
            await unit.references.add(
                [a_reference(galleries["a"], one) for one in (ada, ada, bob)]
                + [a_reference(galleries["b"], ada)]
            )
        async with store.transaction(TENANT) as unit:
            found = await unit.galleries.all()
        assert [one.gallery.name for one in found] == ["Z", "a", "b", "ä"]
        assert [(one.subjects, one.references) for one in found] == [(0, 0), (2, 3), (1, 1), (0, 0)]

    async def test_a_policy_is_replaced_exactly(self, store: Store) -> None:
        gallery = a_gallery()
        policy = Policy(
            name="x", measure=Measure.EUCLIDEAN, fmr=1.7e-7, fpir=0.1 + 0.2, band=999.9, capacity=3
        )
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gallery)
            await unit.galleries.set_policy(gallery.id, policy)
        async with store.transaction(TENANT) as unit:
            assert await unit.galleries.by_name(gallery.name) == replace(gallery, policy=policy)
            with pytest.raises(GalleryNotFound):
                await unit.galleries.set_policy(a_gallery().id, policy)

    async def test_removing_takes_references_and_subjects_who_are_nowhere_else(self, store: Store) -> None:
        doors, gates = a_gallery("doors"), a_gallery("gates")
        ada, bob, never = a_subject("Ada"), a_subject("Bob"), a_subject("Never enrolled")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(doors)
            await unit.galleries.add(gates)
            for subject in (ada, bob, never):
                await unit.subjects.add(subject)
            await unit.references.add(
                [
                    a_reference(doors, ada),
                    a_reference(doors, ada),
                    a_reference(doors, bob),
                    a_reference(gates, bob),
                ]
            )
        async with store.transaction(TENANT) as unit:
            assert await unit.galleries.remove(doors.id) == 3
        async with store.transaction(TENANT) as unit:
            with pytest.raises(SubjectNotFound):
                await unit.subjects.by_name("Ada")
            assert [one.subject for one in await unit.subjects.page()] == [bob, never]
            assert await unit.references.count(doors.id) == 0
            assert await unit.references.count(gates.id) == 1
            with pytest.raises(GalleryNotFound):
                await unit.references.sequence(doors.id)
            with pytest.raises(GalleryNotFound):
                await unit.galleries.remove(doors.id)

    async def test_a_calibration_comes_back_exactly_and_can_be_taken_back(self, store: Store) -> None:
        doors, gates = a_gallery("doors"), a_gallery("gates")
        kept = a_calibration()
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(doors)
            await unit.galleries.add(replace(gates, calibration=kept))
            await unit.galleries.set_calibration(doors.id, kept)
        async with store.transaction(TENANT) as unit:
            assert (await unit.galleries.by_name("doors")).calibration == kept
            assert (await unit.galleries.get(gates.id)).calibration == kept
            assert [one.gallery.calibration for one in await unit.galleries.all()] == [kept, kept]
            await unit.galleries.set_calibration(doors.id, None)
        async with store.transaction(TENANT) as unit:
            assert (await unit.galleries.summary(doors.id)).gallery == doors

    async def test_calibrations_of_other_models_or_tenants_are_refused(self, store: Store) -> None:
        doors = a_gallery("doors")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(doors)
            with pytest.raises(ModelMismatch):
                await unit.galleries.set_calibration(doors.id, a_calibration(OTHER_MODEL))
        async with store.transaction(OTHER_TENANT) as unit:
            for wanted in (a_calibration(), None):
                with pytest.raises(GalleryNotFound):
                    await unit.galleries.set_calibration(doors.id, wanted)

    async def test_another_model_takes_the_calibration_with_it(self, store: Store) -> None:
        doors = a_gallery("doors")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(doors)
            await unit.galleries.set_calibration(doors.id, a_calibration())
            await unit.galleries.replace_model(doors.id, pack="renamed", model=MODEL)
            assert (await unit.galleries.get(doors.id)).calibration == a_calibration()
            await unit.galleries.replace_model(doors.id, pack="other", model=OTHER_MODEL)
            assert (await unit.galleries.get(doors.id)).calibration is None

"""Bulk enrolment, and giving a gallery another model, over memory."""

import pytest

from tests.unit.application.fakes import calibration, picture
from tests.unit.application.jobs.conftest import NEW_MODEL, Shop, photo
from visavis.domain.audit import Action
from visavis.domain.decision import Calibration
from visavis.domain.errors import ModelMismatch, ValueInvalid
from visavis.domain.job import ItemKind, ItemState, JobKind, JobOptions, JobState
from visavis.domain.policy import Keep
from visavis.domain.subject import DEFAULT_TENANT

REMOVED = Action.GALLERY_CALIBRATION_REMOVED


def test_enrols_and_reports_each_photo(shop: Shop) -> None:
    shop.folder.files["ada/2.jpg"] = picture("ada", seed=2)
    job = shop.put(
        photo(picture("ada", seed=1), label="ada/1.jpg", subject="ada"),
        photo(b"ada/2.jpg", label="ada/2.jpg", subject="ada", kind=ItemKind.PATH),
        photo(b"ada/3.jpg", label="ada/3.jpg", subject="ada", kind=ItemKind.PATH),
        photo(picture("bob", seed=1), label="bob/1.jpg", subject="bob"),
        photo(picture("bob", "eve"), label="bob/2.jpg", subject="bob"),
        kind=JobKind.ENROL,
    )
    shop.work()
    codes = [item.fault.code if item.fault else item.state.value for item in shop.items(job)]
    assert codes == ["succeeded", "succeeded", "file_unreadable", "succeeded", "many_faces"]
    done = shop.job(job)
    assert (done.state, done.succeeded, done.failed) == (JobState.SUCCEEDED, 3, 2)
    assert all(item.result.reference_id for item in shop.items(job) if item.result)
    again = shop.put(photo(picture("ada", seed=1), subject="ada"), kind=JobKind.ENROL)
    shop.work()
    assert shop.items(again)[0].result.repeated


def test_options_reach_the_enrolment(shop: Shop) -> None:
    job = shop.put(
        photo(picture("ada", "bob"), subject="ada"), kind=JobKind.ENROL, options=JobOptions(largest=True)
    )
    shop.work()
    assert shop.job(job).succeeded == 1


def enrolled(shop: Shop, *names: str) -> None:
    for name in names:
        shop.bench.run(shop.bench.enrol(shop.bench.gallery, name, [(name, picture(name))]))


def model(shop: Shop) -> object:
    return shop.bench.run(shop.bench.galleries.get("staff")).model


def test_changes_the_model_at_once_and_keeps_identifiers(shop: Shop) -> None:
    shop.bench.policy(keep=Keep.PHOTO)
    enrolled(shop, "ada", "bob")
    gallery = shop.bench.gallery

    async def references() -> dict[object, tuple[object, bytes, object]]:
        async with shop.bench.store.transaction(DEFAULT_TENANT) as work:
            batches = [batch async for batch in work.references.everything(gallery.id)]
            return {one.id: (one.subject_id, one.photo, one.template.model) for b in batches for one in b}

    before = shop.bench.run(references())
    job = shop.bench.run(shop.plan(gallery, "other"))
    assert model(shop) == gallery.model
    shop.work()
    assert shop.job(job).state is JobState.SUCCEEDED
    assert model(shop) == NEW_MODEL
    after = shop.bench.run(references())
    assert after == {key: (subject, photo, NEW_MODEL) for key, (subject, photo, _) in before.items()}

    async def kept() -> int:
        async with shop.bench.store.transaction(DEFAULT_TENANT) as work:
            return len(await work.samples.kinds(list(after)))

    assert shop.bench.run(kept()) == 2


def test_a_calibration_of_its_own_goes_with_the_model_it_is_of(shop: Shop) -> None:
    shop.bench.policy(keep=Keep.PHOTO)
    enrolled(shop, "ada")

    async def calibrated() -> None:
        async with shop.bench.store.transaction(DEFAULT_TENANT) as work:
            await work.galleries.set_calibration(shop.bench.gallery.id, calibration())

    async def kept() -> Calibration | None:
        async with shop.bench.store.transaction(DEFAULT_TENANT) as work:
            return (await work.galleries.get(shop.bench.gallery.id)).calibration

    shop.bench.run(calibrated())
    shop.bench.run(shop.plan(shop.bench.gallery, "other"))
    assert shop.bench.run(kept()) == calibration()
    shop.work()
    assert shop.bench.run(kept()) is None
    removed = [one.record for one in shop.bench.entries() if one.record.action is REMOVED]
    assert [one.details["data"] for one in removed] == ["random directions"]


def test_takes_along_who_was_enrolled_meanwhile(shop: Shop) -> None:
    shop.bench.policy(keep=Keep.PHOTO)
    enrolled(shop, "ada")
    job = shop.bench.run(shop.plan(shop.bench.gallery, "other"))
    enrolled(shop, "bob")
    shop.work()
    assert shop.job(job).total == 2
    assert model(shop) == NEW_MODEL


def test_refuses_to_lose_references(shop: Shop) -> None:
    enrolled(shop, "ada")
    shop.bench.policy(keep=Keep.PHOTO)
    enrolled(shop, "bob")
    with pytest.raises(ValueInvalid, match="1 of 2 references"):
        shop.bench.run(shop.plan(shop.bench.gallery, "other"))
    job = shop.bench.run(shop.plan(shop.bench.gallery, "other", drop_missing=True))
    shop.work()
    assert shop.job(job).state is JobState.SUCCEEDED
    names = [one.subject.name for one in shop.bench.run(shop.bench.galleries.subjects(shop.bench.gallery))]
    assert names == ["ada", "bob"]


def test_changes_nothing_if_one_reference_cannot_follow(shop: Shop) -> None:
    shop.bench.policy(keep=Keep.PHOTO)
    enrolled(shop, "ada")
    job = shop.bench.run(shop.plan(shop.bench.gallery, "other"))
    shop.bench.policy(keep=Keep.NOTHING)
    enrolled(shop, "bob")
    shop.work()
    done = shop.job(job)
    assert (done.state, done.fault.code) == (JobState.FAILED, "value_invalid")
    assert model(shop) == shop.bench.gallery.model


def test_kept_samples_serve_a_model_that_aligns_alike(shop: Shop) -> None:
    shop.bench.policy(keep=Keep.PHOTO)
    with pytest.raises(ValueInvalid):
        shop.bench.run(shop.plan(shop.bench.gallery, "other"))  # nothing to do
    enrolled(shop, "ada")
    job = shop.bench.run(shop.plan(shop.bench.gallery, "alike"))
    shop.work()
    assert shop.job(job).state is JobState.SUCCEEDED
    with pytest.raises(ModelMismatch):
        shop.bench.run(shop.plan(shop.bench.run(shop.bench.galleries.get("staff")), "alike"))


def test_an_erased_subject_is_no_failure(shop: Shop) -> None:
    shop.bench.policy(keep=Keep.PHOTO)
    enrolled(shop, "ada", "bob")
    job = shop.bench.run(shop.plan(shop.bench.gallery, "other"))
    shop.bench.run(shop.bench.erase("ada"))
    shop.work()
    assert {item.state for item in shop.items(job)} == {ItemState.SUCCEEDED}
    assert model(shop) == NEW_MODEL

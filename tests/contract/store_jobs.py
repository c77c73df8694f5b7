"""What every implementation of jobs and staging must do."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_MODEL, OTHER_TENANT, START, TENANT, a_gallery, a_reference, a_template
from tests.contract.store_references import prepared
from visavis.application.ports.jobs import JobFilter, NewItem, StagedTemplate
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import Store
from visavis.domain.access import SYSTEM
from visavis.domain.decision import Outcome
from visavis.domain.errors import GalleryNotFound, JobNotFound
from visavis.domain.event import EventId
from visavis.domain.job import (
    FaceResult,
    Fault,
    ItemKind,
    ItemResult,
    ItemState,
    Job,
    JobId,
    JobItem,
    JobKind,
    JobOptions,
    JobState,
)
from visavis.domain.policy import Keep
from visavis.domain.subject import GalleryId, ReferenceDetails, SubjectId

LATER = START + timedelta(minutes=1)


def a_job(*, stream: str = "classify:door", kind: JobKind = JobKind.CLASSIFY, gallery: str = "doors") -> Job:
    return Job(
        id=JobId(uuid.uuid4()),
        kind=kind,
        gallery_id=GalleryId(uuid.uuid4()),
        gallery=gallery,
        stream=stream,
        actor=SYSTEM,
        created_at=START,
        source="door",
        request=uuid.uuid4(),
        options=JobOptions(force=True, pack="light"),
    )


async def photos(*payloads: bytes, subject: str = "") -> AsyncIterator[NewItem]:
    for n, payload in enumerate(payloads):
        item = JobItem(number=0, kind=ItemKind.PHOTO, label=f"photo {n}", subject=subject, captured_at=START)
        yield NewItem(item=item, payload=payload)


async def submitted(store: Store, *payloads: bytes, stream: str = "classify:door", subject: str = "") -> Job:
    async with store.transaction(TENANT) as unit:
        return await unit.jobs.add(a_job(stream=stream), photos(*payloads, subject=subject))


class JobsContract:
    async def test_a_job_comes_back_as_it_was(self, store: Store) -> None:
        kept = await submitted(store, b"one", b"")
        async with store.transaction(TENANT) as unit:
            assert await unit.jobs.get(kept.id) == kept
            assert kept.total == 2
            assert kept.waiting == 2
            items = await unit.jobs.items(kept.id)
            assert [item.number for item in items] == [0, 1]
            assert [item.label for item in items] == ["photo 0", "photo 1"]
            assert items[0].captured_at == START
            assert await unit.jobs.payload(kept.id, 0) == b"one"
            assert await unit.jobs.payload(kept.id, 1) == b""
            assert [one.stream for one in await unit.jobs.waiting()] == ["classify:door"]

    async def test_tenants_do_not_see_each_other(self, store: Store) -> None:
        kept = await submitted(store, b"one")
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(JobNotFound):
                await unit.jobs.get(kept.id)
            assert await unit.jobs.take("classify:door", 10) == []
            assert await unit.jobs.payload(kept.id, 0) is None
            assert await unit.jobs.page(JobFilter()) == []

    async def test_items_are_taken_in_the_order_of_submission(self, store: Store) -> None:
        first = await submitted(store, b"1", b"2")
        second = await submitted(store, b"3")
        await submitted(store, b"4", stream="classify:gate")
        async with store.transaction(TENANT) as unit:
            taken = await unit.jobs.take("classify:door", 10)
        assert [(one.job.id, one.item.number) for one in taken] == [
            (first.id, 0),
            (first.id, 1),
            (second.id, 0),
        ]
        assert {one.item.attempts for one in taken} == {1}

    async def test_what_was_begun_before_is_taken_alone(self, store: Store) -> None:
        job = await submitted(store, b"1", b"2", b"3")
        async with store.transaction(TENANT) as unit:
            assert len(await unit.jobs.take("classify:door", 2)) == 2
        async with store.transaction(TENANT) as unit:
            (alone,) = await unit.jobs.take("classify:door", 10)
            assert (alone.item.number, alone.item.attempts) == (0, 2)
            await unit.jobs.finish_item(job.id, 0, LATER, result=ItemResult(), fault=None)
            await unit.jobs.finish_item(job.id, 1, LATER, result=ItemResult(), fault=None)
            (fresh,) = await unit.jobs.take("classify:door", 10)
            assert (fresh.item.number, fresh.item.attempts) == (2, 1)

    async def test_released_items_have_not_been_begun(self, store: Store) -> None:
        await submitted(store, b"1", b"2")
        async with store.transaction(TENANT) as unit:
            await unit.jobs.release(await unit.jobs.take("classify:door", 10))
            assert [one.item.attempts for one in await unit.jobs.take("classify:door", 10)] == [1, 1]

    async def test_results_and_faults_come_back_and_payloads_go(self, store: Store) -> None:
        job = await submitted(store, b"1", b"2")
        face = FaceResult(
            position=0,
            event_id=EventId(uuid.uuid4()),
            outcome=Outcome.MATCH,
            subject_id=SubjectId(uuid.uuid4()),
            remembered=True,
            score=0.75,
            quality=50.0,
            reasons=("too_dark",),
        )
        result = ItemResult(faces=(face,), repeated=True)
        fault = Fault(code="no_face", message="No face.", reasons=("too_small",))
        async with store.transaction(TENANT) as unit:
            await unit.jobs.start(job.id, START)
            await unit.jobs.finish_item(job.id, 0, LATER, result=result, fault=None)
            await unit.jobs.finish_item(job.id, 0, LATER, result=None, fault=fault)  # too late
            await unit.jobs.finish_item(job.id, 1, LATER, result=None, fault=fault)
        async with store.transaction(TENANT) as unit:
            good, bad = await unit.jobs.items(job.id)
            assert (good.state, good.result, good.fault) == (ItemState.SUCCEEDED, result, None)
            assert (bad.state, bad.result, bad.fault) == (ItemState.FAILED, None, fault)
            assert await unit.jobs.payload(job.id, 0) is None
            assert not await unit.jobs.hold(job.id, 0)
            assert [one.id for one in await unit.jobs.ready("classify:door")] == [job.id]
            ended = await unit.jobs.settle(job.id, LATER)
            assert ended is not None
            assert (ended.state, ended.succeeded, ended.failed) == (JobState.SUCCEEDED, 1, 1)
            assert ended.started_at == START
            assert await unit.jobs.settle(job.id, LATER) is None
            assert await unit.jobs.waiting() == []
            assert await unit.jobs.items(job.id, state=ItemState.FAILED) == [bad]

    async def test_a_cancelled_job_keeps_what_was_done(self, store: Store) -> None:
        job = await submitted(store, b"1", b"2", b"3")
        async with store.transaction(TENANT) as unit:
            await unit.jobs.finish_item(job.id, 0, LATER, result=ItemResult(), fault=None)
            ended = await unit.jobs.cancel(job.id, LATER)
            assert (ended.state, ended.succeeded, ended.cancelled) == (JobState.CANCELLED, 1, 2)
            assert await unit.jobs.take("classify:door", 10) == []
            assert await unit.jobs.payload(job.id, 1) is None
            assert await unit.jobs.cancel(job.id, LATER + timedelta(1)) == ended
            with pytest.raises(JobNotFound):
                await unit.jobs.cancel(JobId(uuid.uuid4()), LATER)

    async def test_a_job_that_fails_ends_for_good(self, store: Store) -> None:
        job = await submitted(store, b"1")
        fault = Fault(code="gallery_not_found", message="It is gone.")
        async with store.transaction(TENANT) as unit:
            await unit.jobs.fail(job.id, LATER, fault)
            await unit.jobs.fail(job.id, LATER, Fault(code="other", message=""))
            kept = await unit.jobs.get(job.id)
            assert (kept.state, kept.fault, kept.cancelled) == (JobState.FAILED, fault, 1)
            with pytest.raises(JobNotFound):
                await unit.jobs.extend(job.id, [JobItem(number=0, kind=ItemKind.REFERENCE)])

    async def test_jobs_are_listed_latest_first(self, store: Store) -> None:
        first = await submitted(store, b"1")
        second = await submitted(store, b"2")
        async with store.transaction(TENANT) as unit:
            assert [job.id for job in await unit.jobs.page(JobFilter())] == [second.id, first.id]
            assert [job.id for job in await unit.jobs.page(JobFilter(), before=second.sequence)] == [first.id]
            assert await unit.jobs.page(JobFilter(kind=JobKind.ENROL)) == []
            assert await unit.jobs.page(JobFilter(galleries=frozenset({"other"}))) == []
            assert len(await unit.jobs.page(JobFilter(galleries=frozenset({"doors"})), limit=1)) == 1
            await unit.jobs.cancel(first.id, LATER)
            found = await unit.jobs.page(JobFilter(state=JobState.CANCELLED))
            assert [job.id for job in found] == [first.id]
            assert await unit.jobs.purge(LATER + timedelta(seconds=1)) == 1
            assert [job.id for job in await unit.jobs.page(JobFilter())] == [second.id]

    async def test_a_job_can_grow(self, store: Store) -> None:
        job = await submitted(store, b"1")
        async with store.transaction(TENANT) as unit:
            await unit.jobs.extend(job.id, [JobItem(number=0, kind=ItemKind.REFERENCE, label="r")])
            assert (await unit.jobs.get(job.id)).total == 2
            items = await unit.jobs.items(job.id, after=0)
            assert [(item.number, item.label) for item in items] == [(1, "r")]

    async def test_an_erased_subject_leaves_no_trace(self, store: Store) -> None:
        subject = SubjectId(uuid.uuid4())
        seen = await submitted(store, b"1", b"2")
        named = await submitted(store, b"3", stream="enrol:1", subject="Ada")
        found = ItemResult(faces=(FaceResult(position=0, subject_id=subject),))
        async with store.transaction(TENANT) as unit:
            await unit.jobs.finish_item(seen.id, 0, LATER, result=found, fault=None)
            assert await unit.jobs.forget(subject, "Ada") == 2
            first, second = await unit.jobs.items(seen.id)
            assert (first.result, first.label) == (None, "")
            assert second.label == "photo 1"
            (item,) = await unit.jobs.items(named.id)
            assert (item.state, item.subject, item.label) == (ItemState.CANCELLED, "", "")
            assert await unit.jobs.payload(named.id, 0) is None
            assert (await unit.jobs.get(named.id)).cancelled == 1

    async def test_a_job_that_was_not_committed_is_not_there(self, store: Store) -> None:
        async def broken() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.jobs.add(a_job(), photos(b"1"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await broken()
        async with store.transaction(TENANT) as unit:
            assert await unit.jobs.page(JobFilter()) == []


class StagingContract:
    async def test_staged_templates_wait_for_their_gallery(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        job = await submitted(store, b"")
        one, two = a_reference(gallery, ada), a_reference(gallery, bob)
        template = a_template(OTHER_MODEL, quality=None)
        staged = StagedTemplate(reference_id=one.id, subject_id=ada.id, template=template)
        async with store.transaction(TENANT) as unit:
            await unit.references.add([one, two])
            assert set(await unit.staging.missing(job.id, gallery.id)) == {one.id, two.id}
            await unit.staging.add(job.id, gallery.id, [staged])
            await unit.staging.add(job.id, gallery.id, [staged])
        async with store.transaction(TENANT) as unit:
            assert await unit.staging.missing(job.id, gallery.id) == [two.id]
            (kept,) = await unit.staging.of(job.id, gallery.id, OTHER_MODEL)
            assert (kept.reference_id, kept.subject_id) == (one.id, ada.id)
            assert (kept.template.vector == template.vector).all()
            assert kept.template.quality is None
            assert await unit.staging.of(job.id, gallery.id, gallery.model) == []
            await unit.staging.clear(job.id)
            assert await unit.staging.of(job.id, gallery.id, OTHER_MODEL) == []

    async def test_a_gallery_changes_its_model_and_references_stay_what_they_are(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        job = await submitted(store, b"")
        details = ReferenceDetails(external_id="x", box=(0.0, 0.1, 0.2, 0.3))
        kept = [a_reference(gallery, ada, photo=b"%d" % n, details=details) for n in range(3)]
        lost = [a_reference(gallery, ada, photo=b"lost"), a_reference(gallery, bob)]
        images = [
            KeptImage(reference_id=one.id, kind=Keep.SAMPLE, content=one.id.bytes) for one in kept + lost
        ]
        staged = [
            StagedTemplate(reference_id=one.id, subject_id=ada.id, template=a_template(OTHER_MODEL))
            for one in kept
        ]
        async with store.transaction(TENANT) as unit:
            await unit.references.add(kept + lost)
            await unit.samples.add(images)
            await unit.staging.add(job.id, gallery.id, staged)
            before = await unit.references.sequence(gallery.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.staging.switch(job.id, gallery.id, pack="big", model=OTHER_MODEL) == 3
            with pytest.raises(GalleryNotFound):
                await unit.staging.switch(job.id, a_gallery().id, pack="big", model=OTHER_MODEL)
        async with store.transaction(TENANT) as unit:
            assert (await unit.galleries.get(gallery.id)).model == OTHER_MODEL
            found = (await unit.references.of_subjects(gallery.id, [ada.id, bob.id]))[ada.id]
            assert {one.id: (one.photo, one.details, one.created_at) for one in found} == {
                one.id: (one.photo, details, one.created_at) for one in kept
            }
            vectors = {one.reference_id: one.template.vector.tolist() for one in staged}
            assert {one.id: one.template.vector.tolist() for one in found} == vectors
            kinds = await unit.samples.kinds([one.id for one in kept + lost])
            assert kinds == {one.id: (Keep.SAMPLE,) for one in kept}
            image = await unit.samples.get(kept[0].id, Keep.SAMPLE)
            assert image is not None
            assert image.content == kept[0].id.bytes
            changed = await unit.references.changes(gallery.id, after=before)
            assert {one.subject_id for one in changed} == {ada.id, bob.id}
            assert len(await unit.subjects.page(gallery_id=gallery.id)) == 2
            assert await unit.staging.of(job.id, gallery.id, OTHER_MODEL) == []

    async def test_staged_templates_go_with_their_reference(self, store: Store) -> None:
        gallery, (ada, _) = await prepared(store, "Ada", "Bob")
        job = await submitted(store, b"")
        reference = a_reference(gallery, ada)
        staged = StagedTemplate(
            reference_id=reference.id, subject_id=ada.id, template=a_template(OTHER_MODEL)
        )
        async with store.transaction(TENANT) as unit:
            await unit.references.add([reference])
            await unit.staging.add(job.id, gallery.id, [staged])
            await unit.subjects.erase(ada.id)
            assert await unit.staging.of(job.id, gallery.id, OTHER_MODEL) == []
            await unit.staging.add(job.id, gallery.id, [staged])  # computed while it was erased
            assert await unit.staging.of(job.id, gallery.id, OTHER_MODEL) == []

    async def test_another_gallery_is_not_concerned(self, store: Store) -> None:
        gallery, (ada, _) = await prepared(store, "Ada", "Bob")
        job = await submitted(store, b"")
        other = a_gallery("other")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(other)
            await unit.references.add([a_reference(gallery, ada)])
            assert await unit.staging.missing(job.id, other.id) == []

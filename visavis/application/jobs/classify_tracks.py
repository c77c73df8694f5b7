"""Tracks whose decision was left to a worker: each is kept exactly once, in the order of its camera."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from visavis.application.jobs.process import fault_of
from visavis.application.kit import Kit
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.record_track import RecordTrack
from visavis.application.tracks.reported import RecordedTrack, ReportedTrack
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.errors import ValueInvalid, VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.job import FaceResult, ItemResult, Job, JobItem
from visavis.domain.policy import Unknowns
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyTracks:
    """A track's line, its new subject and the result of its item are one transaction; `read` makes a report of an
    item's payload and raises `ValueInvalid`."""

    store: Store
    tenant: TenantId
    record_track: RecordTrack
    read: Callable[[bytes], ReportedTrack]
    clock: Clock

    async def __call__(self, job: Job, gallery: Gallery, kit: Kit, items: Sequence[JobItem]) -> None:
        """In order; what an item shows is found by the next one."""
        reports = [await self._report(job, item) for item in items]
        known = [one for one in reports if isinstance(one, ReportedTrack)]
        looks = iter(await self.record_track.look(kit, gallery, known))
        for item, report in zip(items, reports, strict=True):
            look = next(looks) if isinstance(report, ReportedTrack) else report
            if look is not None:
                await self._decide(job, gallery, kit, item, look)

    async def _report(self, job: Job, item: JobItem) -> ReportedTrack | VisavisError | None:
        """`None` for an item that is done."""
        async with self.store.transaction(self.tenant) as work:
            payload = await work.jobs.payload(job.id, item.number)
        try:
            return None if payload is None else self.read(payload)
        except ValueInvalid as error:
            return error

    async def _decide(
        self, job: Job, gallery: Gallery, kit: Kit, item: JobItem, look: SeenTrack | VisavisError
    ) -> None:
        """The search inside the transaction is another one, on what was committed until now."""
        async with self.store.transaction(self.tenant) as work:
            if gallery.policy.unknowns is Unknowns.REMEMBER:
                await work.jobs.serialise(f"remember {gallery.id}")
            if not await work.jobs.hold(job.id, item.number):
                return
            result, fault = None, None
            if isinstance(look, VisavisError):
                fault = fault_of(look)
            else:
                result = _result(await self._kept(work, job, gallery, kit, look))
            await work.jobs.finish_item(job.id, item.number, self.clock.now(), result=result, fault=fault)

    async def _kept(
        self, work: UnitOfWork, job: Job, gallery: Gallery, kit: Kit, track: SeenTrack
    ) -> RecordedTrack:
        record = self.record_track.record
        asked = replace(record, ledger=replace(record.ledger, request=job.request))
        keeper = replace(self.record_track, record=asked)
        if gallery.policy.unknowns is Unknowns.REMEMBER:
            return await keeper.keep_or_remember(work, kit, gallery, track, job_id=job.id)
        (found,) = await keeper.search(kit, gallery, [track])
        return await keeper.keep(work, gallery, track, found, job_id=job.id)


def _result(track: RecordedTrack) -> ItemResult:
    face = FaceResult(
        position=0,
        event_id=track.event_id,
        outcome=track.outcome,
        subject_id=track.subject_id,
        remembered=track.remembered,
        score=track.score,
        quality=track.quality,
        reasons=track.reasons,
    )
    return ItemResult(faces=(face,), repeated=not track.revised)

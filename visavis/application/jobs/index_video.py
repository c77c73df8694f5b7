"""Make queued videos searchable."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from visavis.application.jobs.process import fault_of
from visavis.application.ports.clock import Clock
from visavis.application.ports.imports import Imports
from visavis.application.ports.store import Store
from visavis.application.recordings.index import IndexRecording, Taken
from visavis.domain.camera import Place
from visavis.domain.errors import AlreadyExists, FileUnreadable, Unavailable, VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.job import ItemResult, Job, JobItem
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexVideos:
    """Implements `Handler` for jobs of the kind `index`. A video that a killed worker had indexed is recognised by its
    content and done once. `indexes` gives the use case for a gallery and a rate."""

    store: Store
    tenant: TenantId
    indexes: Callable[[Gallery, float], Awaitable[IndexRecording]]
    place_of: Callable[[str], Awaitable[Place]]
    imports: Imports
    clock: Clock

    async def __call__(self, job: Job, items: Sequence[JobItem]) -> None:
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.get(job.gallery_id)
        index = await self.indexes(gallery, job.options.rate)
        place = await self.place_of(job.source)
        for item in items:
            await self._item(job, gallery, index, place, item)

    async def finish(self, job: Job) -> bool:  # noqa: ARG002 (nothing is left to do)
        return True

    async def _item(
        self, job: Job, gallery: Gallery, index: IndexRecording, place: Place, item: JobItem
    ) -> None:
        error: VisavisError | None = None
        try:
            await self._index(job, gallery, index, place, item)
        except Unavailable:
            raise
        except VisavisError as caught:
            error = caught
        repeated = isinstance(error, AlreadyExists)
        failed = error is not None and not repeated
        async with self.store.transaction(self.tenant) as work:
            if await work.jobs.hold(job.id, item.number):
                await work.jobs.finish_item(
                    job.id,
                    item.number,
                    self.clock.now(),
                    result=None if failed else ItemResult(repeated=repeated),
                    fault=fault_of(error) if error is not None and failed else None,
                )

    async def _index(
        self, job: Job, gallery: Gallery, index: IndexRecording, place: Place, item: JobItem
    ) -> None:
        async with self.store.transaction(self.tenant) as work:
            payload = await work.jobs.payload(job.id, item.number)
        if payload is None:
            return
        try:
            path = await self.imports.locate(payload.decode())
        except UnicodeDecodeError as error:
            raise FileUnreadable("The path is not UTF-8.") from error
        taken = Taken(
            started_at=item.captured_at or job.created_at,
            source=job.source,
            place=place,
            keep_days=job.options.keep_days,
        )
        await index(gallery, path, taken)

"""Enrol queued photos: whatever a killed worker had committed is recognised by its fingerprint and done once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from visavis.application.enrol import EnrolOptions, PhotoResult
from visavis.application.jobs.looking import Contents
from visavis.application.jobs.process import fault_of
from visavis.application.kit import Kit, KitOf
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store
from visavis.domain.errors import AlreadyEnrolled, Unavailable, VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.job import ItemResult, Job, JobItem
from visavis.domain.subject import SubjectId, TenantId

_AT_ONCE = 16
"""Photos of one subject that are in memory together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEnrol:
    """Implements `Handler` for jobs of the kind `enrol`: photos of one subject go together, several subjects at a
    time. Enrolments are audited in the name of whoever `Kit.enrol` speaks for."""

    store: Store
    tenant: TenantId
    kits: KitOf
    contents: Contents
    clock: Clock
    workers: int = 2

    async def __call__(self, job: Job, items: Sequence[JobItem]) -> None:
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.get(job.gallery_id)
        kit = await self.kits(gallery)
        parts = [list(group) for _, group in groupby(items, key=lambda item: item.subject)]
        waiting = iter([part[at : at + _AT_ONCE] for part in parts for at in range(0, len(part), _AT_ONCE)])

        async def work_off() -> None:
            for part in waiting:
                await self._part(job, gallery, kit, part)

        tasks = [asyncio.create_task(work_off()) for _ in range(max(self.workers, 1))]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def finish(self, job: Job) -> bool:  # noqa: ARG002 (nothing is left to do)
        return True

    async def _part(self, job: Job, gallery: Gallery, kit: Kit, items: Sequence[JobItem]) -> None:
        pictures: dict[int, bytes] = {}
        errors: dict[int, VisavisError] = {}
        for item in items:
            try:
                content = await self.contents.read(job.id, item)
            except Unavailable:
                raise
            except VisavisError as error:
                errors[item.number] = error
                continue
            if content is not None:
                pictures[item.number] = content
        results: dict[int, PhotoResult] = {}
        subject_id: SubjectId | None = None
        if pictures:
            try:
                subject_id, results = await self._enrol(job, gallery, kit, items[0].subject, pictures)
            except Unavailable:
                raise
            except VisavisError as error:
                errors |= dict.fromkeys(pictures, error)
        errors |= {number: one.error for number, one in results.items() if one.error is not None}
        await self._finish(job, results, errors, subject_id)

    async def _enrol(
        self, job: Job, gallery: Gallery, kit: Kit, name: str, pictures: dict[int, bytes]
    ) -> tuple[SubjectId | None, dict[int, PhotoResult]]:
        options = EnrolOptions(force=job.options.force, largest=job.options.largest)
        sources = [(str(number), picture) for number, picture in pictures.items()]
        enrolment = await kit.enrol(gallery, name, sources, options)
        return enrolment.subject_id, {int(result.source): result for result in enrolment.results}

    async def _finish(
        self,
        job: Job,
        results: dict[int, PhotoResult],
        errors: dict[int, VisavisError],
        subject_id: SubjectId | None,
    ) -> None:
        async with self.store.transaction(self.tenant) as work:
            for number in sorted(results.keys() | errors.keys()):
                error, done = errors.get(number), results.get(number)
                repeated = isinstance(error, AlreadyEnrolled)
                result = ItemResult(
                    repeated=repeated,
                    subject_id=subject_id,
                    reference_id=done.reference_id if done else None,
                )
                failed = error is not None and not repeated
                await work.jobs.finish_item(
                    job.id,
                    number,
                    self.clock.now(),
                    result=None if failed else result,
                    fault=fault_of(error) if error is not None and failed else None,
                )

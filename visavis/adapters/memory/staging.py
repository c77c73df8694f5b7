"""Staged templates in memory."""

from collections.abc import Sequence

from visavis.adapters.memory.work import Work
from visavis.application.ports.jobs import StagedTemplate
from visavis.domain.job import JobId
from visavis.domain.subject import GalleryId, ReferenceId
from visavis.domain.template import ModelIdentity


class MemoryStaging:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, job_id: JobId, gallery_id: GalleryId, staged: Sequence[StagedTemplate]) -> None:
        tables = await self._work.write()
        kept = {reference.id for reference in tables.everything()}
        own = tables.jobs.staged.setdefault(job_id, {})
        own |= {one.reference_id: (gallery_id, one) for one in staged if one.reference_id in kept}

    async def missing(self, job_id: JobId, gallery_id: GalleryId) -> list[ReferenceId]:
        tables = await self._work.write()
        staged = tables.jobs.staged.get(job_id, {})
        kept = tables.kept(tables.gallery(gallery_id).id).values()
        return sorted(one.id for references in kept for one in references if one.id not in staged)

    async def of(self, job_id: JobId, gallery_id: GalleryId, model: ModelIdentity) -> list[StagedTemplate]:
        tables = self._work.read()
        kept = {reference.id for reference in tables.everything()}
        staged = tables.jobs.staged.get(job_id, {}).values()
        return [
            one
            for gallery, one in staged
            if gallery == gallery_id and one.template.model == model and one.reference_id in kept
        ]

    async def clear(self, job_id: JobId) -> None:
        (await self._work.write()).jobs.staged.pop(job_id, None)

"""Staged templates in memory."""

from collections.abc import Sequence
from dataclasses import replace

from visavis.adapters.memory.work import Work
from visavis.application.ports.jobs import StagedTemplate, renewed
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

    async def switch(self, job_id: JobId, gallery_id: GalleryId, *, pack: str, model: ModelIdentity) -> int:
        tables = await self._work.write()
        before = tables.gallery(gallery_id)
        staged = {one.reference_id: one for one in await self.of(job_id, gallery_id, model)}
        tables.galleries[gallery_id] = replace(before, pack=pack, model=model, calibration=None)
        for subject_id, references in sorted(tables.kept(gallery_id).items()):
            new = [renewed(one, staged[one.id]) for one in references if one.id in staged]
            tables.keep(gallery_id, subject_id, new)
            tables.prune([one for one in references if one.id not in staged])
        await self.clear(job_id)
        return len(staged)

    async def clear(self, job_id: JobId) -> None:
        (await self._work.write()).jobs.staged.pop(job_id, None)

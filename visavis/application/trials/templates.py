"""Makes the candidate's templates of a gallery's references, from kept pictures."""

from dataclasses import dataclass

from visavis.application.jobs.reembed import OtherModel, OtherModelOf, can_use, image_for, template_for
from visavis.application.ports.store import Store
from visavis.domain.errors import ReferenceNotFound, Unavailable, VisavisError
from visavis.domain.subject import ReferenceId, TenantId
from visavis.domain.trial import Trial, TrialTemplate

NO_PICTURE = "no_picture"
_BATCH = 25
_MOST_BATCHES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeTrialTemplates:
    """Called again and again by the worker, so that references that are enrolled later are seen, too."""

    store: Store
    tenant: TenantId
    others: OtherModelOf

    async def __call__(self) -> int:
        """How many references were looked at; a thousand of each trial at most. Raises what the store raises, and
        what loading a pack raises."""
        async with self.store.transaction(self.tenant) as work:
            trials = await work.trials.all()
        return sum([await self._of(trial) for trial in trials])

    async def _of(self, trial: Trial) -> int:
        count = 0
        for _ in range(_MOST_BATCHES):
            async with self.store.transaction(self.tenant) as work:
                missing = await work.trials.missing(trial, limit=_BATCH)
                gallery = await work.galleries.get(trial.gallery_id) if missing else None
            if gallery is None:
                return count
            other = await self.others(gallery, trial.pack)
            made = [one for each in missing if (one := await self._made(each, other)) is not None]
            async with self.store.transaction(self.tenant) as work:
                await work.trials.add(trial, made)
            count += len(missing)
        return count

    async def _made(self, reference_id: ReferenceId, other: OtherModel) -> TrialTemplate | None:
        """`None` if the reference is gone by now."""
        try:
            async with self.store.transaction(self.tenant) as work:
                kinds = await work.samples.kinds([reference_id])
                if not can_use(kinds.get(reference_id, ()), other):
                    return TrialTemplate(reference_id=reference_id, template=None, fault=NO_PICTURE)
                reference = await work.references.get(reference_id)
                image = await image_for(work, reference_id, other)
            template = await template_for(image, reference, other)
        except (Unavailable, ReferenceNotFound) as error:
            if isinstance(error, ReferenceNotFound):
                return None
            raise
        except VisavisError as error:
            return TrialTemplate(reference_id=reference_id, template=None, fault=error.code)
        return TrialTemplate(reference_id=reference_id, template=template)

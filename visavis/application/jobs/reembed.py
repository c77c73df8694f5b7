"""Give a gallery another model: compute every template anew beside the old ones, then change over at once."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from visavis.application.end_trial import end_trial
from visavis.application.jobs.process import fault_of
from visavis.application.jobs.submit import SubmitJob
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.crops import Crops
from visavis.application.ports.inference import Inference
from visavis.application.ports.jobs import NewItem, StagedTemplate
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.probe import the_one
from visavis.domain.audit import Action
from visavis.domain.errors import (
    ModelMismatch,
    ReferenceNotFound,
    Unavailable,
    ValueInvalid,
    VisavisError,
)
from visavis.domain.gallery import Gallery
from visavis.domain.geometry import Box, Size
from visavis.domain.job import ItemKind, ItemResult, Job, JobItem, JobKind, JobOptions
from visavis.domain.policy import Keep
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import Reference, ReferenceId, TenantId
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import PROBE_GATE

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherModel:
    """The pack that a gallery changes to. `crops` is `None` if it aligns faces in another way than the gallery's
    own pack, so that kept samples say nothing to it and only kept photos do. `size` is that of an image file, px."""

    pack: str
    inference: Inference
    crops: Crops | None
    size: Callable[[bytes], Size]

    @property
    def model(self) -> ModelIdentity:
        return self.inference.model


OtherModelOf = Callable[[Gallery, str], Awaitable[OtherModel]]
"""The models of another pack, for a gallery. Raises `ModelNotFound` and what loading raises; `CalibrationMissing`
if nothing could be decided with it under the gallery's policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReembedding:
    """Submits the job, if every reference can go with it."""

    store: Store
    tenant: TenantId
    submit: SubmitJob
    others: OtherModelOf

    async def __call__(self, gallery: Gallery, pack: str, *, drop_missing: bool = False) -> Job:
        """Raises `ValueInvalid` if references would be lost and `drop_missing` does not allow it, `ModelMismatch`
        if the gallery has this model already, `ModelNotFound`."""
        other = await self.others(gallery, pack)
        if other.model == gallery.model:
            raise ModelMismatch("The gallery has this model already.", hint="Name another model pack.")
        usable, missing = await self._sorted(gallery, other)
        if missing and not drop_missing:
            raise ValueInvalid(
                f"{missing} of {missing + len(usable)} references have no kept image that this model can use.",
                hint="Allow them to be dropped (drop_missing), or enrol these subjects anew. From now on, a "
                "policy that keeps samples or photos avoids this.",
            )
        options = JobOptions(pack=pack, drop_missing=drop_missing)
        return await self.submit(JobKind.REEMBED, gallery, _items(usable), options=options)

    async def _sorted(self, gallery: Gallery, other: OtherModel) -> tuple[list[ReferenceId], int]:
        """References that have an image for the other model, and how many have none."""
        usable: list[ReferenceId] = []
        missing, after = 0, None
        while True:
            async with self.store.transaction(self.tenant) as work:
                page = await work.references.page(gallery.id, after=after, limit=_PAGE)
                kinds = await work.samples.kinds([one.id for one in page])
            good = [one.id for one in page if can_use(kinds.get(one.id, ()), other)]
            usable, missing = usable + good, missing + len(page) - len(good)
            if len(page) < _PAGE:
                return usable, missing
            after = page[-1].id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reembed:
    """Implements `Handler` for jobs of the kind `reembed`. Until the change, everybody searches the old templates;
    after it, nobody finds one."""

    store: Store
    tenant: TenantId
    others: OtherModelOf
    clock: Clock
    ledger: Ledger

    async def __call__(self, job: Job, items: Sequence[JobItem]) -> None:
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.get(job.gallery_id)
        other = await self.others(gallery, job.options.pack)
        for item in items:
            await self._item(job, gallery, other, item)

    async def finish(self, job: Job) -> bool:
        """Changes over if everything is there; else there is more to do, such as what was enrolled meanwhile."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.get(job.gallery_id)
        other = await self.others(gallery, job.options.pack)
        if gallery.model == other.model:
            return True  # it was changed, and the worker ended before it could say so
        async with self.store.transaction(self.tenant) as work:
            missing = await work.staging.missing(job.id, gallery.id)
            late = await self._late(work, job, missing, other)
            if late:
                await work.jobs.extend(job.id, late)
                return False
            if missing and not job.options.drop_missing:
                raise ValueInvalid(
                    f"{len(missing)} references could not be given the other model, so nothing was changed."
                )
            await self._change(work, job, gallery, other, dropped=len(missing))
        return True

    async def _item(self, job: Job, gallery: Gallery, other: OtherModel, item: JobItem) -> None:
        error: VisavisError | None = None
        template: Template | None = None
        reference_id = ReferenceId(UUID(item.label))
        try:
            async with self.store.transaction(self.tenant) as work:
                reference = await work.references.get(reference_id)
                template = await _on_trial(work, gallery, reference_id, other)
                image = await image_for(work, reference_id, other) if template is None else None
            if image is not None:
                template = await template_for(image, reference, other)
        except Unavailable:
            raise
        except VisavisError as caught:
            error = caught
        async with self.store.transaction(self.tenant) as work:
            if error is None and template is not None:
                staged = StagedTemplate(
                    reference_id=reference_id, subject_id=reference.subject_id, template=template
                )
                await work.staging.add(job.id, gallery.id, [staged])
            await work.jobs.finish_item(
                job.id,
                item.number,
                self.clock.now(),
                result=None if error else ItemResult(reference_id=reference_id),
                fault=fault_of(error) if error and not isinstance(error, ReferenceNotFound) else None,
            )

    async def _late(
        self, work: UnitOfWork, job: Job, missing: Sequence[ReferenceId], other: OtherModel
    ) -> list[JobItem]:
        """Items for references that were never tried."""
        tried: set[str] = set()
        after = -1
        while page := await work.jobs.items(job.id, after=after, limit=_PAGE):
            tried |= {item.label for item in page}
            after = page[-1].number
        kinds = await work.samples.kinds(missing)
        return [
            JobItem(number=0, kind=ItemKind.REFERENCE, label=str(one))
            for one in missing
            if str(one) not in tried and can_use(kinds.get(one, ()), other)
        ]

    async def _change(
        self, work: UnitOfWork, job: Job, gallery: Gallery, other: OtherModel, *, dropped: int
    ) -> None:
        await end_trial(work, self.ledger, gallery, f"the gallery was given {other.pack}")
        references = await work.staging.switch(job.id, gallery.id, pack=other.pack, model=other.model)
        await self.ledger.note(
            work,
            Action.GALLERY_REEMBEDDED,
            f"gallery:{gallery.id}",
            references=references,
            dropped=dropped,
            model=str(other.model),
            before=str(gallery.model),
        )
        if gallery.calibration is not None:  # it says nothing about scores of the other model
            await self.ledger.note(
                work,
                Action.GALLERY_CALIBRATION_REMOVED,
                f"gallery:{gallery.id}",
                data=gallery.calibration.data,
            )


async def _items(references: Sequence[ReferenceId]) -> AsyncIterator[NewItem]:
    for reference_id in references:
        item = JobItem(number=0, kind=ItemKind.REFERENCE, label=str(reference_id))
        yield NewItem(item=item, payload=b"")


def can_use(kinds: Sequence[Keep], other: OtherModel) -> bool:
    return Keep.PHOTO in kinds or (Keep.SAMPLE in kinds and other.crops is not None)


async def _on_trial(
    work: UnitOfWork, gallery: Gallery, reference_id: ReferenceId, other: OtherModel
) -> Template | None:
    """What was made of the reference already, while this model was on trial here."""
    trial = await work.trials.of(gallery.id)
    if trial is None or trial.model != other.model:
        return None
    return (await work.trials.templates(trial, [reference_id])).get(reference_id)


async def image_for(work: UnitOfWork, reference_id: ReferenceId, other: OtherModel) -> KeptImage:
    """The photo if it is kept, because it can be aligned anew; else the sample."""
    image = await work.samples.get(reference_id, Keep.PHOTO)
    if image is None and other.crops is not None:
        image = await work.samples.get(reference_id, Keep.SAMPLE)
    if image is None:
        raise ValueInvalid("Nothing is kept of this reference that the other model can use.")
    return image


async def template_for(image: KeptImage, reference: Reference, other: OtherModel) -> Template:
    """Of the face that the reference was made of, where the photo shows several."""
    if image.kind is Keep.SAMPLE and other.crops is not None:
        found = [await other.crops.sample(image.content, gate=PROBE_GATE)]
    else:
        found = await other.inference.samples(image.content, gate=PROBE_GATE)
        if len(found) > 1 and reference.details.box is not None:
            found = [_nearest(found, reference.details.box, other.size(image.content))]
    (template,) = await other.inference.templates([the_one(found, largest=True)], flip=True)
    return template


def _nearest(
    found: Sequence[Sample | Rejection], shares: tuple[float, float, float, float], size: Size
) -> Sample | Rejection:
    """The face whose box covers best where the reference's was."""
    left, top, width, height = shares
    right, bottom = (left + width) * size.width, (top + height) * size.height
    box = Box(left=left * size.width, top=top * size.height, right=right, bottom=bottom)
    return max(found, key=lambda face: face.face.box.overlap(box))

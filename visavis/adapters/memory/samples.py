"""Kept samples and photos in memory. Nothing is encrypted, because nothing is stored."""

from collections.abc import Sequence

from visavis.adapters.memory.work import Work
from visavis.application.ports.samples import KeptImage
from visavis.domain.errors import AlreadyExists, ReferenceNotFound, ValueInvalid
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId


class MemorySamples:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, images: Sequence[KeptImage]) -> None:
        """All checks come before the first change, because an error must leave nothing behind."""
        if not images:
            return
        tables = await self._work.write()
        if any(image.kind is Keep.NOTHING for image in images):
            raise ValueInvalid("What is kept is a sample or a photo.")
        known = {reference.id for reference in tables.everything()}
        if any(image.reference_id not in known for image in images):
            raise ReferenceNotFound
        new = [(image.reference_id, image.kind) for image in images]
        kept = {(image.reference_id, image.kind) for group in tables.samples.values() for image in group}
        if len(set(new)) < len(new) or kept & set(new):
            raise AlreadyExists("An image of this kind is kept of the reference already.")
        for image in images:
            tables.samples[image.reference_id] = (*tables.samples.get(image.reference_id, ()), image)

    async def get(self, reference_id: ReferenceId, kind: Keep) -> KeptImage | None:
        images = self._work.read().samples.get(reference_id, ())
        return next((image for image in images if image.kind is kind), None)

    async def kinds(self, reference_ids: Sequence[ReferenceId]) -> dict[ReferenceId, tuple[Keep, ...]]:
        samples = self._work.read().samples
        return {
            reference_id: tuple(sorted(image.kind for image in samples[reference_id]))
            for reference_id in reference_ids
            if reference_id in samples
        }

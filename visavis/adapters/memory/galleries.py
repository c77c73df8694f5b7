"""Galleries in memory."""

from dataclasses import replace

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.store import GallerySummary
from visavis.domain.decision import Calibration
from visavis.domain.errors import AlreadyExists, GalleryNotFound, PreconditionFailed
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId
from visavis.domain.template import ModelIdentity


class MemoryGalleries:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, gallery: Gallery) -> None:
        tables = await self._work.write()
        taken = any(other.name == gallery.name for other in tables.galleries.values())
        if taken or gallery.id in tables.galleries:
            raise AlreadyExists(f"There is a gallery {gallery.name!r} already.")
        tables.galleries[gallery.id] = gallery
        tables.members[gallery.id] = frozenset()
        tables.references[gallery.id] = {}
        tables.photos[gallery.id] = {}
        tables.changes[gallery.id] = {}
        tables.sequences[gallery.id] = 0

    async def by_name(self, name: str) -> Gallery:
        for gallery in self._work.read().galleries.values():
            if gallery.name == name:
                return gallery
        raise GalleryNotFound(f"There is no gallery {name!r}.")

    async def get(self, gallery_id: GalleryId) -> Gallery:
        return self._work.read().gallery(gallery_id)

    async def all(self) -> list[GallerySummary]:
        tables = self._work.read()
        ordered = sorted(tables.galleries.values(), key=lambda gallery: gallery.name)
        return [_summary(tables, gallery) for gallery in ordered]

    async def summary(self, gallery_id: GalleryId) -> GallerySummary:
        self._work.read().gallery(gallery_id)
        return next(one for one in await self.all() if one.gallery.id == gallery_id)

    async def set_policy(
        self, gallery_id: GalleryId, policy: Policy, *, expected: Policy | None = None
    ) -> None:
        tables = await self._work.write()
        if expected is not None and tables.gallery(gallery_id).policy != expected:
            raise PreconditionFailed
        tables.galleries[gallery_id] = replace(tables.gallery(gallery_id), policy=policy)

    async def set_calibration(self, gallery_id: GalleryId, calibration: Calibration | None) -> None:
        tables = await self._work.write()
        tables.galleries[gallery_id] = replace(tables.gallery(gallery_id), calibration=calibration)

    async def replace_model(self, gallery_id: GalleryId, *, pack: str, model: ModelIdentity) -> None:
        tables = await self._work.write()
        before = tables.gallery(gallery_id)
        kept = before.calibration if before.model == model else None
        tables.galleries[gallery_id] = replace(before, pack=pack, model=model, calibration=kept)
        if before.model != model:
            for subject_id, gone in sorted(tables.kept(gallery_id).items()):
                tables.keep(gallery_id, subject_id, ())
                tables.prune(gone)

    async def remove(self, gallery_id: GalleryId) -> int:
        tables = await self._work.write()
        tables.gallery(gallery_id)
        members = tables.members[gallery_id]
        removed = sum(tables.expel(gallery_id, subject_id) for subject_id in members)
        for subject_id in members:
            if not tables.where(subject_id):
                tables.drop(subject_id)
        del tables.galleries[gallery_id], tables.members[gallery_id]
        del tables.references[gallery_id], tables.photos[gallery_id]
        del tables.changes[gallery_id], tables.sequences[gallery_id]
        return removed


def _summary(tables: Tables, gallery: Gallery) -> GallerySummary:
    return GallerySummary(
        gallery=gallery,
        subjects=len(tables.members[gallery.id]),
        references=sum(map(len, tables.kept(gallery.id).values())),
    )

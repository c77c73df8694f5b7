"""Galleries in memory."""

from dataclasses import replace

from visavis.adapters.memory.work import Work
from visavis.application.ports.store import GallerySummary
from visavis.domain.errors import AlreadyExists, GalleryNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId


class MemoryGalleries:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, gallery: Gallery) -> None:
        tables = await self._work.write()
        taken = any(other.name == gallery.name for other in tables.galleries.values())
        if taken or gallery.id in tables.galleries:
            raise AlreadyExists(f"There is a gallery {gallery.name!r} already.")
        tables.galleries[gallery.id] = gallery
        tables.references[gallery.id] = {}
        tables.photos[gallery.id] = {}
        tables.changes[gallery.id] = {}
        tables.sequences[gallery.id] = 0

    async def by_name(self, name: str) -> Gallery:
        for gallery in self._work.read().galleries.values():
            if gallery.name == name:
                return gallery
        raise GalleryNotFound(f"There is no gallery {name!r}.")

    async def all(self) -> list[GallerySummary]:
        tables = self._work.read()
        return [
            GallerySummary(
                gallery=gallery,
                subjects=len(tables.kept(gallery.id)),
                references=sum(map(len, tables.kept(gallery.id).values())),
            )
            for gallery in sorted(tables.galleries.values(), key=lambda gallery: gallery.name)
        ]

    async def set_policy(self, gallery_id: GalleryId, policy: Policy) -> None:
        tables = await self._work.write()
        tables.galleries[gallery_id] = replace(tables.gallery(gallery_id), policy=policy)

    async def remove(self, gallery_id: GalleryId) -> int:
        tables = await self._work.write()
        tables.gallery(gallery_id)
        kept = tables.references.pop(gallery_id)
        for subject_id in kept:
            if not tables.where(subject_id):
                del tables.subjects[subject_id]
        del tables.galleries[gallery_id], tables.photos[gallery_id]
        del tables.changes[gallery_id], tables.sequences[gallery_id]
        return sum(map(len, kept.values()))

"""References in memory."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.store import Change
from visavis.domain.errors import AlreadyEnrolled, AlreadyExists, ReferenceNotFound, SubjectNotFound
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId
from visavis.domain.template import require_same_model


class MemoryReferences:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, references: Sequence[Reference]) -> None:
        if not references:
            return
        tables = await self._work.write()
        _require_valid(tables, references)
        groups: dict[tuple[GalleryId, SubjectId], list[Reference]] = defaultdict(list)
        for reference in references:
            groups[reference.gallery_id, reference.subject_id].append(reference)
        for (gallery_id, subject_id), new in groups.items():
            kept = (*tables.kept(gallery_id).get(subject_id, ()), *new)
            oldest_first = tuple(sorted(kept, key=lambda one: (one.created_at, one.id)))
            tables.keep(gallery_id, subject_id, oldest_first)

    async def of_subjects(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Reference]]:
        kept = self._work.read().kept(gallery_id)
        return {subject_id: list(kept[subject_id]) for subject_id in subject_ids if subject_id in kept}

    async def everything(self, gallery_id: GalleryId, *, batch: int = 1000) -> AsyncIterator[list[Reference]]:
        gathered: list[Reference] = []
        for _, references in sorted(self._work.read().kept(gallery_id).items()):
            if gathered and len(gathered) + len(references) > batch:
                yield gathered
                gathered = []
            gathered = [*gathered, *references]
        if gathered:
            yield gathered

    async def count(self, gallery_id: GalleryId) -> int:
        return sum(map(len, self._work.read().kept(gallery_id).values()))

    async def by_photo(self, gallery_id: GalleryId, photos: Sequence[bytes]) -> dict[bytes, SubjectId]:
        known = self._work.read().photos.get(gallery_id, {})
        return {photo: known[photo] for photo in photos if photo in known}

    async def remove(self, reference_id: ReferenceId) -> None:
        tables = await self._work.write()
        found = next((one for one in _all(tables) if one.id == reference_id), None)
        if found is None:
            raise ReferenceNotFound
        kept = tables.kept(found.gallery_id)[found.subject_id]
        rest = tuple(one for one in kept if one.id != reference_id)
        tables.keep(found.gallery_id, found.subject_id, rest)

    async def changes(self, gallery_id: GalleryId, *, after: int) -> list[Change]:
        changed = self._work.read().changes.get(gallery_id, {})
        ordered = sorted((sequence, subject) for subject, sequence in changed.items() if sequence > after)
        return [Change(sequence=sequence, subject_id=subject) for sequence, subject in ordered]

    async def sequence(self, gallery_id: GalleryId) -> int:
        tables = self._work.read()
        tables.gallery(gallery_id)
        return tables.sequences[gallery_id]

    async def fingerprint(self, photo: bytes) -> bytes:
        return hmac.new(self._work.read().photo_key, photo, hashlib.sha256).digest()


def _require_valid(tables: Tables, references: Sequence[Reference]) -> None:
    """All checks come before the first change, because an error must leave nothing behind."""
    for reference in references:
        require_same_model(reference.template.model, tables.gallery(reference.gallery_id).model)
        if reference.subject_id not in tables.subjects:
            raise SubjectNotFound
    photos = [(one.gallery_id, one.photo) for one in references if one.photo]
    known = [photo for gallery, photo in photos if photo in tables.photos[gallery]]
    if known or len(set(photos)) < len(photos):
        raise AlreadyEnrolled
    ids = {one.id for one in references}
    if len(ids) < len(references) or any(one.id in ids for one in _all(tables)):
        raise AlreadyExists("There is a reference of this identifier already.")


def _all(tables: Tables) -> list[Reference]:
    return [one for kept in tables.references.values() for group in kept.values() for one in group]

"""References in memory."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.store import Change, ReferenceSummary, ReferenceVectors
from visavis.domain.errors import AlreadyEnrolled, AlreadyExists, ReferenceNotFound, SubjectNotFound
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId
from visavis.domain.template import require_same_model

_SUBJECTS_TOGETHER = 1000


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
            tables.keep(gallery_id, subject_id, (*tables.kept(gallery_id).get(subject_id, ()), *new))

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

    async def vectors(self, gallery_id: GalleryId) -> AsyncIterator[ReferenceVectors]:
        kept = sorted((owner, some) for owner, some in self._work.read().kept(gallery_id).items() if some)
        for start in range(0, len(kept), _SUBJECTS_TOGETHER):
            yield _vectors(kept[start : start + _SUBJECTS_TOGETHER])

    async def count(self, gallery_id: GalleryId) -> int:
        return sum(map(len, self._work.read().kept(gallery_id).values()))

    async def by_photo(self, gallery_id: GalleryId, photos: Sequence[bytes]) -> dict[bytes, SubjectId]:
        known = self._work.read().photos.get(gallery_id, {})
        return {photo: known[photo] for photo in photos if photo in known}

    async def remove(self, reference_id: ReferenceId) -> None:
        tables = await self._work.write()
        found = _found(tables, reference_id)
        kept = tables.kept(found.gallery_id)[found.subject_id]
        tables.keep(found.gallery_id, found.subject_id, [other for other in kept if other.id != reference_id])
        tables.prune([found])
        tables.drop_empty_faces([found.subject_id])

    async def get(self, reference_id: ReferenceId) -> Reference:
        return _found(self._work.read(), reference_id)

    async def page(
        self,
        gallery_id: GalleryId,
        *,
        subject_id: SubjectId | None = None,
        ids: Sequence[ReferenceId] | None = None,
        after: ReferenceId | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[ReferenceSummary]:
        tables = self._work.read()
        wanted = None if ids is None else set(ids)
        chosen = (
            one
            for group in tables.kept(gallery_id).values()
            for one in group
            if (subject_id is None or one.subject_id == subject_id)
            and (wanted is None or one.id in wanted)
            and (after is None or one.id > after)
        )
        ordered = sorted(chosen, key=lambda one: one.id)
        return [_summary(tables, one) for one in ordered[offset : offset + limit]]

    async def move(self, reference_ids: Sequence[ReferenceId], subject_id: SubjectId) -> None:
        tables = await self._work.write()
        tables.subject(subject_id)
        moved = [_found(tables, reference_id) for reference_id in dict.fromkeys(reference_ids)]
        moved = [one for one in moved if one.subject_id != subject_id]
        for one in moved:
            kept = tables.kept(one.gallery_id)
            left = [other for other in kept[one.subject_id] if other.id != one.id]
            tables.keep(one.gallery_id, one.subject_id, left)
            gained = (*kept.get(subject_id, ()), replace(one, subject_id=subject_id))
            tables.keep(one.gallery_id, subject_id, gained)
        tables.drop_empty_faces({one.subject_id for one in moved})

    async def expired(
        self, gallery_id: GalleryId, created_before: datetime, *, limit: int
    ) -> list[ReferenceId]:
        kept = (one for group in self._work.read().kept(gallery_id).values() for one in group)
        old = sorted((one.created_at, one.id) for one in kept if one.created_at < created_before)
        return [reference_id for _, reference_id in old[:limit]]

    async def changes(self, gallery_id: GalleryId, *, after: int, limit: int | None = None) -> list[Change]:
        changed = self._work.read().changes.get(gallery_id, {})
        ordered = sorted((sequence, subject) for subject, sequence in changed.items() if sequence > after)
        return [Change(sequence=sequence, subject_id=subject) for sequence, subject in ordered[:limit]]

    async def sequence(self, gallery_id: GalleryId) -> int:
        tables = self._work.read()
        tables.gallery(gallery_id)
        return tables.sequences[gallery_id]

    async def claim_index(self, gallery_id: GalleryId) -> None:  # noqa: ARG002
        """Writers take turns here, whatever they write."""
        await self._work.write()

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
    if len(ids) < len(references) or any(one.id in ids for one in tables.everything()):
        raise AlreadyExists("There is a reference of this identifier already.")


def _found(tables: Tables, reference_id: ReferenceId) -> Reference:
    found = next((one for one in tables.everything() if one.id == reference_id), None)
    if found is None:
        raise ReferenceNotFound
    return found


def _summary(tables: Tables, reference: Reference) -> ReferenceSummary:
    subject = tables.subjects[reference.subject_id]
    return ReferenceSummary(
        id=reference.id,
        gallery_id=reference.gallery_id,
        subject_id=reference.subject_id,
        subject=subject.name,
        kind=subject.kind,
        quality=reference.template.quality,
        details=reference.details,
        created_at=reference.created_at,
    )


def _vectors(kept: Sequence[tuple[SubjectId, Sequence[Reference]]]) -> ReferenceVectors:
    templates = [one.template for _, references in kept for one in references]
    halves = [(subject_id.int >> 64, subject_id.int & (1 << 64) - 1) for subject_id, _ in kept]
    return ReferenceVectors(
        subjects=np.array(halves, np.uint64),
        counts=np.array([len(references) for _, references in kept], np.intp),
        vectors=np.stack([template.vector for template in templates]),
        norms=np.array([template.norm for template in templates], np.float32),
    )

"""Looks that are not a subject, in memory."""

from collections import defaultdict
from collections.abc import Sequence

from visavis.adapters.memory.work import Work
from visavis.domain.correction import Denial
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import require_same_model


class MemoryDenials:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, denials: Sequence[Denial]) -> None:
        tables = await self._work.write()
        for one in denials:
            require_same_model(one.template.model, tables.gallery(one.gallery_id).model)
            tables.corrections.denials[one.id] = one
            tables.note_change(one.gallery_id, one.subject_id)

    async def of(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Denial]]:
        tables = self._work.read()
        found: dict[SubjectId, list[Denial]] = defaultdict(list)
        kept = sorted(tables.corrections.denials.values(), key=lambda one: (one.created_at, one.id))
        for one in kept:
            if (
                one.gallery_id == gallery_id
                and one.subject_id in subject_ids
                and one.shows_id != one.subject_id
                and one.template.model == tables.gallery(gallery_id).model
            ):
                found[one.subject_id].append(one)
        return dict(found)

    async def subjects(self, gallery_id: GalleryId) -> frozenset[SubjectId]:
        denials = self._work.read().corrections.denials.values()
        return frozenset(one.subject_id for one in denials if one.gallery_id == gallery_id)

    async def forget(self, subject_id: SubjectId) -> int:
        tables = await self._work.write()
        named = {one.id for one in tables.events.values() if one.subject_id == subject_id}
        gone = tables.corrections.end_denials(
            lambda one: subject_id in (one.subject_id, one.shows_id) or one.event_id in named
        )
        tables.note_denials(gone)
        return len(gone)

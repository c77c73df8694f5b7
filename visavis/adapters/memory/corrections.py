"""Corrections in memory. Nothing is encrypted, because nothing is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.correction_tables import ParkedBeside
from visavis.adapters.memory.work import Work
from visavis.application.ports.corrections import CorrectionFilter, Parked
from visavis.domain.correction import Correction, CorrectionId
from visavis.domain.errors import CorrectionNotFound
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import require_same_model


class MemoryCorrections:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def claim(self) -> None:
        """Writers take turns here, whatever they write."""
        await self._work.write()

    async def add(self, correction: Correction) -> Correction:
        tables = await self._work.write()
        for subject_id in (correction.subject_id, correction.other_id):
            if subject_id is not None:
                tables.subject(subject_id)
        corrections = tables.corrections.corrections
        last = max((one.sequence for one in corrections.values()), default=0)
        corrections[correction.id] = replace(correction, sequence=last + 1)
        return corrections[correction.id]

    async def get(self, correction_id: CorrectionId) -> Correction:
        corrections = self._work.read().corrections.corrections
        if correction_id not in corrections:
            raise CorrectionNotFound
        return corrections[correction_id]

    async def page(
        self, wanted: CorrectionFilter, *, before: int | None = None, limit: int = 100
    ) -> list[Correction]:
        chosen = [
            one
            for one in self._work.read().corrections.corrections.values()
            if _is_wanted(one, wanted) and (before is None or one.sequence < before)
        ]
        return sorted(chosen, key=lambda one: -one.sequence)[:limit]

    async def close(
        self, correction_id: CorrectionId, at: datetime, by: str, *, unmade: SubjectId | None = None
    ) -> Correction:
        everything = await self._work.write()
        tables = everything.corrections
        closed = replace(await self.get(correction_id), undone_at=at, undone_by=by)
        if unmade is not None and closed.other_id == unmade:
            closed = replace(closed, other_id=None, gone_id=unmade)
        tables.corrections[correction_id] = closed
        everything.note_denials(tables.end(correction_id))
        return closed

    async def purge(
        self, gallery_id: GalleryId | None, made_before: datetime, now: datetime, *, limit: int = 10_000
    ) -> int:
        everything = await self._work.write()
        tables = everything.corrections
        old = [
            one
            for one in tables.corrections.values()
            if (one.expires_at <= now or one.made_at < made_before)
            and (gallery_id in one.galleries if gallery_id else not one.galleries)
        ]
        gone = sorted(old, key=lambda one: one.sequence)[:limit]
        everything.note_denials(tables.remove([one.id for one in gone]))
        return len(gone)

    async def park(self, correction_id: CorrectionId, parked: Sequence[Parked]) -> None:
        tables = (await self._work.write()).corrections
        holder = (await self.get(correction_id)).subject_id
        new = tuple(ParkedBeside(subject_id=holder, parked=one) for one in parked)
        tables.parked[correction_id] = (*tables.parked.get(correction_id, ()), *new)

    async def parked(self, correction_id: CorrectionId) -> list[Parked]:
        tables = self._work.read()
        kept = [one.parked for one in tables.corrections.parked.get(correction_id, ())]
        for one in kept:
            require_same_model(one.reference.template.model, tables.gallery(one.reference.gallery_id).model)
        return sorted(kept, key=lambda one: one.reference.id)

    async def keep_apart(self, one: SubjectId, other: SubjectId, at: datetime) -> bool:  # noqa: ARG002
        tables = await self._work.write()
        tables.subject(one)
        tables.subject(other)
        pair = (min(one, other), max(one, other))
        new = pair not in tables.corrections.apart
        tables.corrections.apart |= {pair}
        return new

    async def rejoin(self, one: SubjectId, other: SubjectId) -> None:
        tables = (await self._work.write()).corrections
        tables.apart -= {(min(one, other), max(one, other))}

    async def are_apart(self, one: SubjectId, other: SubjectId) -> bool:
        return (min(one, other), max(one, other)) in self._work.read().corrections.apart

    async def apart(self, gallery_id: GalleryId) -> list[tuple[SubjectId, SubjectId]]:
        tables = self._work.read()
        members = tables.members.get(gallery_id, frozenset())
        return sorted(pair for pair in tables.corrections.apart if members >= set(pair))


def _is_wanted(one: Correction, wanted: CorrectionFilter) -> bool:
    return (
        wanted.kind in (None, one.kind)
        and (wanted.subject_id is None or wanted.subject_id in one.subjects)
        and wanted.event_id in (None, one.event_id)
        and (wanted.within is None or (bool(one.galleries) and wanted.within >= set(one.galleries)))
        and wanted.undone in (None, one.undone_at is not None)
    )

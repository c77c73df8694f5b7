"""The store as a search with the pack on trial sees it: the same galleries, with the candidate's templates.

So everything that a search does holds for the candidate, too: consents, looks that were denied, and that whatever was
removed is found no more.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from visavis.application.ports.store import Change, ReferenceVectors, Store, UnitOfWork
from visavis.domain.errors import TrialNotFound
from visavis.domain.subject import GalleryId, Reference, SubjectId, TenantId
from visavis.domain.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStore:
    """Implements `Store` for searches of the trial's gallery, and for nothing else. A transaction raises
    `TrialNotFound` once the trial is over: a candidate without templates would recognise nobody."""

    store: Store
    trial: Trial

    def transaction(self, tenant: TenantId) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._transaction(tenant)

    @asynccontextmanager
    async def _transaction(self, tenant: TenantId) -> AsyncIterator[UnitOfWork]:
        async with self.store.transaction(tenant) as work:
            known = await work.trials.of(self.trial.gallery_id)
            if known is None or known.id != self.trial.id:
                raise TrialNotFound
            yield cast("UnitOfWork", _Unit(work, _References(work, self.trial)))


class _Unit:
    """All of a unit of work but the references, which are the candidate's."""

    def __init__(self, work: UnitOfWork, references: "_References") -> None:
        self._work = work
        self.references = references

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)


class _References:
    """What a search asks of `References`."""

    def __init__(self, work: UnitOfWork, trial: Trial) -> None:
        self._work = work
        self._trial = trial

    async def of_subjects(
        self, gallery_id: GalleryId, subject_ids: Sequence[SubjectId]
    ) -> dict[SubjectId, list[Reference]]:
        found = await self._work.references.of_subjects(gallery_id, subject_ids)
        made = await self._made([one for some in found.values() for one in some])
        kept: dict[SubjectId, list[Reference]] = {}
        for one in made:
            kept.setdefault(one.subject_id, []).append(one)
        return kept

    async def vectors(self, gallery_id: GalleryId) -> AsyncIterator[ReferenceVectors]:
        async for batch in self._work.references.everything(gallery_id):
            made = await self._made(batch)
            if made:
                yield _vectors(made)

    async def changes(self, gallery_id: GalleryId, *, after: int, limit: int | None = None) -> list[Change]:
        return await self._work.references.changes(gallery_id, after=after, limit=limit)

    async def sequence(self, gallery_id: GalleryId) -> int:
        return await self._work.references.sequence(gallery_id)

    async def claim_index(self, gallery_id: GalleryId) -> None:
        await self._work.references.claim_index(gallery_id)

    async def _made(self, references: Sequence[Reference]) -> list[Reference]:
        """In their order, those that the candidate has."""
        made = await self._work.trials.templates(self._trial, [one.id for one in references])
        return [replace(one, template=made[one.id]) for one in references if one.id in made]


def _vectors(references: Sequence[Reference]) -> ReferenceVectors:
    """Of references that come by subject."""
    counts: dict[SubjectId, int] = {}
    for one in references:
        counts[one.subject_id] = counts.get(one.subject_id, 0) + 1
    halves = [(subject_id.int >> 64, subject_id.int & (1 << 64) - 1) for subject_id in counts]
    return ReferenceVectors(
        subjects=np.array(halves, np.uint64),
        counts=np.array(list(counts.values()), np.intp),
        vectors=np.stack([one.template.vector for one in references]),
        norms=np.array([one.template.norm for one in references], np.float32),
    )

"""The index of one gallery, brought up to date from the store before each search.

What follows the store is the index itself: it notes the sequence of the last change that it contains. So an index
that several processes share is filled by the first that needs it, and each change is applied by one of them,
while the others wait their turn and then find it done.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
import numpy as np

from visavis.application.ports.index import Index, Indexes, Proposal
from visavis.application.ports.store import ReferenceVectors, UnitOfWork
from visavis.application.rows import SubjectRows
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, SubjectId, TenantId
from visavis.domain.template import Template

_LONG_SEARCH = (
    20_000  #: rows times probes from which on an index is searched in a thread (about a millisecond)
)
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An index that is up to date, and how much it holds."""

    index: Index
    references: int
    subjects: int

    @classmethod
    def of(cls, index: Index) -> "View":
        """Each subject with several references has their mean as one more row."""
        return cls(index=index, references=len(index) - index.several, subjects=index.subjects)

    async def propose(
        self, probes: Sequence[Template], limit: int, threads: anyio.CapacityLimiter | None = None
    ) -> list[list[Proposal]]:
        """In a thread if it takes long, so that others are served meanwhile; in `threads` at most."""
        if not probes:
            return []
        vectors = np.stack([probe.vector for probe in probes])
        if not self.index.shared and len(self.index) * len(probes) < _LONG_SEARCH:
            return self.index.propose(vectors, limit)
        return await anyio.to_thread.run_sync(self.index.propose, vectors, limit, limiter=threads)


@dataclass(slots=True, kw_only=True)
class Projection:
    """Of one gallery in this process; its index may be shared with others."""

    indexes: Indexes
    tenant: TenantId
    gallery: Gallery
    index: Index
    _view: View | None = None
    _viewed: int = -1
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def of(cls, indexes: Indexes, tenant: TenantId, gallery: Gallery) -> "Projection":
        return cls(indexes=indexes, tenant=tenant, gallery=gallery, index=await indexes.open(tenant, gallery))

    @property
    def viewed(self) -> int:
        """The sequence of the last change that was applied, -1 before the first refresh."""
        return self._viewed

    async def refresh(self, work: UnitOfWork) -> View:
        """Applies what changed in the store. Raises `GalleryNotFound`, `IndexDown`."""
        async with self._lock:
            known = await self._call(_sequence, self.index)  # before the store's, which may rise in between
            if known != await work.references.sequence(self.gallery.id):
                if self.index.shared:
                    await work.references.claim_index(self.gallery.id)
                    known = await self._call(_sequence, self.index)
                known = await self._follow(work, known)
            if self._view is None or known != self._viewed or self._view.index is not self.index:
                self._view = await self._call(View.of, self.index)
                self._viewed = known
            return self._view

    async def _follow(self, work: UnitOfWork, known: int) -> int:
        """Applies the changes after `known`, all if it is not of this store; what is known then."""
        latest = await work.references.sequence(self.gallery.id)
        if not 0 <= known <= latest:
            self.index = await self.indexes.open(self.tenant, self.gallery)
            await self._fill(work)
            known = latest  # taken first: what was committed meanwhile is applied as a change
            await self._call(self.index.advance, known)
        changes = await work.references.changes(self.gallery.id, after=known)
        if changes:
            ids = [change.subject_id for change in changes]
            references = await work.references.of_subjects(self.gallery.id, ids)
            await self._put({subject_id: references.get(subject_id, []) for subject_id in ids})
            known = changes[-1].sequence
            await self._call(self.index.advance, known)
        return known

    async def _fill(self, work: UnitOfWork) -> None:
        await self._call(self.index.clear)
        async for batch in work.references.vectors(self.gallery.id):
            await anyio.to_thread.run_sync(_put_rows, self.index, batch)  # others are served meanwhile

    async def _put(self, subjects: Mapping[SubjectId, Sequence[Reference]]) -> None:
        """Replaces the references of these subjects; a subject without any is dropped."""
        present = {subject_id: references for subject_id, references in subjects.items() if references}
        for subject_id in subjects.keys() - present.keys():
            await self._call(self.index.drop, subject_id)
        if present:
            rows = SubjectRows.of(list(present.values())).split()
            await self._call(self.index.put_many, list(zip(present, rows, strict=True)))

    async def _call(
        self, function: Callable[_Given, _Result], *given: _Given.args, **named: _Given.kwargs
    ) -> _Result:
        """In a thread if it may wait for a network."""
        if not self.index.shared:
            return function(*given, **named)
        return await anyio.to_thread.run_sync(lambda: function(*given, **named))


def _sequence(index: Index) -> int:
    return index.sequence


def _put_rows(index: Index, batch: ReferenceVectors) -> None:
    rows = SubjectRows.of_arrays(batch.vectors, batch.norms, batch.counts)
    index.put_rows(batch.subjects, rows.counts, rows.vectors)

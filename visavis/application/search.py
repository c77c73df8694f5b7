"""1:N search: the index proposes, the store disposes.

The index of a gallery lives in this process and is brought up to date before each search from the store's
ordered changes, so what another process enrolled or erased a moment ago counts at once. What it proposes is
read from the store again, decrypted and compared at full precision: an erased reference can never match, a
stale index can never lie, and quantisation costs no accuracy in the decision.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio.to_thread
import numpy as np

from visavis.application.ports.index import Index, Proposal
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.rows import SubjectRows
from visavis.domain.decision import Calibration, Candidate, CandidateList, ComparisonScore, Measure, compare
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import Template, fuse, require_same_model

_PROPOSALS = 32  #: subjects confirmed at least; quantisation errors are far smaller than the gaps this spans
_SPARE = 3  #: subjects beyond those asked for whose scores are computed in full, in case of near ties
_LONG_SEARCH = (
    20_000  #: rows times probes from which on an index is searched in a thread (about a millisecond)
)


@dataclass(slots=True)
class _Projection:
    index: Index
    sequence: int = -1
    references: int = 0
    counts: dict[SubjectId, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def restart(self, index: Index) -> None:
        """Begins again with an empty index."""
        self.index, self.references, self.counts = index, 0, {}

    def put(self, subjects: Mapping[SubjectId, Sequence[Reference]]) -> None:
        """Replaces the references of these subjects; a subject without any is dropped."""
        present = {subject_id: references for subject_id, references in subjects.items() if references}
        for subject_id, references in subjects.items():
            self.references += len(references) - self.counts.pop(subject_id, 0)
            if not references:
                self.index.drop(subject_id)
        if present:
            self.counts |= {subject_id: len(references) for subject_id, references in present.items()}
            rows = SubjectRows.of(list(present.values())).split()
            self.index.put_many(list(zip(present, rows, strict=True)))

    async def propose(self, probes: Sequence[Template], limit: int) -> list[list[Proposal]]:
        """In a thread if it takes long, so that others are served meanwhile."""
        if not probes:
            return []
        vectors = np.stack([probe.vector for probe in probes])
        if len(self.index) * len(probes) < _LONG_SEARCH:
            return self.index.propose(vectors, limit)
        return await anyio.to_thread.run_sync(self.index.propose, vectors, limit)


@dataclass(slots=True)
class GallerySearch:
    """Searches the galleries of one tenant. One per process; safe for concurrent tasks of one event loop."""

    store: Store
    tenant: TenantId
    new_index: Callable[[int], Index]
    _projections: dict[GalleryId, _Projection] = field(default_factory=dict)

    async def warm(self, gallery: Gallery) -> int:
        """Builds or refreshes the index of a gallery; the number of references in it."""
        async with self.store.transaction(self.tenant) as work:
            return (await self._fresh(work, gallery)).references

    async def __call__(
        self,
        gallery: Gallery,
        probes: Sequence[Template],
        calibration: Calibration,
        *,
        limit: int = 5,
    ) -> list[CandidateList]:
        """For each probe the `limit` most alike subjects. Raises `ModelMismatch` for probes of another model."""
        for probe in probes:
            require_same_model(gallery.model, probe.model)
        async with self.store.transaction(self.tenant) as work:
            projection = await self._fresh(work, gallery)
            proposals = await projection.propose(probes, max(limit, _PROPOSALS))
            wanted = {proposal.subject_id for row in proposals for proposal in row}
            kept = await work.references.of_subjects(gallery.id, list(wanted))
            names = await work.subjects.names(list(kept))
        confirm = _Confirmation.of(kept, names, calibration, gallery.policy.measure)
        return [
            CandidateList(
                candidates=confirm(probe, [proposal.subject_id for proposal in row], limit),
                searched=projection.references,
                subjects=len(projection.counts),
            )
            for probe, row in zip(probes, proposals, strict=True)
        ]

    async def _fresh(self, work: UnitOfWork, gallery: Gallery) -> _Projection:
        projection = self._projections.get(gallery.id)
        if projection is None:
            projection = _Projection(index=self.new_index(gallery.model.dimension))
            self._projections[gallery.id] = projection
        async with projection.lock:
            if projection.sequence < 0:
                if projection.counts:  # an earlier beginning was cut off
                    projection.restart(self.new_index(gallery.model.dimension))
                await _build(work, gallery, projection)
            changes = await work.references.changes(gallery.id, after=projection.sequence)
            if changes:
                ids = [change.subject_id for change in changes]
                references = await work.references.of_subjects(gallery.id, ids)
                projection.put({subject_id: references.get(subject_id, []) for subject_id in ids})
                projection.sequence = changes[-1].sequence
        return projection


async def _build(work: UnitOfWork, gallery: Gallery, projection: _Projection) -> None:
    """Reads the whole gallery. The sequence is taken first: what commits meanwhile is applied as a change."""
    sequence = await work.references.sequence(gallery.id)
    async for batch in work.references.everything(gallery.id):
        by_subject: dict[SubjectId, list[Reference]] = {}
        for reference in batch:
            by_subject.setdefault(reference.subject_id, []).append(reference)
        projection.put(by_subject)
    projection.sequence = sequence


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Confirmation:
    """Ranks proposed subjects by their full-precision scores; those that no longer exist fall out."""

    references: Sequence[Sequence[Reference]]
    names: Sequence[str]
    places: dict[SubjectId, int]
    rows: SubjectRows | None
    calibration: Calibration
    measure: Measure

    @classmethod
    def of(
        cls,
        kept: Mapping[SubjectId, Sequence[Reference]],
        names: Mapping[SubjectId, str],
        calibration: Calibration,
        measure: Measure,
    ) -> "_Confirmation":
        present = [
            subject_id for subject_id, references in kept.items() if references and subject_id in names
        ]
        references = [kept[subject_id] for subject_id in present]
        return cls(
            references=references,
            names=[names[subject_id] for subject_id in present],
            places={subject_id: place for place, subject_id in enumerate(present)},
            rows=SubjectRows.of(references) if references else None,
            calibration=calibration,
            measure=measure,
        )

    def __call__(self, probe: Template, proposed: Sequence[SubjectId], limit: int) -> tuple[Candidate, ...]:
        """All are compared at once in float32; what is returned is computed as `compare` does it."""
        if self.rows is None:
            return ()
        scores = self.rows.best_scores(probe, self.measure)
        present = [subject_id for subject_id in proposed if subject_id in self.places]
        ranked = sorted(present, key=lambda subject_id: -scores[self.places[subject_id]])
        candidates = [self._candidate(probe, subject_id) for subject_id in ranked[: limit + _SPARE]]
        return tuple(sorted(candidates, key=lambda c: (-c.score.value, c.subject_id))[:limit])

    def _candidate(self, probe: Template, subject_id: SubjectId) -> Candidate:
        place = self.places[subject_id]
        score, reference_id = best_score(probe, self.references[place], self.measure)
        return Candidate(
            subject_id=subject_id,
            name=self.names[place],
            score=score,
            fmr=self.calibration.fmr_at(score.value),
            reference_id=reference_id,
        )


def best_score(
    probe: Template, references: Sequence[Reference], measure: Measure
) -> tuple[ComparisonScore, ReferenceId | None]:
    """The best of all references and of their mean (then the id is `None`)."""
    scored: list[tuple[ComparisonScore, ReferenceId | None]] = [
        (compare(probe, reference.template, measure), reference.id) for reference in references
    ]
    if len(references) > 1:
        mean = fuse([reference.template for reference in references])
        scored.append((compare(probe, mean, measure), None))
    return max(scored, key=lambda pair: pair[0].value)

"""1:N search: the index proposes, the store disposes.

The index of a gallery lives in this process and is brought up to date before each search from the store's
ordered changes, so what another process enrolled or erased a moment ago counts at once. What it proposes is
read from the store again, decrypted and compared at full precision: an erased reference can never match, a
stale index can never lie, and quantisation costs no accuracy in the decision.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from visavis.application.ports.index import Index
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.arrays import Vectors
from visavis.domain.decision import Calibration, Candidate, CandidateList, ComparisonScore, Measure, compare
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import Template, fuse, require_same_model

_PROPOSALS = 32  #: subjects confirmed at least; quantisation errors are far smaller than the gaps this spans


@dataclass(slots=True)
class _Projection:
    index: Index
    sequence: int = -1
    references: int = 0
    counts: dict[SubjectId, int] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def put(self, subject_id: SubjectId, references: Sequence[Reference]) -> None:
        self.references += len(references) - self.counts.get(subject_id, 0)
        if references:
            self.counts[subject_id] = len(references)
            self.index.put(subject_id, _rows(references))
        else:
            self.counts.pop(subject_id, None)
            self.index.drop(subject_id)


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
            vectors = np.stack([probe.vector for probe in probes]) if probes else np.empty((0, 1), np.float32)
            proposals = projection.index.propose(vectors, max(limit, _PROPOSALS)) if probes else []
            wanted = {proposal.subject_id for row in proposals for proposal in row}
            kept = await work.references.of_subjects(gallery.id, list(wanted))
            names = await work.subjects.names(list(kept))
        return [
            CandidateList(
                candidates=_confirmed(
                    probe, [p.subject_id for p in row], kept, names, calibration, gallery.policy.measure
                )[:limit],
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
                await _build(work, gallery, projection)
            changes = await work.references.changes(gallery.id, after=projection.sequence)
            if changes:
                ids = [change.subject_id for change in changes]
                references = await work.references.of_subjects(gallery.id, ids)
                for subject_id in ids:
                    projection.put(subject_id, references.get(subject_id, []))
                projection.sequence = changes[-1].sequence
        return projection


async def _build(work: UnitOfWork, gallery: Gallery, projection: _Projection) -> None:
    """Reads the whole gallery. The sequence is taken first: what commits meanwhile is applied as a change."""
    sequence = await work.references.sequence(gallery.id)
    async for batch in work.references.everything(gallery.id):
        by_subject: dict[SubjectId, list[Reference]] = {}
        for reference in batch:
            by_subject.setdefault(reference.subject_id, []).append(reference)
        for subject_id, references in by_subject.items():
            projection.put(subject_id, references)
    projection.sequence = sequence


def _rows(references: Sequence[Reference]) -> Vectors:
    """The vectors searched for a subject: every reference, and their mean if there are several."""
    templates = [reference.template for reference in references]
    if len(templates) > 1:
        templates.append(fuse(templates))
    return np.stack([template.vector for template in templates])


def _confirmed(
    probe: Template,
    proposed: Sequence[SubjectId],
    kept: dict[SubjectId, list[Reference]],
    names: dict[SubjectId, str],
    calibration: Calibration,
    measure: Measure,
) -> tuple[Candidate, ...]:
    """The proposed subjects that still exist, by their best full-precision score."""
    candidates = []
    for subject_id in proposed:
        references = kept.get(subject_id)
        if not references or subject_id not in names:
            continue
        score, reference_id = best_score(probe, references, measure)
        candidates.append(
            Candidate(
                subject_id=subject_id,
                name=names[subject_id],
                score=score,
                fmr=calibration.fmr_at(score.value),
                reference_id=reference_id,
            )
        )
    return tuple(sorted(candidates, key=lambda c: (-c.score.value, c.subject_id)))


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

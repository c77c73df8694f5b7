"""1:N search: the index proposes, the store disposes.

The index of a gallery is brought up to date before each search from the store's ordered changes, so what
another process enrolled or erased a moment ago counts at once. What it proposes is read from the store again,
decrypted and compared at full precision: an erased reference can never match, a stale index can never lie, and
quantisation costs no accuracy in the decision.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from anyio import CapacityLimiter

from visavis.application.denying import NO_LOOKS, KnownDenials, Looks
from visavis.application.ports.index import Indexes
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.projection import Projection, View
from visavis.application.rows import SubjectRows
from visavis.domain.decision import (
    Calibration,
    Candidate,
    CandidateList,
    ComparisonScore,
    Measure,
    compare_all,
)
from visavis.domain.errors import GalleryNotFound, Unavailable
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import Template, fuse, require_same_model

_PROPOSALS = 12  #: subjects confirmed at least; quantisation errors are far smaller than the gaps this spans
_SPARE = 3  #: subjects beyond those asked for whose scores are computed in full, in case of near ties


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class GallerySearch:
    """Searches the galleries of one tenant. One per process; safe for concurrent tasks of one event loop."""

    store: Store
    tenant: TenantId
    indexes: Indexes
    now: Callable[[], datetime] = utc_now
    _projections: dict[GalleryId, Projection] = field(default_factory=dict)
    _threads: CapacityLimiter | None = None
    _denials: KnownDenials = field(default_factory=KnownDenials)

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
        """For each probe the `limit` most alike subjects.

        Raises `ModelMismatch` for probes of another model, `GalleryNotFound`, `IndexDown`.
        """
        for probe in probes:
            require_same_model(gallery.model, probe.model)
        async with self.store.transaction(self.tenant) as work:
            view = await self._fresh(work, gallery)
            proposals = await view.propose(probes, max(limit, _PROPOSALS), self._scanning())
            wanted = {proposal.subject_id for row in proposals for proposal in row}
            kept = await work.references.of_subjects(gallery.id, list(wanted))
            names = await work.subjects.names(list(kept))
            names = await self._consenting(work, gallery, names)
            projection = self._projections.get(gallery.id)
            viewed = projection.viewed if projection else -1
            looks = await self._denials(work, gallery, viewed, list(names), calibration)
        confirm = _Confirmation.of(kept, names, calibration, gallery.policy.measure, looks)
        confirmed = [
            confirm(probe, [proposal.subject_id for proposal in row], limit)
            for probe, row in zip(probes, proposals, strict=True)
        ]
        return [
            CandidateList(
                candidates=candidates, searched=view.references, subjects=view.subjects, denied=denied
            )
            for candidates, denied in confirmed
        ]

    def _scanning(self) -> CapacityLimiter:
        """A scan is bound by the memory bus: more of them than cores only slow each other down. Made inside the running
        event loop, as anyio asks."""
        if self._threads is None:
            self._threads = CapacityLimiter(os.cpu_count() or 1)
        return self._threads

    async def _consenting(
        self, work: UnitOfWork, gallery: Gallery, names: dict[SubjectId, str]
    ) -> dict[SubjectId, str]:
        """Those who have a valid consent now, where the gallery requires one: also in the very second it expires."""
        if not gallery.policy.consent or not names:
            return names
        valid = await work.consents.valid(gallery.policy.consent, list(names), self.now())
        return {subject_id: name for subject_id, name in names.items() if subject_id in valid}

    async def refresh(self, galleries: Sequence[Gallery]) -> None:
        """Takes what was removed out of an index that lies outside of this process, at once: no search would find it,
        but it would lie there until the next one. If the index is away, that search does it."""
        if not self.indexes.shared:
            return
        for gallery in galleries:
            with suppress(Unavailable, GalleryNotFound):
                await self.warm(gallery)

    async def tidy(self) -> None:
        """From time to time: frees what galleries left that are gone, and refreshes shared indexes of the others.
        Raises `IndexDown`."""
        await self.prune()
        async with self.store.transaction(self.tenant) as work:
            galleries = [summary.gallery for summary in await work.galleries.all()]
        await self.refresh(galleries)

    async def prune(self) -> None:
        """Frees the indexes of galleries that are gone, also those that are kept outside of this process.

        A search in a gallery that is gone frees its index in this process; the rest is left to this, which a
        server calls from time to time and after a removal. Raises `IndexDown`.
        """
        async with self.store.transaction(self.tenant) as work:
            kept = {summary.gallery.id for summary in await work.galleries.all()}
        for gallery_id in self._projections.keys() - kept:
            del self._projections[gallery_id]
        await self.indexes.keep_only(self.tenant, kept)

    async def _fresh(self, work: UnitOfWork, gallery: Gallery) -> View:
        projection = self._projections.get(gallery.id)
        if projection is not None and projection.gallery.model != gallery.model:
            del self._projections[gallery.id]  # the gallery was given another model
            projection = None
        if projection is None:
            made = await Projection.of(self.indexes, self.tenant, gallery)
            projection = self._projections.setdefault(gallery.id, made)
        try:
            return await projection.refresh(work)
        except GalleryNotFound:
            self._projections.pop(gallery.id, None)
            raise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Confirmation:
    """Ranks proposed subjects by their full-precision scores; those that no longer exist fall out."""

    references: Sequence[Sequence[Reference]]
    names: Sequence[str]
    places: dict[SubjectId, int]
    rows: SubjectRows | None
    calibration: Calibration
    measure: Measure
    looks: Looks

    @classmethod
    def of(
        cls,
        kept: Mapping[SubjectId, Sequence[Reference]],
        names: Mapping[SubjectId, str],
        calibration: Calibration,
        measure: Measure,
        looks: Looks = NO_LOOKS,
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
            looks=looks,
        )

    def __call__(
        self, probe: Template, proposed: Sequence[SubjectId], limit: int
    ) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
        """The most alike, and those among them of whom a person said that this look is not theirs.

        All are compared at once in float32; what is returned is computed as `compare` does it.
        """
        if self.rows is None:
            return (), ()
        scores = self.rows.best_scores(probe, self.measure)
        present = [subject_id for subject_id in proposed if subject_id in self.places]
        ranked = sorted(present, key=lambda subject_id: -scores[self.places[subject_id]])
        scored = [
            (subject_id, *best_score(probe, self.references[self.places[subject_id]], self.measure))
            for subject_id in ranked[: limit + _SPARE]
        ]
        scored.sort(key=lambda one: (-one[1].value, one[0]))
        denied = {one[0] for one in scored if self.looks.deny(one[0], probe, one[1])}
        return (
            tuple([self._candidate(*one) for one in scored if one[0] not in denied][:limit]),
            tuple(self._candidate(*one) for one in scored if one[0] in denied),
        )

    def _candidate(
        self, subject_id: SubjectId, score: ComparisonScore, reference_id: ReferenceId | None
    ) -> Candidate:
        place = self.places[subject_id]
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
    score, best = best_of(probe, [reference.template for reference in references], measure)
    return score, references[best].id if best < len(references) else None


def best_of(probe: Template, kept: Sequence[Template], measure: Measure) -> tuple[ComparisonScore, int]:
    """The best of all templates of a subject, and its place; that of their mean is behind the last."""
    templates = list(kept)
    if len(templates) > 1:
        templates.append(fuse(templates))
    scores = compare_all(probe, templates, measure)
    best = int(np.argmax(scores))
    return ComparisonScore(value=float(scores[best]), measure=measure), best

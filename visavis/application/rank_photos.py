"""1:N for those who want to see every photo that is alike, beside the decision about the subject.

The decision is the gallery's policy's and recorded; the ranking is for callers that judge similarities themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from visavis.application.identify import Identification, Identify
from visavis.application.ports.store import Store
from visavis.application.record import Record
from visavis.domain.decision import Candidate, CandidateList, Decision, compare
from visavis.domain.event import Origin
from visavis.domain.gallery import Gallery
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import Reference, SubjectId, TenantId
from visavis.domain.template import Template

_SPARE: Final = 8
"""Subjects looked at beyond those wanted: they are ranked by the mean of their photos, too, and photos are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Of one face: who (best first, each once), which photos (best first), and what was decided.

    A face that was rejected has neither.
    """

    subjects: tuple[Candidate, ...] = ()
    photos: tuple[Candidate, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankPhotos:
    """Every search is recorded as a decision."""

    store: Store
    tenant: TenantId
    identify: Identify
    record: Record

    async def __call__(
        self,
        gallery: Gallery,
        found: Sequence[Sample | Rejection],
        probes: Sequence[Template],
        origin: Origin,
        *,
        limit: int,
    ) -> list[Ranking]:
        """`found` are the faces of one picture, largest first, `probes` the templates of its samples, in order.

        The best `limit` of each. Raises `ModelMismatch`, `GalleryNotFound`, `IndexDown`.
        """
        decided = iter(await self.identify.templates(gallery, probes, limit=limit + _SPARE))
        results = [
            Identification(found=one, quality=one.quality.unified)
            if isinstance(one, Rejection)
            else _identification(one, *next(decided))
            for one in found
        ]
        await self.record.identified(gallery, results, origin)
        return await self._ranked(gallery, results, iter(probes), limit)

    async def templates(
        self, gallery: Gallery, probes: Sequence[Template], origin: Origin, *, limit: int
    ) -> list[Ranking]:
        """The same for templates whose pictures are not known."""
        decided = await self.identify.templates(gallery, probes, limit=limit + _SPARE)
        results = [_identification(None, *one) for one in decided]
        await self.record.identified(gallery, results, origin)
        return await self._ranked(gallery, results, iter(probes), limit)

    async def _ranked(
        self, gallery: Gallery, results: Sequence[Identification], probes: Iterator[Template], limit: int
    ) -> list[Ranking]:
        wanted = {one.subject_id for result in results if result.candidates for one in _of(result)}
        async with self.store.transaction(self.tenant) as work:
            kept = await work.references.of_subjects(gallery.id, list(wanted)) if wanted else {}
        return [
            Ranking(
                subjects=_of(result)[:limit],
                photos=self._photos(gallery, next(probes), _of(result), kept)[:limit],
                decision=result.decision,
            )
            if result.decision
            else Ranking()
            for result in results
        ]

    def _photos(
        self,
        gallery: Gallery,
        probe: Template,
        near: Sequence[Candidate],
        kept: Mapping[SubjectId, Sequence[Reference]],
    ) -> tuple[Candidate, ...]:
        photos = [
            Candidate(
                subject_id=one.subject_id,
                name=one.name,
                score=score,
                fmr=self.identify.calibration.fmr_at(score.value),
                reference_id=reference.id,
            )
            for one in near
            for reference in kept.get(one.subject_id, ())
            for score in (compare(probe, reference.template, gallery.policy.measure),)
        ]
        return tuple(sorted(photos, key=lambda one: (-one.score.value, str(one.reference_id))))


def _of(result: Identification) -> tuple[Candidate, ...]:
    return result.candidates.candidates if result.candidates else ()


def _identification(
    face: Sample | None, decision: Decision, candidates: CandidateList, template: Template
) -> Identification:
    return Identification(found=face, decision=decision, candidates=candidates, quality=template.quality)

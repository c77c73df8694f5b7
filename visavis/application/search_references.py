"""1:N where every reference counts on its own, and where the caller says how rare a false match has to be.

`Identify` ranks subjects and decides by the gallery's policy. Some interfaces promise something else: all references
(or subjects) that are alike up to a stated false-match rate of the single comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from visavis.application.identify import Identification
from visavis.application.ports.store import ReferenceSummary, Store
from visavis.application.record import Record
from visavis.application.search import GallerySearch
from visavis.domain.decision import (
    Calibration,
    Candidate,
    CandidateList,
    ComparisonScore,
    Decision,
    FalseMatchRate,
    Outcome,
    compare,
)
from visavis.domain.errors import SubjectNotFound
from visavis.domain.event import Origin
from visavis.domain.gallery import Gallery
from visavis.domain.sample import Sample
from visavis.domain.subject import Reference, ReferenceId, Subject, SubjectId, SubjectKind, TenantId
from visavis.domain.template import Template

_WIDER: Final = (
    4  #: how many times as many subjects are looked at when faces of nobody crowd out those with a name
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the caller asks: comparisons that strangers reach at most at the rate `fmr`, the best `limit` of them.

    `name` says in the audit log which rule this was.
    """

    fmr: float
    limit: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """A template that is searched: of a face in a picture (`sample`), or kept as `reference_id` or by `subject_id`,
    which are not answers to themselves."""

    probe: Template
    sample: Sample | None = None
    reference_id: ReferenceId | None = None
    subject_id: SubjectId | None = None

    def is_answered_by(self, candidate: Candidate) -> bool:
        """Whether this is the very face or subject that is asked about."""
        if self.subject_id is not None:
            return candidate.subject_id == self.subject_id
        return self.reference_id is not None and candidate.reference_id == self.reference_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceMatch:
    reference: ReferenceSummary
    score: ComparisonScore
    fmr: FalseMatchRate

    @property
    def candidate(self) -> Candidate:
        return Candidate(
            subject_id=self.reference.subject_id,
            name=self.reference.subject,
            score=self.score,
            fmr=self.fmr,
            reference_id=self.reference.id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectMatch:
    subject: Subject
    candidate: Candidate

    @property
    def fmr(self) -> FalseMatchRate:
        return self.candidate.fmr


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReferences:
    """Every search is a decision by the caller's rule, and recorded as one."""

    store: Store
    tenant: TenantId
    search: GallerySearch
    calibration: Calibration
    record: Record

    async def references(
        self, gallery: Gallery, question: Question, rule: Rule, origin: Origin
    ) -> list[ReferenceMatch]:
        """The most alike first. Raises `ModelMismatch`, `GalleryNotFound`, `IndexDown`."""
        (found,) = await self.search(gallery, [question.probe], self.calibration, limit=rule.limit + 1)
        near = [candidate.subject_id for candidate in found.candidates if candidate.fmr.value <= rule.fmr]
        async with self.store.transaction(self.tenant) as work:
            kept = await work.references.of_subjects(gallery.id, near)
            scored = self._scored([one for group in kept.values() for one in group], gallery, question)
            chosen = [one for one in scored if one[2].value <= rule.fmr][: rule.limit]
            ids = [reference.id for reference, _, _ in chosen]
            page = await work.references.page(gallery.id, ids=ids, limit=len(ids)) if ids else []
        known = {summary.id: summary for summary in page}
        matches = [
            ReferenceMatch(reference=known[reference.id], score=score, fmr=fmr)
            for reference, score, fmr in chosen
            if reference.id in known
        ]
        best = next((match.candidate for match in matches), None)
        await self._record(gallery, question, found, rule, origin, best)
        return matches

    async def subjects(
        self, gallery: Gallery, question: Question, rule: Rule, origin: Origin
    ) -> list[SubjectMatch]:
        """Subjects with a name or number, not faces of nobody; the most alike first. Raises as `references`."""
        limit = rule.limit + 1
        while True:
            (found,) = await self.search(gallery, [question.probe], self.calibration, limit=limit)
            near = [candidate for candidate in found.candidates if candidate.fmr.value <= rule.fmr]
            matches = await self._named(near, question, rule.limit)
            everything = len(near) < len(found.candidates) or len(found.candidates) < limit
            if everything or len(matches) == rule.limit:
                break
            limit *= _WIDER
        best = next((match.candidate for match in matches), None)
        await self._record(gallery, question, found, rule, origin, best)
        return matches

    def _scored(
        self, references: Sequence[Reference], gallery: Gallery, question: Question
    ) -> list[tuple[Reference, ComparisonScore, FalseMatchRate]]:
        scored = [
            (one, compare(question.probe, one.template, gallery.policy.measure))
            for one in references
            if one.id != question.reference_id
        ]
        scored.sort(key=lambda pair: (-pair[1].value, pair[0].id))
        return [(one, score, self.calibration.fmr_at(score.value)) for one, score in scored]

    async def _named(self, near: Sequence[Candidate], question: Question, limit: int) -> list[SubjectMatch]:
        matches: list[SubjectMatch] = []
        async with self.store.transaction(self.tenant) as work:
            for candidate in near:
                if len(matches) == limit or candidate.subject_id == question.subject_id:
                    continue
                try:
                    subject = await work.subjects.get(candidate.subject_id)
                except SubjectNotFound:  # erased since
                    continue
                if subject.kind is not SubjectKind.FACE:
                    matches.append(SubjectMatch(subject=subject, candidate=candidate))
        return matches

    async def _record(
        self,
        gallery: Gallery,
        question: Question,
        found: CandidateList,
        rule: Rule,
        origin: Origin,
        matched: Candidate | None,
    ) -> None:
        """`matched` is the best that was answered; without one, the best that was not enough is recorded."""
        best = matched or next((one for one in found.candidates if not question.is_answered_by(one)), None)
        result = Identification(
            found=question.sample,
            decision=decision_by(rule, best, self.calibration, matched=matched is not None, among=found),
            candidates=CandidateList(
                candidates=(best,) if best else (), searched=found.searched, subjects=found.subjects
            ),
            quality=question.probe.quality,
        )
        await self.record.identified(gallery, [result], origin)


def decision_by(
    rule: Rule, best: Candidate | None, calibration: Calibration, *, matched: bool, among: CandidateList
) -> Decision:
    """What was decided by the caller's own rule; thresholds beyond what calibrations state are bounded."""
    return Decision(
        outcome=Outcome.MATCH if matched else Outcome.NON_MATCH,
        score=best.score if best else None,
        fmr=best.fmr if best else None,
        threshold=calibration.threshold_at(min(max(rule.fmr, 1e-9), 0.5)),
        policy=rule.name,
        fpir=calibration.search_fpir(best.fmr.value, max(among.searched, 1), among.subjects)
        if best
        else None,
    )

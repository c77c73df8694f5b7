"""A gallery as a device has it: decisions are those that the server would make at the same change.

The same arithmetic decides here and there: `SubjectRows` ranks, `best_of` compares at full precision, and the policy
decides with the calibration and the number of references that were searched.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from visavis.application.copy_pages import CopiedSubject, CopyPage, Terms
from visavis.application.denying import NO_LOOKS, Looks
from visavis.application.rows import SubjectRows
from visavis.application.search import best_of
from visavis.domain.decision import Candidate, CandidateList, ComparisonScore, Decision, Outcome
from visavis.domain.errors import PreconditionFailed
from visavis.domain.subject import SubjectId
from visavis.domain.template import Template, require_same_model

_COMPARED = 8  #: subjects that are compared at full precision, as many as in a search on the server


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyDecision:
    """A decision, whose it is if it is a match, and out of how many references."""

    decision: Decision
    subject_id: SubjectId | None
    searched: int
    version: int


@dataclass(frozen=True, kw_only=True, eq=False)
class GalleryCopy:
    """As it was at `as_of`, with all changes up to `version`. Never changed: another page makes another copy."""

    terms: Terms
    version: int
    as_of: datetime
    subjects: Mapping[SubjectId, CopiedSubject] = field(default_factory=dict)

    @classmethod
    def of(cls, page: CopyPage) -> "GalleryCopy":
        """The beginning of a copy. Raises `PreconditionFailed` for a page that is not the first."""
        if page.after != 0:
            raise PreconditionFailed("A copy begins with its first page.")
        kept = {one.subject_id: one for one in page.subjects}
        return cls(terms=page.terms, version=page.version, as_of=page.as_of, subjects=kept)

    def followed_by(self, page: CopyPage) -> "GalleryCopy":
        """With what changed. A page that begins anew is a copy of its own. Raises `PreconditionFailed` for one that
        does not follow, or that is older."""
        if page.after == 0 or page.terms.epoch != self.terms.epoch:
            return GalleryCopy.of(page)
        if page.after != self.version or page.version < page.after or page.as_of < self.as_of:
            raise PreconditionFailed("This page does not follow what is known already.")
        kept = self.subjects
        if page.subjects or page.gone:
            changed = {one.subject_id: one for one in page.subjects}
            kept = {key: one for key, one in kept.items() if key not in page.gone} | changed
        return replace(self, terms=page.terms, version=page.version, as_of=page.as_of, subjects=kept)

    @property
    def whole(self) -> CopyPage:
        """All of it as one page."""
        return CopyPage(
            terms=self.terms,
            after=0,
            version=self.version,
            more=False,
            as_of=self.as_of,
            subjects=list(self.subjects.values()),
        )

    def decide(self, probe: Template, now: datetime) -> CopyDecision:
        """Raises `ModelMismatch` for a probe of another model."""
        require_same_model(self.terms.model, probe.model)
        best, denied = self._best(probe, now)
        found = CandidateList(
            candidates=best, searched=self.searched, subjects=len(self.subjects), denied=denied
        )
        decision = self.terms.policy.decide_identification(found, self.terms.calibration)
        matched = found.best.subject_id if found.best and decision.outcome is Outcome.MATCH else None
        return CopyDecision(
            decision=decision, subject_id=matched, searched=found.searched, version=self.version
        )

    @cached_property
    def searched(self) -> int:
        return sum(one.references for one in self.subjects.values())

    @cached_property
    def _findable(self) -> list[CopiedSubject]:
        return [one for one in self.subjects.values() if len(one.norms)]

    @cached_property
    def _rows(self) -> SubjectRows:
        vectors = np.concatenate([one.vectors for one in self._findable])
        norms = np.concatenate([one.norms for one in self._findable])
        counts: NDArray[np.intp] = np.array([len(one.norms) for one in self._findable], np.intp)
        return SubjectRows.of_arrays(vectors, norms, counts)

    @cached_property
    def _looks(self) -> Looks:
        denied = {one.subject_id: one.denied for one in self._findable if one.denied}
        if not denied:
            return NO_LOOKS
        policy = self.terms.policy
        threshold = self.terms.calibration.threshold_at(policy.fmr).value
        return Looks(denied=denied, threshold=threshold, measure=policy.measure)

    def _best(self, probe: Template, now: datetime) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
        """The best subject, or none; and those who resemble the probe as much, but of whom this look was denied."""
        if not self._findable:
            return (), ()
        scores = self._rows.best_scores(probe, self.terms.policy.measure)
        order = np.argsort(-scores, kind="stable").tolist()
        allowed = (self._findable[place] for place in order if _may_be_found(self._findable[place], now))
        scored = [
            (one.subject_id, self._score(probe, one))
            for one, _ in zip(allowed, range(_COMPARED), strict=False)
        ]
        scored.sort(key=lambda pair: (-pair[1].value, pair[0]))
        denied = {one for one, score in scored if self._looks.deny(one, probe, score)}
        known = [self._candidate(*pair) for pair in scored if pair[0] not in denied]
        return tuple(known[:1]), tuple(self._candidate(*pair) for pair in scored if pair[0] in denied)

    def _candidate(self, subject_id: SubjectId, score: ComparisonScore) -> Candidate:
        fmr = self.terms.calibration.fmr_at(score.value)
        return Candidate(subject_id=subject_id, name="", score=score, fmr=fmr, reference_id=None)

    def _score(self, probe: Template, one: CopiedSubject) -> ComparisonScore:
        kept = [
            Template(vector=vector, norm=float(norm), model=self.terms.model)
            for vector, norm in zip(one.vectors, one.norms, strict=True)
        ]
        return best_of(probe, kept, self.terms.policy.measure)[0]


def _may_be_found(one: CopiedSubject, now: datetime) -> bool:
    return one.until is None or now < one.until

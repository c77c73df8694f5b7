"""The same comparisons and searches for two models, over photos of which each may have failed on others.

Pairs and galleries are drawn over all photos that were given, before it is known who fails on which. A mated pair or
probe that fails counts as missed, a reference that fails is not in the gallery (generalised rates, ISO/IEC 19795-1).
Failed non-mated ones are left out, which keeps false-match rates from looking better than they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import (
    FAILED,
    ComparisonSet,
    Mask,
    Positions,
    SamplePairs,
    TemplateSet,
    mated_pairs,
    non_mated_pairs,
    score_pairs,
)
from visavis.evaluation.open_set import Draw, OpenSetDesign, Rows, SearchSet, joined, make_draw, search_draw


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """What one model made of the photos: `usable`, (photos,), has a template; the sets hold those, in order."""

    references: TemplateSet
    probes: TemplateSet
    usable: Mask

    def __post_init__(self) -> None:
        if not (len(self.references) == len(self.probes) == int(self.usable.sum())):
            raise ValueInvalid("Every usable photo has a template in both roles.")

    def places(self, photos: Positions) -> Positions:
        """Where the templates of these usable photos are."""
        return np.asarray((np.cumsum(self.usable) - 1)[photos], np.int32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairPlan:
    """Which photos are compared, mated and not; `subjects`, (photos,), are numbered 0.. without gaps."""

    subjects: SubjectNumbers
    mated: SamplePairs
    non_mated: SamplePairs

    @classmethod
    def of(cls, subjects: SubjectNumbers, *, non_mated: int | None, seed: int = 0) -> "PairPlan":
        """All mated pairs, and all or a seeded draw of the others."""
        return cls(
            subjects=subjects,
            mated=mated_pairs(subjects),
            non_mated=non_mated_pairs(subjects, limit=non_mated, seed=seed),
        )

    def scored(self, side: Side, measure: Measure) -> ComparisonSet:
        """Both photos of a pair are used as 1:1 verification uses them, which is as references are made."""
        others = _where(self.non_mated, _usable(side, self.non_mated))
        made = _usable(side, self.mated)
        scores = np.full(len(self.mated), FAILED, np.float32)
        scores[made] = _scores(side, _where(self.mated, made), measure)
        first = np.concatenate([self.mated.first, others.first])
        second = np.concatenate([self.mated.second, others.second])
        return ComparisonSet(
            scores=np.concatenate([scores, _scores(side, others, measure)]),
            mated=np.arange(len(first)) < len(self.mated),
            first=self.subjects[first],
            second=self.subjects[second],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SearchPlan:
    """Who is enrolled with which photos, and who is asked about, in each draw."""

    subjects: SubjectNumbers
    draws: Sequence[Draw]
    rows: Rows

    @classmethod
    def of(cls, subjects: SubjectNumbers, design: OpenSetDesign) -> "SearchPlan":
        """Raises `ValueInvalid` if nobody can be enrolled, or nobody be left out."""
        rng = np.random.default_rng(design.seed)
        draws = [make_draw(subjects, design, rng) for _ in range(design.draws)]
        return cls(subjects=subjects, draws=draws, rows=design.rows)

    def searched(self, side: Side, measure: Measure) -> SearchSet:
        return joined([self._search(side, draw, measure) for draw in self.draws])

    def _search(self, side: Side, draw: Draw, measure: Measure) -> SearchSet:
        references = draw.references[side.usable[draw.references]]
        enrolled = np.isin(self.subjects[draw.mated], self.subjects[references])
        asked = side.usable[draw.mated] & enrolled
        others = draw.non_mated[side.usable[draw.non_mated]]
        placed = Draw(
            references=side.places(references),
            mated=side.places(draw.mated[asked]),
            non_mated=side.places(others),
        )
        numbers = self.subjects[side.usable]
        found = search_draw(side.references, numbers, placed, self.rows, measure, probes=side.probes)
        return found.with_failures(self.subjects[draw.mated[~asked]])


def _usable(side: Side, pairs: SamplePairs) -> Mask:
    return np.asarray(side.usable[pairs.first] & side.usable[pairs.second])


def _where(pairs: SamplePairs, chosen: Mask) -> SamplePairs:
    return SamplePairs(first=pairs.first[chosen], second=pairs.second[chosen])


def _scores(
    side: Side, pairs: SamplePairs, measure: Measure
) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    placed = SamplePairs(first=side.places(pairs.first), second=side.places(pairs.second))
    return np.asarray(score_pairs(side.references, placed, measure), np.float32)

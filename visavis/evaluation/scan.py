"""All comparisons of a set of photos, block by block: which strangers match, and how alike people are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores
from visavis.domain.decision import Measure
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.cohorts import Codes
from visavis.evaluation.comparisons import TemplateSet, score_matrix

_CELLS = 4_000_000  #: scores held at a time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FalseMatches:
    """Non-mated comparisons at or above a threshold: places of both photos, first < second, and scores, all (m,)."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    scores: Scores

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """`likeness` (attributes, n): mean score of each photo against photos of other subjects in its own cohort, not a
    number where there is none. `mean` and `deviation` are those of all non-mated scores."""

    matches: FalseMatches
    likeness: NDArray[np.float64]
    mean: float
    deviation: float


def scan_non_mated(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    threshold: float,
    attributes: Sequence[Codes] = (),
    measure: Measure = Measure.COSINE,
) -> Scan:
    """Every non-mated comparison, exactly. Memory: `_CELLS` scores and what matches; 10⁷ comparisons take seconds."""
    count = len(templates)
    step = max(_CELLS // max(count, 1), 1)
    blocks: list[FalseMatches] = []
    likeness = np.full((len(attributes), count), np.nan)
    members = [_members(codes) for codes in attributes]
    total = squares = compared = 0.0
    for start in range(0, count, step):
        rows = slice(start, min(start + step, count))
        scores = score_matrix(templates.take(rows), templates, measure)
        others = subjects[rows, None] != subjects[None, :]
        blocks.append(_matches(scores, others, start, threshold))
        scores *= others
        total += float(scores.sum(dtype=np.float64))
        squares += float(np.einsum("ij,ij->", scores, scores, dtype=np.float64))
        compared += float(others.sum())
        for place, (codes, member) in enumerate(zip(attributes, members, strict=True)):
            likeness[place, rows] = _likeness(scores, others, codes[rows], member)
    mean = total / compared if compared else np.nan
    variance = squares / compared - mean**2 if compared else np.nan
    return Scan(
        matches=FalseMatches(
            first=np.concatenate([block.first for block in blocks]),
            second=np.concatenate([block.second for block in blocks]),
            scores=np.concatenate([block.scores for block in blocks]),
        ),
        likeness=likeness,
        mean=float(mean),
        deviation=float(np.sqrt(max(variance, 0.0))) if compared else float("nan"),
    )


def _matches(scores: Scores, others: NDArray[np.bool_], start: int, threshold: float) -> FalseMatches:
    rows, columns = np.nonzero(others & (scores >= threshold))
    once = rows + start < columns
    rows, columns = rows[once], columns[once]
    return FalseMatches(first=rows + start, second=columns, scores=scores[rows, columns].copy())


def _members(codes: Codes) -> NDArray[np.float32]:
    """(n, cohorts), 1 where a photo belongs to a cohort."""
    names = np.arange(int(codes.max(initial=-1)) + 1)
    return np.asarray(codes[:, None] == names[None, :], np.float32)


def _likeness(
    scores: Scores, others: NDArray[np.bool_], codes: Codes, member: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Mean of each row over the other subjects of its cohort; scores of mated comparisons are 0 already."""
    result = np.full(len(codes), np.nan)
    told = np.flatnonzero(codes >= 0)
    own = codes[told]
    sums = (scores[told] @ member)[np.arange(len(told)), own]
    counts = (others[told].astype(np.float32) @ member)[np.arange(len(told)), own]
    np.divide(sums, counts, out=sums, where=counts > 0)
    result[told] = np.where(counts > 0, sums, np.nan)
    return result

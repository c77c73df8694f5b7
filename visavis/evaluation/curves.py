"""Pictures of score distributions with a bounded number of points, however many comparisons there are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.comparisons import ComparisonSet

Counts = NDArray[np.int64]  #: (bins,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreHistogram:
    """How many mated and non-mated comparisons (bins,) score between two `edges` (bins + 1,), the upper one
    excluded but for the last. Comparisons that could not be made have no score and are left out."""

    edges: NDArray[np.float64]
    mated: Counts
    non_mated: Counts


def score_histogram(comparisons: ComparisonSet, bins: int = 100) -> ScoreHistogram:
    """Raises `ValueInvalid` where no comparison has a score. `numpy.histogram` works in blocks: memory is bounded."""
    finite = np.isfinite(comparisons.scores)
    if not finite.any():
        raise ValueInvalid("A histogram needs scores.")
    low = float(comparisons.scores.min(where=finite, initial=np.inf))
    high = float(comparisons.scores.max(where=finite, initial=-np.inf))
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    return ScoreHistogram(
        edges=edges,
        mated=_counts(comparisons.scores[comparisons.mated & finite], edges),
        non_mated=_counts(comparisons.scores[~comparisons.mated & finite], edges),
    )


def _counts(scores: NDArray[np.float32], edges: NDArray[np.float64]) -> Counts:
    counted, _ = np.histogram(scores, bins=len(edges) - 1, range=(edges[0], edges[-1]))
    return counted.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SearchCurve:
    """FPIR and FNIR at rising thresholds, all (n,)."""

    thresholds: NDArray[np.float64]
    fpir: NDArray[np.float64]
    fnir: NDArray[np.float64]

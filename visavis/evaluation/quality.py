"""Does a quality value predict recognition errors, and how is the raw one mapped to 0..100?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores
from visavis.domain.errors import ValueInvalid
from visavis.domain.pack import QualityMap
from visavis.evaluation.comparisons import Mask

Qualities = NDArray[np.floating]  #: (n,), of the weaker side of each mated comparison

_LEAST_FAILURES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardCurve:
    """FNMR at a fixed threshold after the share `discarded` of the comparisons with the lowest quality is gone.

    Error-versus-discard characteristic: Grother and Tabassi, TPAMI 29 (2007); ISO/IEC 29794-1.
    """

    discarded: tuple[float, ...]
    fnmr: tuple[float, ...]

    def area(self, up_to: float = 0.2) -> float:
        """Mean FNMR over discards from 0 to `up_to`, relative to no discard: 1 is useless, lower is better."""
        if self.fnmr[0] == 0.0:
            raise ValueInvalid("Without errors there is nothing to discard.")
        grid = np.linspace(0.0, up_to, 101)
        return float(np.interp(grid, self.discarded, self.fnmr).mean() / self.fnmr[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFit:
    """A quality map and what it rests on: AUC of the raw quality against failures, their number, all trials."""

    map: QualityMap
    failure_at_centre: float
    auc: float
    failures: int
    trials: int


def error_versus_discard(
    mated: Scores, quality: Qualities, threshold: float, discards: Sequence[float] | None = None
) -> DiscardCurve:
    """`quality` (n,) belongs to the scores; for a pair take the lower of both. Equal qualities go in order of
    their place, so shuffle data that has many."""
    shares = np.asarray(np.linspace(0.0, 0.5, 51) if discards is None else discards, np.float64)
    if len(mated) == 0 or len(mated) != len(quality) or not ((0.0 <= shares) & (shares < 1.0)).all():
        raise ValueInvalid("A discard curve needs one quality per mated score and shares from 0 to below 1.")
    failed = (mated < threshold)[np.argsort(quality, kind="stable")]
    left = np.append(np.cumsum(failed[::-1])[::-1], 0)
    gone = np.floor(shares * len(mated) + 1e-9).astype(np.intp)
    fnmr = left[gone] / (len(mated) - gone)
    return DiscardCurve(discarded=tuple(shares.tolist()), fnmr=tuple(fnmr.tolist()))


def failure_auc(quality: Qualities, failed: Mask) -> float:
    """The chance that a failed comparison has a lower quality than a good one, ties half: 0.5 is useless."""
    bad, good = np.sort(quality[failed]), quality[~failed]
    if not (len(bad) and len(good)):
        raise ValueInvalid("An AUC needs comparisons that failed and others that did not.")
    below, upto = np.searchsorted(bad, good, side="left"), np.searchsorted(bad, good, side="right")
    return float((below + upto).sum() / (2 * len(bad) * len(good)))


def fit_quality(quality: Qualities, failed: Mask, failure_at_centre: float = 0.05) -> QualityFit:
    """The map from a raw quality (the length of the embedding) to 0..100.

    Logistic regression of failure on the lower raw quality of mated pairs; 50 is where `failure_at_centre` of
    these fail, and the width is the regression's own, so that the odds of the unified score are proportional to
    the odds of success. With 5 % at 50: 17 % fail at 20, 1.3 % at 80. Raises `ValueInvalid` with fewer
    than 20 failures, or if failures do not become rarer with quality.
    """
    failures = int(failed.sum())
    if min(failures, len(failed) - failures) < _LEAST_FAILURES or not 0.0 < failure_at_centre < 1.0:
        raise ValueInvalid(f"A quality map needs {_LEAST_FAILURES} failures and as many successes.")
    offset, slope = _logistic(np.asarray(quality, np.float64), failed)
    if not slope < 0.0:
        raise ValueInvalid("Failures do not become rarer with this quality; it cannot be mapped.")
    odds = np.log(failure_at_centre / (1.0 - failure_at_centre))
    return QualityFit(
        map=QualityMap(centre=float((odds - offset) / slope), width=float(-1.0 / slope)),
        failure_at_centre=failure_at_centre,
        auc=failure_auc(quality, failed),
        failures=failures,
        trials=len(failed),
    )


def _logistic(values: NDArray[np.float64], outcome: Mask) -> tuple[float, float]:
    """Offset and slope of the log odds, by Newton's method on standardised values.

    A ridge of one thousandth of a trial keeps perfectly separated data finite.
    """
    mean, spread = float(values.mean()), float(values.std()) or 1.0
    design = np.stack([np.ones_like(values), (values - mean) / spread], axis=1)
    ridge = np.diag([0.0, 1e-3])
    beta = np.array([np.log(outcome.mean() / (1.0 - outcome.mean())), 0.0])
    for _ in range(100):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30.0, 30.0)))
        gradient = design.T @ (outcome - chance) - ridge @ beta
        curvature = (design * (chance * (1.0 - chance))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        beta += step * min(1.0, 2.0 / float(np.abs(step).max() + 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    return float(beta[0] - beta[1] * mean / spread), float(beta[1] / spread)

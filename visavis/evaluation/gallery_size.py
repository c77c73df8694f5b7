"""How the FPIR of searches grows with the gallery, measured on the people of a calibration.

For each probe it is counted how many of the other subjects reach a score; the FPIR of a gallery of s subjects drawn
from them is then known exactly, without drawing one: a probe that h of n subjects reach is left alone by
C(n - h, s) / C(n, s) of all galleries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.domain.decision import Calibration, Measure
from visavis.domain.gallery_size import SearchScaling
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import TemplateSet, score_matrix
from visavis.evaluation.open_set import Rows, gallery_rows

LEAST_SUBJECTS: Final = 30  #: fewer give no galleries worth measuring
_PROBES: Final = 4000  #: asked at most, drawn
_SIZES: Final = (10, 30, 100, 300, 1000, 3000, 10_000)
_HIGHEST_FMR: Final = 0.05
_FPIR: Final = (2e-3, 0.7)  #: what is fitted: below, too few probes decide; above, nobody deploys
_CELLS: Final = 4_000_000

Table: TypeAlias = NDArray[np.float64]  #: (thresholds, sizes)
Counts: TypeAlias = NDArray[np.intp]  #: (thresholds, probes), how many subjects reach a threshold


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Searched:
    """FPIR at the thresholds with `rates` (false-match rates of comparisons), for galleries of `sizes` subjects with
    `references` each on average, counted on `probes` probes."""

    rates: NDArray[np.float64]
    sizes: NDArray[np.float64]
    references: float
    probes: int
    fpir: Table

    @property
    def weights(self) -> Table:
        """How much a rate says: nothing outside of what is fitted, little where few probes decided."""
        decided = self.fpir * self.probes
        usable = (self.fpir > _FPIR[0]) & (self.fpir < _FPIR[1])
        return np.where(usable, decided / (decided + 10.0), 0.0)


def fit_scaling(
    references: TemplateSet,
    probes: TemplateSet,
    subjects: SubjectNumbers,
    calibration: Calibration,
    *,
    seed: int = 0,
) -> SearchScaling | None:
    """The scaling of the calibration of these templates; `None` if there are too few subjects to tell.

    First how unequal people are, with one reference of each; then how much several references of a subject count.
    """
    one = searched(references, probes, subjects, calibration, Rows.SINGLE, seed)
    if one is None or not one.weights.any():
        return None
    dispersion, growth = _fit_dispersion(one, calibration.lowest_fmr)
    exponent, rise = 1.0, 0.0
    several = searched(references, probes, subjects, calibration, Rows.BOTH, seed)
    if several is not None and several.references > 1.0 and several.weights.any():
        exponent, rise = _fit_exponent(several, dispersion, growth, calibration.lowest_fmr)
    return SearchScaling(
        exponent=exponent,
        rise=rise,
        dispersion=dispersion,
        growth=growth,
        lowest=calibration.lowest_fmr,
        largest=int(one.sizes[-1]),
    )


def searched(
    references: TemplateSet,
    probes: TemplateSet,
    subjects: SubjectNumbers,
    calibration: Calibration,
    rows: Rows,
    seed: int,
) -> Searched | None:
    """Every probe against everybody else; `None` with fewer than `LEAST_SUBJECTS` subjects."""
    gallery, owners = gallery_rows(references, subjects, rows)
    enrolled = np.unique(owners)
    points = [point for point in calibration.points if point.fmr <= _HIGHEST_FMR]
    points = points[::-3][::-1]  # the last one, and every third before
    if len(enrolled) < LEAST_SUBJECTS or not points:
        return None
    asked = np.sort(np.random.default_rng(seed).permutation(len(subjects))[:_PROBES])
    counts = _reached(
        probes.take(asked),
        np.searchsorted(enrolled, subjects[asked]),
        (gallery, np.searchsorted(owners, enrolled)),
        [point.score for point in points],
        calibration.measure,
    )
    others = len(enrolled) - 1
    sizes = np.array([size for size in _SIZES if size <= 0.9 * others], np.float64)
    return Searched(
        rates=np.array([point.fmr for point in points]),
        sizes=sizes,
        references=1.0 if rows is Rows.SINGLE else len(subjects) / len(enrolled),
        probes=len(asked),
        fpir=np.stack([1.0 - _untouched(others, int(size))[counts].mean(axis=1) for size in sizes], axis=1),
    )


def _reached(
    probes: TemplateSet,
    own: NDArray[np.intp],
    gallery: tuple[TemplateSet, NDArray[np.intp]],
    thresholds: Sequence[float],
    measure: Measure,
) -> Counts:
    """`own`: which subject of the gallery each probe is of; a gallery is its rows and where each subject's begin."""
    rows, starts = gallery
    counts = np.empty((len(thresholds), len(probes)), np.intp)
    step = max(_CELLS // len(rows), 1)
    for start in range(0, len(probes), step):
        chosen = slice(start, min(start + step, len(probes)))
        best = np.maximum.reduceat(score_matrix(probes.take(chosen), rows, measure), starts, axis=1)
        best[np.arange(len(best)), own[chosen]] = -np.inf
        for place, threshold in enumerate(thresholds):
            counts[place, chosen] = (best >= threshold).sum(axis=1)
    return counts


def _untouched(others: int, size: int) -> NDArray[np.float64]:
    """(others + 1,): the share of galleries of this size that none of 0, 1, 2, … given subjects is in."""
    drawn = np.arange(others)
    return np.concatenate([[1.0], np.cumprod(np.maximum(others - size - drawn, 0) / (others - drawn))])


def _fit_dispersion(found: Searched, lowest: float) -> tuple[float, float]:
    """The pair on a grid that fits the logarithm of the expected number of false matches best."""
    growths, scales = np.arange(0.0, 1.001, 0.05), np.exp(np.arange(-4.0, 13.5, 0.1))
    expected = -found.sizes * np.log1p(-found.rates)[:, None]
    shapes = np.maximum(found.rates, lowest) ** growths[:, None]
    shape = (scales[:, None, None] * shapes)[..., None]
    scale, growth = _best(shape * np.log1p(expected / shape), found)
    return float(scales[scale]), float(growths[growth])


def _fit_exponent(found: Searched, dispersion: float, growth: float, lowest: float) -> tuple[float, float]:
    """The same for how much references of one subject count."""
    exponents, rises = np.arange(0.0, 1.001, 0.02), np.arange(0.0, 0.201, 0.01)
    decades = -np.log10(found.rates)
    weight = np.minimum(exponents[:, None, None] + rises[:, None] * decades, 1.0)
    alike = (found.references**weight)[..., None]
    expected = -found.sizes * alike * np.log1p(-found.rates)[:, None]
    shape = (dispersion * np.maximum(found.rates, lowest) ** growth)[:, None]
    exponent, rise = _best(shape * np.log1p(expected / shape), found)
    return float(exponents[exponent]), float(rises[rise])


def _best(modelled: NDArray[np.float64], found: Searched) -> tuple[int, int]:
    """Places in a grid (a, b, thresholds, sizes) of -log(1 - FPIR) where the weighted squares are least."""
    weights = found.weights
    seen = -np.log1p(-np.clip(found.fpir, _FPIR[0], _FPIR[1]))
    errors = ((np.log(modelled) - np.log(seen)) ** 2 * weights).sum(axis=(2, 3))
    first, second = np.unravel_index(int(np.argmin(errors)), errors.shape)
    return int(first), int(second)

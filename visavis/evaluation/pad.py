"""Presentation attack detection: ISO/IEC 30107-3:2023, clause 13.

A presentation counts as bona fide when its score reaches the threshold. APCER is taken per species of attack
instrument, because an average over species would hide the one that works; the highest one is the figure that
counts. Presentations without a response are in neither rate: APNRR and BPNRR count them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import Rates, Resampling, resampled_rate
from visavis.evaluation.comparisons import subject_numbers
from visavis.evaluation.pad_thresholds import (
    PadScores,
    ScoredGroup,
    ThresholdRule,
    fixed,
    highest_at_bpcer,
    lowest_at_apcer,
)
from visavis.evaluation.rates import RULE_OF_30, RateAt, at_extremes, share, wilson_interval

BONA_FIDE = "bona_fide"
BPCER_TARGETS = (0.01, 0.05)
APCER_TARGETS = (0.1, 0.05, 0.01)  #: BPCER10, BPCER20, BPCER100
_DEFAULT = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PresentationSet:
    """Presentations (n,): `labels` are `BONA_FIDE` or the species of the attack instrument.

    `subjects` are names of the people shown, or empty where nobody wrote them down; each presentation then counts as
    a subject of its own, which makes intervals too narrow. Raises `ValueInvalid` without scored presentations
    of both kinds.
    """

    labels: tuple[str, ...]
    scores: PadScores
    subjects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.scores) or len(self.subjects) not in {0, len(self.labels)}:
            raise ValueInvalid("Every presentation has a label and a score, and all have subjects or none.")
        if np.isinf(self.scores).any():
            raise ValueInvalid("A score is a finite number.")
        answered = {
            label for label, score in zip(self.labels, self.scores, strict=True) if not np.isnan(score)
        }
        if BONA_FIDE not in answered:
            raise ValueInvalid("There are no bona fide presentations with a score.")
        if answered == {BONA_FIDE}:
            raise ValueInvalid("There are no attack presentations with a score.")

    @property
    def species(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted(set(self.labels) - {BONA_FIDE}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What there is of one label. `non_response`: BPNRR or APNRR, over all its presentations."""

    label: str
    presentations: int
    subjects: int | None
    non_response: RateAt


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeciesRate:
    species: str
    apcer: RateAt


@dataclass(frozen=True, slots=True, kw_only=True)
class PadPoint:
    """Rates at one threshold; `name` says how it was chosen. `apcer` is of all species that were scored."""

    name: str
    threshold: float
    bpcer: RateAt
    apcer: tuple[SpeciesRate, ...]

    @property
    def worst(self) -> SpeciesRate:
        """The species that gets through most often; of equals the one that is known least."""
        return max(self.apcer, key=lambda one: (one.apcer.value, one.apcer.high))

    @property
    def acer(self) -> float:
        """Mean of the worst APCER and BPCER: a single figure that hides which error it is of; no longer in the
        standard."""
        return (self.worst.apcer.value + self.bpcer.value) / 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PadCurve:
    """BPCER and one species' APCER at rising thresholds, all (n,): the data of a DET plot."""

    species: str
    bpcer: NDArray[np.float64]
    apcer: NDArray[np.float64]


class AttackDetection:
    """Error rates of an attack detector, exact from its scores.

    Intervals draw subjects with replacement; in every replicate a threshold that a rate was asked for is set anew, as
    a new study would. At given thresholds and without subjects they are Wilson's.
    """

    def __init__(self, presentations: PresentationSet, resampling: Resampling = _DEFAULT) -> None:
        names = presentations.subjects or tuple(str(place) for place in range(len(presentations.labels)))
        self._clustered = bool(presentations.subjects)
        self._numbers = subject_numbers(names)
        self._labels = np.array(presentations.labels)
        self._scores = presentations.scores
        self._resampling = resampling
        self._species_names = presentations.species
        self._bona_fide = self._group(BONA_FIDE)
        groups = [self._group(name) for name in presentations.species]
        self._species = [group for group in groups if len(group.rising)]

    def presented(self) -> tuple[Presented, ...]:
        """Bona fide first, then each species."""
        return tuple(self._presented(label) for label in (BONA_FIDE, *self._species_names))

    def at(self, threshold: float) -> PadPoint:
        """Rates at a given threshold. Raises `ValueInvalid` if that is no number."""
        if not math.isfinite(threshold):
            raise ValueInvalid("A threshold is a finite number.")
        return self._point(f"threshold {threshold:g}", threshold, fixed(threshold))

    def at_bpcer(self, target: float) -> PadPoint:
        """At the highest threshold that refuses at most the share `target` of bona fide presentations."""
        rule = highest_at_bpcer(target)
        return self._point(
            f"BPCER {_percent(target)}", self._threshold(rule), rule, (target, len(self._bona_fide))
        )

    def at_apcer(self, target: float) -> PadPoint:
        """At the lowest threshold that at most the share `target` of every species gets past: BPCER20 is BPCER where
        that is 5 %."""
        rule = lowest_at_apcer(target)
        fewest = min(map(len, self._species))
        return self._point(f"BPCER{1 / target:g}", self._threshold(rule), rule, (target, fewest))

    def curves(self, points: int = 400) -> tuple[PadCurve, ...]:
        """Of each species, at about `points` thresholds."""
        scores = np.unique(np.concatenate([group.rising for group in (self._bona_fide, *self._species)]))
        places = np.unique(np.linspace(0, len(scores) - 1, min(points, len(scores))).astype(np.intp))
        thresholds = np.append(scores[places], np.nextafter(scores[-1], np.inf))
        bpcer = np.searchsorted(self._bona_fide.rising, thresholds) / len(self._bona_fide.rising)
        return tuple(
            PadCurve(
                species=group.label,
                bpcer=bpcer,
                apcer=1.0 - np.searchsorted(group.rising, thresholds) / len(group.rising),
            )
            for group in self._species
        )

    def _group(self, label: str) -> ScoredGroup:
        places = np.flatnonzero((self._labels == label) & ~np.isnan(self._scores))
        places = places[np.argsort(self._scores[places], kind="stable")]
        return ScoredGroup(label=label, rising=self._scores[places], subjects=self._numbers[places])

    def _presented(self, label: str) -> Presented:
        chosen = self._labels == label
        silent, trials = int(np.isnan(self._scores[chosen]).sum()), int(chosen.sum())
        return Presented(
            label=label,
            presentations=trials,
            subjects=len(np.unique(self._numbers[chosen])) if self._clustered else None,
            non_response=_wilson(silent, trials, threshold=float("nan")),
        )

    def _threshold(self, rule: ThresholdRule) -> float:
        ones = [np.ones(len(group.rising)) for group in (self._bona_fide, *self._species)]
        return rule([self._bona_fide, *self._species], ones)

    def _point(
        self, name: str, threshold: float, rule: ThresholdRule, asked: tuple[float, int] | None = None
    ) -> PadPoint:
        """`asked`: the target that the threshold was set for, and by how many presentations."""
        groups = [self._bona_fide, *self._species]
        if asked is None and not self._clustered:
            rates = [_wilson(self._errors(g, threshold), len(g.rising), threshold=threshold) for g in groups]
        else:
            replicates = self._replicates(groups, rule)
            rates = [
                resampled_rate(
                    self._errors(group, threshold), len(group.rising), column, threshold, group.subjects,
                    target=asked[0] if asked else None,
                    supported=asked[0] * asked[1] >= RULE_OF_30 if asked else None,
                )
                for group, column in zip(groups, replicates, strict=True)
            ]  # fmt: skip
        bpcer, *apcer = rates
        return PadPoint(
            name=name,
            threshold=threshold,
            bpcer=bpcer,
            apcer=tuple(
                SpeciesRate(species=group.label, apcer=rate)
                for group, rate in zip(self._species, apcer, strict=True)
            ),
        )

    def _errors(self, group: ScoredGroup, threshold: float) -> int:
        below = group.below(threshold)
        return below if group is self._bona_fide else len(group.rising) - below

    def _replicates(self, groups: Sequence[ScoredGroup], rule: ThresholdRule) -> list[Rates]:
        """The rate of each group in each replicate."""
        count = int(self._numbers.max()) + 1
        rng = np.random.default_rng(self._resampling.seed)
        rates = np.full((len(groups), self._resampling.replicates), np.nan)
        for replicate in range(self._resampling.replicates):
            drawn = np.bincount(rng.integers(0, count, count), minlength=count).astype(np.float64)
            weights = [drawn[group.subjects] for group in groups]
            if weights[0].sum() == 0:
                continue
            threshold = rule(groups, weights)
            if math.isnan(threshold):
                continue
            for place, (group, weight) in enumerate(zip(groups, weights, strict=True)):
                below, total = weight[: group.below(threshold)].sum(), weight.sum()
                rates[place, replicate] = share(below if place == 0 else total - below, total)
        return list(rates)


def _wilson(errors: int, trials: int, *, threshold: float) -> RateAt:
    low, high = at_extremes(wilson_interval(errors, trials), errors, trials, trials)
    return RateAt(
        target=None,
        value=share(errors, trials),
        low=low,
        high=high,
        threshold=threshold,
        errors=errors,
        trials=trials,
        supported=errors >= RULE_OF_30,
    )


def _percent(rate: float) -> str:
    return f"{rate * 100:g} %"

"""How thresholds of attack detection are set: by hand, by the bona fide who are refused, by the attacks that pass."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.bootstrap import SubjectNumbers

PadScores: TypeAlias = NDArray[np.float64]  #: (n,), higher is more bona fide; not a number: no response
PadWeights: TypeAlias = NDArray[np.float64]  #: (n,), how often each presentation counts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredGroup:
    """The presentations of one label that got a score, rising, and the numbers of their subjects."""

    label: str
    rising: PadScores
    subjects: SubjectNumbers

    def __len__(self) -> int:
        return len(self.rising)

    def below(self, threshold: float) -> int:
        return int(np.searchsorted(self.rising, threshold))


ThresholdRule: TypeAlias = Callable[[Sequence[ScoredGroup], Sequence[PadWeights]], float]
"""From the groups, bona fide first, and the weights of their presentations."""


def fixed(threshold: float) -> ThresholdRule:
    return lambda _groups, _weights: threshold


def highest_at_bpcer(target: float) -> ThresholdRule:
    """The highest threshold that refuses at most the share `target` of bona fide presentations."""

    def rule(groups: Sequence[ScoredGroup], weights: Sequence[PadWeights]) -> float:
        rising, over = groups[0].rising, _beyond(weights[0], target)
        return float(rising[min(over, len(rising) - 1)])

    return rule


def lowest_at_apcer(target: float) -> ThresholdRule:
    """The lowest threshold that at most the share `target` of every species gets past; not a number where a species
    weighs nothing."""

    def rule(groups: Sequence[ScoredGroup], weights: Sequence[PadWeights]) -> float:
        if not all(weight.sum() > 0 for weight in weights[1:]):
            return math.nan
        return max(
            float(
                np.nextafter(group.rising[::-1][min(_beyond(weight[::-1], target), len(group) - 1)], np.inf)
            )
            for group, weight in zip(groups[1:], weights[1:], strict=True)
        )

    return rule


def _beyond(weights: PadWeights, target: float) -> int:
    """The place of the first presentation that goes beyond the share `target`."""
    return int(np.searchsorted(np.cumsum(weights), target * weights.sum() + 1e-9, side="right"))

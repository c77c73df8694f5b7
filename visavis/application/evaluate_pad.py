"""How well are attacks told from the living? From the scores of an attack detector."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.pad import (
    APCER_TARGETS,
    BPCER_TARGETS,
    AttackDetection,
    PadCurve,
    PadPoint,
    PresentationSet,
    Presented,
)

_RESAMPLING = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True)
class PadEvaluation:
    """What was presented, and the rates at each operating point.

    `deployed` are at the given thresholds, `at_bpcer` where 1 and 5 % of the bona fide are refused, `at_apcer`
    where 10, 5 and 1 % of every species pass (BPCER10, BPCER20, BPCER100). `clustered`: intervals draw people.
    """

    bona_fide: Presented
    species: tuple[Presented, ...]
    deployed: tuple[PadPoint, ...]
    at_bpcer: tuple[PadPoint, ...]
    at_apcer: tuple[PadPoint, ...]
    curves: tuple[PadCurve, ...]
    clustered: bool

    @property
    def points(self) -> tuple[PadPoint, ...]:
        return (*self.deployed, *self.at_bpcer, *self.at_apcer)

    @property
    def headline(self) -> PadPoint:
        """The point to speak of first: a threshold that is in use, else BPCER 5 %."""
        return self.deployed[0] if self.deployed else self.at_bpcer[-1]


def evaluate_pad(
    presentations: PresentationSet,
    thresholds: Sequence[float] = (),
    resampling: Resampling = _RESAMPLING,
) -> PadEvaluation:
    """At the given thresholds and at the usual operating points."""
    detection = AttackDetection(presentations, resampling)
    bona_fide, *species = detection.presented()
    return PadEvaluation(
        bona_fide=bona_fide,
        species=tuple(species),
        deployed=tuple(detection.at(threshold) for threshold in thresholds),
        at_bpcer=tuple(detection.at_bpcer(target) for target in BPCER_TARGETS),
        at_apcer=tuple(detection.at_apcer(target) for target in APCER_TARGETS),
        curves=detection.curves(),
        clustered=bool(presentations.subjects),
    )

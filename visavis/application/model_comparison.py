"""What a comparison of two model packs finds."""

from dataclasses import dataclass, field
from enum import StrEnum

from visavis.application.compare_speed import Timed
from visavis.application.extract import Extraction
from visavis.domain.decision import Measure
from visavis.domain.template import ModelIdentity
from visavis.evaluation.paired import Difference, Verdict
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import ErrorCurve


class Figure(StrEnum):
    """What is compared. Less is better in each."""

    FTA = "failure_to_acquire"
    FTE = "failure_to_enrol"
    EER = "equal_error_rate"
    FNMR = "fnmr_at_fmr"
    FNIR = "fnir_at_fpir"
    SPEED = "photo_ms"
    SIZE = "template_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A figure of one pack with its 95 % interval; `errors` of `trials` where it is a rate."""

    value: float
    low: float
    high: float
    errors: int | None = None
    trials: int | None = None

    @classmethod
    def of(cls, rate: RateAt) -> "Amount":
        return cls(value=rate.value, low=rate.low, high=rate.high, errors=rate.errors, trials=rate.trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFigure:
    """One figure of both packs. `target` is the FMR or FPIR it is measured at, `references` how many of each subject
    are enrolled in a search, `subjects` how many people the difference rests on; `supported`: the data reach the
    target."""

    figure: Figure
    a: Amount
    b: Amount
    difference: Difference
    target: float | None = None
    references: int | None = None
    subjects: int = 0
    supported: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackRun:
    """What one pack made of the photos, and `times`, where they were taken."""

    model: ModelIdentity
    extraction: Extraction = field(repr=False)
    times: Timed = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelComparison:
    """B against A on `photos` of `subjects`; `verdict` is about the error rates together, in B's favour or not."""

    a: PackRun
    b: PackRun
    measure: Measure
    photos: int
    subjects: int
    mated: int
    non_mated: int
    figures: tuple[ComparedFigure, ...]
    verdict: Verdict
    curves: tuple[ErrorCurve, ErrorCurve] = field(repr=False)

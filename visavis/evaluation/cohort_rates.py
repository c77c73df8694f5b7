"""What an audit of bias measures of each cohort."""

import math
from dataclasses import dataclass
from enum import StrEnum

from visavis.evaluation.bootstrap import Rates, percentile_interval
from visavis.evaluation.differential import Inequity, Ratio
from visavis.evaluation.rates import RULE_OF_30, at_extremes

FOUND = 0.01  #: a difference is reported as found below this chance of an accident, over the whole audit


class ErrorRate(StrEnum):
    """The rates of an audit (ISO/IEC 19795-1), in the order in which a person meets them."""

    FTE = "fte"  #: photos that enrolment refuses
    FTA = "fta"  #: photos without a template
    FNMR = "fnmr"
    FMR = "fmr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A rate with its 95 % interval; `value` is not a number without trials. `errors` of `trials` photos or
    comparisons, of so many `subjects`, were counted."""

    value: float
    low: float
    high: float
    errors: int
    trials: int
    subjects: int

    @property
    def supported(self) -> bool:
        """Rule of 30: 30 errors hold the rate within ±30 % with 90 % confidence (Doddington)."""
        return self.errors >= RULE_OF_30


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRate:
    """Ratios to the best cohort, to all people, and to the other cohorts together; `None` for cohorts too small to
    be compared. `chance` is corrected for all cohorts, rates and attributes of the audit, `None` where nothing was
    tested."""

    cohort: str
    estimate: Estimate
    compared: bool
    to_best: Ratio | None
    to_overall: Ratio | None
    to_others: Ratio | None
    chance: float | None

    @property
    def found(self) -> bool:
        """Worse than the others, more than by chance, with an interval that says so too."""
        return (
            self.chance is not None
            and self.chance <= FOUND
            and self.to_others is not None
            and self.to_others.low > 1.0
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateByCohort:
    """One rate over the cohorts of one attribute. `best` is the compared cohort with the lowest rate;
    `needed_subjects` a cohort needs before twice the overall rate would be noticed."""

    rate: ErrorRate
    overall: Estimate
    cohorts: tuple[CohortRate, ...]
    best: str | None
    tested: bool
    needed_subjects: int | None
    inequity: Inequity | None

    @property
    def found(self) -> tuple[CohortRate, ...]:
        """The worst first."""
        return tuple(sorted((one for one in self.cohorts if one.found), key=lambda one: -one.estimate.value))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossRate:
    """FMR between strangers of two cohorts, or within one."""

    one: str
    other: str
    estimate: Estimate


def estimate(
    errors: float, trials: float, drawn: Rates, raw: tuple[float, float], independent: int, subjects: int
) -> Estimate:
    """Without an error, and with nothing else, a bound is that of the rule of three for so many independent trials."""
    value = float(errors / trials) if trials > 0 else math.nan
    known = percentile_interval(drawn, value) if trials > 0 else (0.0, 1.0)
    low, high = at_extremes(known, round(raw[0]), round(raw[1]), independent)
    return Estimate(
        value=value, low=low, high=high, errors=round(raw[0]), trials=round(raw[1]), subjects=subjects
    )

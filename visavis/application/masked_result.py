"""What masks cost: rates with and without, on the same people."""

from dataclasses import dataclass
from enum import StrEnum

from visavis.application.extract import Extraction
from visavis.domain.decision import Measure
from visavis.domain.template import ModelIdentity
from visavis.evaluation.paired import Difference
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import ErrorCurve

FMR_TARGETS = (1e-2, 1e-3, 1e-4)
DEPLOYED_FMR = 1e-4


class Condition(StrEnum):
    """Who wears a mask: neither, the probe, or both."""

    UNMASKED = "unmasked"
    MASKED_PROBE = "masked_probe"
    BOTH_MASKED = "both_masked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedPoint:
    """FNMR at an FMR. `kept` (FMR, FNMR) are at the threshold that gives this FMR without masks; `own` is FNMR at the
    condition's own threshold for it; `degradation` compares that with FNMR without masks, on the same people."""

    target: float
    kept: tuple[RateAt, RateAt]
    own: RateAt
    degradation: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedCondition:
    """Rates of one condition. `deployed` (FMR, FNMR) are at the pack's own threshold for `DEPLOYED_FMR`."""

    condition: Condition
    mated: int
    non_mated: int
    failed: int
    equal_error_rate: RateAt
    points: tuple[MaskedPoint, ...]
    deployed: tuple[RateAt, RateAt] | None
    curve: ErrorCurve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedEvaluation:
    """`painted`: the masks were painted into the unmasked photos. Failures are photos without a template, by reason."""

    model: ModelIdentity
    measure: Measure
    painted: bool
    subjects: int
    unmasked: Extraction
    masked: Extraction
    conditions: tuple[MaskedCondition, ...]

    def of(self, condition: Condition) -> MaskedCondition:
        return next(one for one in self.conditions if one.condition is condition)

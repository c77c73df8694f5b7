"""What an evaluation found. Every rate has its 95 % interval; failures are counted as errors, never dropped."""

from dataclasses import dataclass
from typing import Final

from visavis.domain.decision import Measure
from visavis.domain.policy import Policy
from visavis.domain.template import ModelIdentity
from visavis.evaluation.accuracy import FoldedAccuracy
from visavis.evaluation.curves import ScoreHistogram, SearchCurve
from visavis.evaluation.open_set import Rows
from visavis.evaluation.quality import DiscardCurve
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import ErrorCurve

FMR_TARGETS: Final = (1e-2, 1e-3, 1e-4, 1e-5)
FPIR_TARGETS: Final = (1e-1, 1e-2, 1e-3)
DEPLOYED_FMR: Final = Policy().fmr
DEPLOYED_FPIR: Final = Policy().fpir


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreEvaluation:
    """1:1 error rates of scores.

    `failed` mated comparisons could not be made. `deployed` are FMR and FNMR at the threshold in use, that of
    `DEPLOYED_FMR` where it is the pack's own. `independent`: subjects were not known, so that the intervals take
    each comparison for an independent one.
    """

    subjects: int
    mated: int
    non_mated: int
    failed: int
    equal_error_rate: RateAt
    fnmr: tuple[RateAt, ...]
    curve: ErrorCurve
    histogram: ScoreHistogram
    accuracy: RateAt | None = None
    folded: FoldedAccuracy | None = None
    deployed: tuple[RateAt, RateAt] | None = None
    independent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenSetResult:
    """FNIR at several FPIR with `references` per subject, and `probes` photos fused to one probe, in galleries of
    `subjects` subjects and `searched` rows on average.

    `failed` of the mated searches had no template, of the probe or of any reference. `deployed` are FPIR and
    FNIR at the threshold that the pack uses for `DEPLOYED_FPIR` in a gallery of this size. `cmc` are the hit rates at
    ranks 1, 2, ….
    """

    references: int
    rows: Rows
    probes: int
    subjects: float
    searched: float
    mated: int
    non_mated: int
    failed: int
    fnir: tuple[RateAt, ...]
    rank_1: RateAt
    cmc: tuple[float, ...]
    curve: SearchCurve
    deployed: tuple[RateAt, RateAt] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DiscardResult:
    """Error versus discard at a threshold: the quality of a comparison is the lower one of its two templates.

    `area` is that of `DiscardCurve`; `None` without an error. Comparisons without a template have no quality and
    are left out.
    """

    threshold: float
    trials: int
    curve: DiscardCurve
    area: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation(ScoreEvaluation):
    """Error rates of a pack on labelled photos.

    `open_set`: each asks all probes it can. `policies`: ways to enrol, asked the same probes each.
    `multi_probe`: the same people asked with one photo and with several.
    """

    model: ModelIdentity
    measure: Measure
    photos: int
    failures: dict[str, int]
    failure_to_acquire: float
    failure_to_enrol: float
    open_set: tuple[OpenSetResult, ...] = ()
    policies: tuple[OpenSetResult, ...] = ()
    multi_probe: tuple[OpenSetResult, ...] = ()
    discard: DiscardResult | None = None

"""For whom is it wrong? Error rates by cohort at the threshold in force, and what may explain a difference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.application.bias_material import CohortFacts, Material
from visavis.application.extract import Extract, Extraction
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, Threshold
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bias import Design, cross_rates, rates_by_cohort
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.cohort_rates import CrossRate, ErrorRate, RateByCohort
from visavis.evaluation.cohorts import Cohorts
from visavis.evaluation.comparisons import subject_numbers
from visavis.evaluation.differential import Inequity
from visavis.evaluation.rates import above

_DESIGN = Design()  # a value, not a state
LEAST_SHOWN = 3  #: subjects in a cohort; the rates of a smaller one would tell of single people
MOST_CROSSED = 20  #: cohorts of an attribute up to which FMR between every two of them is told
_LEAST_FMR = 1e-9  #: below this there are no thresholds
GARBE_WEIGHT = 0.5  #: of FMR; the rest is that of FNMR


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeAudit:
    """The cohorts of one attribute. `unstated` photos tell nothing about it and are left out, as are `withheld`
    cohorts, which have fewer than `LEAST_SHOWN` subjects; `per_photo`: it changes within subjects. `stricter_fmr`
    is the target rate at which the worst found cohort would have the FMR that was meant for all; `None` where no
    FMR was found to differ. `cross` is empty with more than `MOST_CROSSED` cohorts.

    `garbe`: Gini aggregation rate for biometric equitability (Howard et al., 2022), 0: all alike.
    `inequity_rate`: geometric mean of the max-min ratios of FMR and FNMR (Grother, NIST IR 8429, 2022), 1: all
    alike. Both over compared cohorts, with equal weights, `None` where a rate is missing.
    """

    attribute: str
    per_photo: bool
    unstated: int
    withheld: int
    facts: tuple[CohortFacts, ...]
    rates: tuple[RateByCohort, ...]
    cross: tuple[CrossRate, ...]
    garbe: float | None
    inequity_rate: float | None
    stricter_fmr: float | None

    def rate(self, rate: ErrorRate) -> RateByCohort:
        return next(one for one in self.rates if one.rate is rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasAudit:
    """Error rates by cohort at a threshold."""

    threshold: Threshold
    enrol_quality: float
    photos: int
    subjects: int
    least_subjects: int
    permutations: int
    attributes: tuple[AttributeAudit, ...]

    @property
    def cohorts(self) -> int:
        return sum(len(one.facts) for one in self.attributes)

    @property
    def found(self) -> int:
        """How many rates of cohorts are worse than by chance."""
        return sum(len(rate.found) for one in self.attributes for rate in one.rates)

    @property
    def worst_ratio(self) -> float | None:
        """The largest found ratio to the best cohort; `None` if nothing was found."""
        ratios = [
            cohort.to_best.low if math.isnan(cohort.to_best.value) else cohort.to_best.value
            for one in self.attributes
            for rate in one.rates
            for cohort in rate.found
            if cohort.to_best is not None
        ]
        return max(ratios, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBias:
    """Audits at the false-match rate `fmr` of a calibration; photos below `enrol_quality` are refused at enrolment."""

    extract: Extract
    calibration: Calibration
    fmr: float
    enrol_quality: float
    design: Design = _DESIGN

    async def __call__(
        self,
        photos: Sequence[tuple[str, str]],
        attributes: Sequence[Cohorts],
        progress: Progress | None = None,
    ) -> BiasAudit:
        """`photos` are (subject, photo), in the order of the cohorts' codes. Raises `ValueInvalid`."""
        extraction = await self.extract([photo for _, photo in photos], progress)
        return self.audit(photos, attributes, extraction)

    def audit(
        self, photos: Sequence[tuple[str, str]], attributes: Sequence[Cohorts], extraction: Extraction
    ) -> BiasAudit:
        """From templates that were made already. Raises `ValueInvalid` without usable photos or cohorts."""
        told = _shown(attributes, subject_numbers([subject for subject, _ in photos]))
        attributes = [cohorts for cohorts, _ in told]
        threshold = self.calibration.threshold_at(self.fmr)
        material = Material.of(photos, extraction, threshold, attributes, self.enrol_quality)
        tables = rates_by_cohort(material.measured, attributes, self.design)
        return BiasAudit(
            threshold=threshold,
            enrol_quality=self.enrol_quality,
            photos=len(photos),
            subjects=len(np.unique(material.subjects)),
            least_subjects=self.design.least_subjects,
            permutations=self.design.permutations,
            attributes=tuple(
                self._attribute(material, cohorts, withheld, place, rates)
                for place, ((cohorts, withheld), rates) in enumerate(zip(told, tables, strict=True))
            ),
        )

    def _attribute(
        self,
        material: Material,
        cohorts: Cohorts,
        withheld: int,
        place: int,
        rates: tuple[RateByCohort, ...],
    ) -> AttributeAudit:
        fmr, fnmr = (
            next(one.inequity for one in rates if one.rate is rate)
            for rate in (ErrorRate.FMR, ErrorRate.FNMR)
        )
        return AttributeAudit(
            attribute=cohorts.attribute,
            per_photo=not cohorts.constant_within(material.subjects),
            unstated=cohorts.unstated,
            withheld=withheld,
            facts=material.facts(cohorts, material.scan.likeness[place]),
            rates=rates,
            cross=cross_rates(material.non_mated, cohorts, self.design.resampling)
            if len(cohorts) <= MOST_CROSSED
            else (),
            garbe=_garbe(fmr, fnmr),
            inequity_rate=_inequity_rate(fmr, fnmr),
            stricter_fmr=self._stricter(material, cohorts, rates),
        )

    def _stricter(
        self, material: Material, cohorts: Cohorts, rates: tuple[RateByCohort, ...]
    ) -> float | None:
        found = next(one for one in rates if one.rate is ErrorRate.FMR).found
        if not found:
            return None
        worst = cohorts.names.index(found[0].cohort)
        matches = material.non_mated.matches
        one, two = cohorts.codes[matches.first], cohorts.codes[matches.second]
        falling = np.sort(matches.scores[(one == worst) & (two == worst)])[::-1]
        allowed = int(self.fmr * found[0].estimate.trials)
        if allowed >= len(falling):
            return None
        stricter = self.calibration.fmr_at(above(float(falling[allowed]))).value
        return stricter if stricter >= _LEAST_FMR else None


def _shown(attributes: Sequence[Cohorts], subjects: SubjectNumbers) -> list[tuple[Cohorts, int]]:
    """Those with cohorts large enough to be told about, and how many are not. Raises `ValueInvalid`."""
    kept = [(one.with_at_least(LEAST_SHOWN, subjects), len(one)) for one in attributes]
    told = [(one, before - len(one)) for one, before in kept if len(one)]
    if not told:
        raise ValueInvalid(f"An audit needs a cohort of {LEAST_SHOWN} subjects or more among these photos.")
    return told


def _garbe(fmr: Inequity | None, fnmr: Inequity | None) -> float | None:
    if fmr is None or fnmr is None:
        return None
    return GARBE_WEIGHT * fmr.gini + (1 - GARBE_WEIGHT) * fnmr.gini


def _inequity_rate(fmr: Inequity | None, fnmr: Inequity | None) -> float | None:
    if fmr is None or fnmr is None:
        return None
    value = math.sqrt(fmr.max_min * fnmr.max_min)
    return value if math.isfinite(value) else None

"""How the false alarms of a search grow with the gallery that is searched."""

import math
from dataclasses import dataclass

from visavis.domain.errors import ValueInvalid

LOWEST, HIGHEST = (
    1e-15,
    0.5,
)  #: the range of rates that thresholds may have: 1e-9 for each search of a million
_STEPS = 52  #: halvings of the fifteen decades between them: 1e-14 of a decade are left


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchScaling:
    """What the relation of FMR and FPIR for independent comparisons leaves out, measured on calibration data.

    References of one subject are alike: r of them count as r ** b independent ones, where b nears 1 for rarer
    matches, b = exponent + rise * decades of FMR below 1. And some people resemble many others: false-match
    rates differ from probe to probe as a gamma distribution of the shape k = dispersion * FMR ** growth, so that
    false matches fall on the same few probes: FPIR = 1 - (1 + n FMR / k) ** -k (negative binomial; Doddington's
    zoo). Below `lowest`, the smallest FMR that was measured, k stays as it is there. `largest` is how many
    subjects the largest gallery had that was measured.
    """

    exponent: float
    rise: float
    dispersion: float
    growth: float
    lowest: float
    largest: int

    def __post_init__(self) -> None:
        numbers = (self.exponent, self.rise, self.dispersion, self.growth, self.lowest)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueInvalid("The scaling of searches has finite numbers.")
        if not (0.0 <= self.exponent <= 1.0 and 0.0 <= self.rise <= 0.2 and 0.0 <= self.growth <= 1.0):
            raise ValueInvalid("In the scaling of searches a number lies outside its range.")
        if not (1e-6 <= self.dispersion <= 1e6 and 1e-12 <= self.lowest <= 1.0 and self.largest >= 1):
            raise ValueInvalid(
                "The scaling of searches has a dispersion from 1e-6, a lowest rate from 1e-12 and a size from 1."
            )

    def fpir(self, fmr: float, references: int, subjects: int) -> float:
        """FPIR of a search among `references` of `subjects` where a comparison has this FMR."""
        if fmr >= 1.0:
            return 1.0
        enrolled = min(max(subjects, 1), references)
        weight = min(self.exponent - self.rise * math.log10(fmr), 1.0)
        expected = -enrolled * (references / enrolled) ** weight * math.log1p(-fmr)
        shape = self.dispersion * max(fmr, self.lowest) ** self.growth
        return -math.expm1(-shape * math.log1p(expected / shape))

    def comparison_fmr(self, fpir: float, references: int, subjects: int) -> float:
        """The inverse of `fpir`, bounded to the range that thresholds may have."""
        low, high = math.log(LOWEST), math.log(HIGHEST)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            if self.fpir(math.exp(middle), references, subjects) > fpir:
                high = middle
            else:
                low = middle
        return min(max(math.exp(low), LOWEST), HIGHEST)


def comparison_fmr(fpir: float, searched: int) -> float:
    """The comparison FMR at which a search among `searched` references keeps `fpir`.

    Independent comparisons: FPIR = 1 - (1 - FMR)^N, ISO/IEC 19795-1. References of one subject are alike, so
    counting each of them errs on the safe side. Bounded to the range that thresholds may have, 1e-15..0.5.
    """
    rate = -math.expm1(math.log1p(-fpir) / searched)
    return min(max(rate, LOWEST), HIGHEST)


def search_fpir(fmr: float, searched: int) -> float:
    """The inverse of `comparison_fmr`: the chance that one of `searched` non-mated references reaches this."""
    if fmr >= 1.0:
        return 1.0
    return -math.expm1(searched * math.log1p(-fmr))

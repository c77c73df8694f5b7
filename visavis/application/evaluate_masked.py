"""What do masks cost? Unmasked references against masked probes, on the same people."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from visavis.application.extract import Extract, Extraction
from visavis.application.judge import Steps
from visavis.application.masked_comparisons import MaskedDesign, MaskedSide
from visavis.application.masked_result import (
    DEPLOYED_FMR,
    FMR_TARGETS,
    Condition,
    MaskedCondition,
    MaskedEvaluation,
    MaskedPoint,
)
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import Rates, Resampling, SubjectNumbers, distinct
from visavis.evaluation.comparisons import ComparisonSet, subject_numbers
from visavis.evaluation.paired import Difference, paired_difference
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import Verification

_RESAMPLING = Resampling()  # a value, not a state
_CURVE_POINTS = 200
Labelled = Sequence[tuple[str, str]]  #: (subject, photo)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedTemplates:
    """What became of the photos; without `masked_photos`, masks were painted on `photos`."""

    photos: Labelled
    masked_photos: Labelled | None
    unmasked: Extraction
    masked: Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateMasked:
    """Error rates with masks. `unmasked` and `masked` make templates; the latter paints, or reads photos of masks."""

    unmasked: Extract
    masked: Extract
    measure: Measure = Measure.COSINE
    calibration: Calibration | None = None
    resampling: Resampling = _RESAMPLING
    non_mated: int = 1_000_000
    seed: int = 0

    async def __call__(
        self, photos: Labelled, masked_photos: Labelled | None = None, progress: Progress | None = None
    ) -> MaskedEvaluation:
        """Raises as `judge` does."""
        return self.judge(await self.templates(photos, masked_photos, progress))

    async def templates(
        self, photos: Labelled, masked_photos: Labelled | None = None, progress: Progress | None = None
    ) -> MaskedTemplates:
        """Without `masked_photos` masks are painted on `photos`."""
        probes = photos if masked_photos is None else masked_photos
        total = len({photo for _, photo in photos}) + len({photo for _, photo in probes})
        clean = await self.unmasked([photo for _, photo in photos], _part(progress, 0, total))
        covered = await self.masked([photo for _, photo in probes], _part(progress, clean.photos, total))
        return MaskedTemplates(photos=photos, masked_photos=masked_photos, unmasked=clean, masked=covered)

    def judge(self, made: MaskedTemplates, progress: Progress | None = None) -> MaskedEvaluation:
        """All rates. Raises `ValueInvalid` where unmasked photos have no mated and non-mated comparisons, or masked
        ones show nobody who is on the unmasked ones."""
        rows = [*made.photos, *(made.photos if made.masked_photos is None else made.masked_photos)]
        numbers = subject_numbers([subject for subject, _ in rows])
        steps = Steps(len(Condition), progress)
        base: _Judge | None = None
        conditions = []
        for condition, comparisons in self._compared(made, rows, numbers).items():
            judge = _Judge(comparisons, replace(self.resampling, among=int(numbers.max()) + 1))
            base = base or judge
            conditions.append(judge.condition(condition, base, self._threshold()))
            steps.done()
        return MaskedEvaluation(
            model=self.unmasked.inference.model,
            measure=self.measure,
            painted=made.masked_photos is None,
            subjects=len(np.unique(numbers)),
            unmasked=made.unmasked,
            masked=made.masked,
            conditions=tuple(conditions),
        )

    def _compared(
        self, made: MaskedTemplates, rows: Labelled, numbers: SubjectNumbers
    ) -> dict[Condition, ComparisonSet]:
        """Unmasked ones first; conditions without mated comparisons, or without others, are left out."""
        border = len(made.photos)
        clean = MaskedSide.of(rows[:border], numbers[:border], made.unmasked, self.measure)
        covered = MaskedSide.of(rows[border:], numbers[border:], made.masked, self.measure)
        if not set(clean.subjects.tolist()) & set(covered.subjects.tolist()):
            raise ValueInvalid("No subject has both unmasked and masked photos.")
        design = MaskedDesign(measure=self.measure, non_mated=self.non_mated, seed=self.seed)
        crossed = design.across if made.masked_photos is not None else design.painted
        masked = {
            Condition.MASKED_PROBE: crossed(clean, covered),
            Condition.BOTH_MASKED: design.within(covered),
        }
        return {Condition.UNMASKED: design.within(clean)} | {
            condition: some for condition, some in masked.items() if some.mated.any() and not some.mated.all()
        }

    def _threshold(self) -> float | None:
        return self.calibration.threshold_at(DEPLOYED_FMR).value if self.calibration else None


@dataclass(slots=True, eq=False)
class _Judge:
    """The rates of one condition; what is drawn for them is kept, for it is asked for twice."""

    comparisons: ComparisonSet
    resampling: Resampling
    rates: Verification = field(init=False)
    drawn: dict[float, Rates] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.rates = Verification(self.comparisons)

    def condition(self, condition: Condition, base: "_Judge", threshold: float | None) -> MaskedCondition:
        least = min(base.rates.non_mated, self.rates.non_mated)
        return MaskedCondition(
            condition=condition,
            mated=self.rates.mated,
            non_mated=self.rates.non_mated,
            failed=self.rates.failed,
            equal_error_rate=self.rates.equal_error_rate(self.resampling),
            points=tuple(self._point(target, base) for target in FMR_TARGETS if target * least >= 1),
            deployed=None if threshold is None else self._both_at(threshold),
            curve=self.rates.curve(_CURVE_POINTS),
        )

    def _point(self, target: float, base: "_Judge") -> MaskedPoint:
        return MaskedPoint(
            target=target,
            kept=self._both_at(base.rates.threshold_at_fmr(target)),
            own=self.rates.fnmr_at_fmr(target, self.resampling, rates=self._replicates(target)),
            degradation=None if base is self else self._against(target, base),
        )

    def _against(self, target: float, base: "_Judge") -> Difference:
        before, now = (one.rates.fnmr(one.rates.threshold_at_fmr(target)) for one in (base, self))
        people = distinct(self.comparisons.first[self.comparisons.mated])
        return paired_difference(
            before, now, base._replicates(target), self._replicates(target), subjects=people
        )

    def _both_at(self, threshold: float) -> tuple[RateAt, RateAt]:
        return self.rates.fmr_at(threshold, self.resampling), self.rates.fnmr_at(threshold, self.resampling)

    def _replicates(self, target: float) -> Rates:
        if target not in self.drawn:
            self.drawn[target] = self.rates.fnmr_replicates(target, self.resampling)
        return self.drawn[target]


def _part(progress: Progress | None, done_before: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _total: progress(done_before + done, total)

"""Is the new model better? Two packs over the same photos, judged by the same people."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.application.compare_speed import median_of, take_turns
from visavis.application.evaluation_result import FMR_TARGETS, FPIR_TARGETS
from visavis.application.extract import Extract, template_set
from visavis.application.model_comparison import Amount, ComparedFigure, Figure, ModelComparison, PackRun
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import (
    ErrorCounts,
    Rates,
    Resampling,
    SubjectNumbers,
    distinct,
    ratio,
    resampled_rate,
    trial_totals,
)
from visavis.evaluation.comparisons import Mask, subject_numbers
from visavis.evaluation.identification import Identification
from visavis.evaluation.open_set import OpenSetDesign, Rows
from visavis.evaluation.paired import known_difference, overall, paired_difference
from visavis.evaluation.paired_sets import PairPlan, SearchPlan, Side
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import Verification

_RESAMPLING = Resampling()  # a value, not a state
_BYTES = 4  #: of a number in a template
_CURVE_POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareModels:
    """Two packs over (subject, photo) rows. Only photos that were given count; one that a pack fails on counts
    against that pack. Speed is measured in turns, photo by photo, with nothing else in between."""

    a: Extract
    b: Extract
    measure: Measure = Measure.COSINE
    resampling: Resampling = _RESAMPLING
    non_mated: int | None = 2_000_000
    references: tuple[int, ...] = (1, 3)
    clock: Callable[[], float] = time.perf_counter

    async def __call__(
        self, rows: Sequence[tuple[str, str]], progress: Progress | None = None
    ) -> ModelComparison:
        """Raises `ValueInvalid` with fewer than two subjects that both packs can use, or none with two photos."""
        photos = list(dict.fromkeys(photo for _, photo in rows))
        a = await _run(self.a, photos, progress, before=0)
        b = await _run(self.b, photos, progress, before=len(photos))
        times = await take_turns(self.a, self.b, photos, self.clock)
        runs = replace(a, times=times[0]), replace(b, times=times[1])
        return self.judged(*runs, rows)

    def judged(self, a: PackRun, b: PackRun, rows: Sequence[tuple[str, str]]) -> ModelComparison:
        """The comparison of what both packs made of these rows."""
        rows = [(photo, subject) for subject, photo in dict.fromkeys(rows)]
        names = [photo for photo, _ in rows]
        subjects = subject_numbers([subject for _, subject in rows])
        table = _Table(names=names, subjects=subjects, a=a, b=b, measure=self.measure)
        among = replace(self.resampling, among=int(subjects.max()) + 1)
        judge = _Judge(table=table, resampling=among)
        plan = PairPlan.of(subjects, non_mated=self.non_mated)
        rates = tuple(Verification(plan.scored(side, self.measure)) for side in table.sides)
        figures = [*judge.failures(), judge.equal_error_rate(*rates), *judge.fnmr(*rates)]
        for count in self.references:
            figures += judge.fnir(count)
        errors = [one.difference for one in figures]
        return ModelComparison(
            a=a,
            b=b,
            measure=self.measure,
            photos=len(names),
            subjects=distinct(subjects),
            mated=len(plan.mated),
            non_mated=len(plan.non_mated),
            figures=(*figures, *_speed(a, b), _size(a, b)),
            verdict=overall(errors),
            curves=(rates[0].curve(_CURVE_POINTS), rates[1].curve(_CURVE_POINTS)),
        )


async def _run(extract: Extract, photos: Sequence[str], progress: Progress | None, *, before: int) -> PackRun:
    def advance(done: int, total: int) -> None:
        if progress:
            progress(before + done, 2 * total)

    return PackRun(model=extract.inference.model, extraction=await extract(photos, advance))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Photos, the numbers of their subjects, and what both packs made of them."""

    names: Sequence[str]
    subjects: SubjectNumbers
    a: PackRun
    b: PackRun
    measure: Measure

    @property
    def sides(self) -> tuple[Side, Side]:
        return self._side(self.a), self._side(self.b)

    def acquired(self, run: PackRun) -> Mask:
        return np.array([photo in run.extraction.references for photo in self.names], np.bool_)

    def _side(self, run: PackRun) -> Side:
        usable = self.acquired(run)
        if len(np.unique(self.subjects[usable])) < 2:
            raise ValueInvalid("A comparison needs photos of two subjects or more that both packs can use.")
        made = [photo for photo, ok in zip(self.names, usable, strict=True) if ok]
        return Side(
            references=template_set([run.extraction.references[photo] for photo in made], self.measure),
            probes=template_set([run.extraction.probes[photo] for photo in made], self.measure),
            usable=usable,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Judge:
    """The figures of both packs, and their differences over the same draws of people."""

    table: _Table
    resampling: Resampling

    def failures(self) -> list[ComparedFigure]:
        """Photos without a template, and with them those that enrolment, being stricter, would refuse."""
        runs = self.table.a, self.table.b
        lost = [~self.table.acquired(run) for run in runs]
        refused = [
            np.array([photo in run.extraction.refused for photo in self.table.names], np.bool_)
            for run in runs
        ]
        return [
            self._shares(Figure.FTA, *lost),
            self._shares(Figure.FTE, lost[0] | refused[0], lost[1] | refused[1]),
        ]

    def equal_error_rate(self, a: Verification, b: Verification) -> ComparedFigure:
        drawn = [one.eer_replicates(one.crossing()[0], self.resampling) for one in (a, b)]
        rates = [one.equal_error_rate(rates=some) for one, some in zip((a, b), drawn, strict=True)]
        missed = self._missed((a, b), rates)
        return self._compared(Figure.EER, rates, drawn, missed, supported=True)

    def fnmr(self, a: Verification, b: Verification) -> list[ComparedFigure]:
        figures = []
        fewest = min(a.non_mated, b.non_mated)
        for target in FMR_TARGETS:
            if target * fewest < 1:
                continue
            drawn = [one.fnmr_replicates(target, self.resampling) for one in (a, b)]
            rates = [one.fnmr_at_fmr(target, rates=some) for one, some in zip((a, b), drawn, strict=True)]
            supported = all(rate.supported for rate in rates)
            missed = self._missed((a, b), rates)
            figures.append(
                self._compared(Figure.FNMR, rates, drawn, missed, supported=supported, target=target)
            )
        return figures

    def fnir(self, references: int) -> list[ComparedFigure]:
        """Nothing where too few subjects have enough photos, or nobody is left to be a stranger."""
        counts = np.bincount(self.table.subjects)
        if not ((counts > references).any() and (counts == 1).any()):
            return []
        design = OpenSetDesign(references=references, rows=Rows.SINGLE if references == 1 else Rows.BOTH)
        plan = SearchPlan.of(self.table.subjects, design)
        both = [Identification(plan.searched(side, self.table.measure)) for side in self.table.sides]
        figures = []
        for target in FPIR_TARGETS:
            if target * min(one.non_mated for one in both) < 1:
                continue
            drawn = [one.fnir_replicates(target, resampling=self.resampling) for one in both]
            rates = [one.fnir_at_fpir(target, rates=some) for one, some in zip(both, drawn, strict=True)]
            supported = all(rate.supported for rate in rates)
            missed = self._missed(both, rates)
            figures.append(
                self._compared(
                    Figure.FNIR,
                    rates,
                    drawn,
                    missed,
                    supported=supported,
                    target=target,
                    references=references,
                )
            )
        return figures

    def _shares(self, figure: Figure, a: Mask, b: Mask) -> ComparedFigure:
        """Of photos."""
        subjects = self.table.subjects
        weights = self.resampling.weights(self._people)
        totals = trial_totals(weights, subjects)
        drawn = [ratio(weights[:, subjects[failed]].sum(axis=1), totals) for failed in (a, b)]
        rates = [
            resampled_rate(int(failed.sum()), len(failed), some, float("nan"), subjects, supported=True)
            for failed, some in zip((a, b), drawn, strict=True)
        ]
        errors = [np.bincount(subjects[failed], minlength=self._people) for failed in (a, b)]
        return self._compared(figure, rates, drawn, errors, supported=True)

    @property
    def _people(self) -> int:
        return int(self.table.subjects.max()) + 1

    def _missed(
        self, measured: Sequence[Verification | Identification], rates: Sequence[RateAt]
    ) -> list[ErrorCounts]:
        return [
            one.missed_by_subject(rate.threshold, self._people)
            for one, rate in zip(measured, rates, strict=True)
        ]

    def _compared(
        self,
        figure: Figure,
        rates: Sequence[RateAt],
        drawn: Sequence[Rates],
        errors: Sequence[ErrorCounts],
        *,
        supported: bool,
        target: float | None = None,
        references: int | None = None,
    ) -> ComparedFigure:
        (a, b), (a_drawn, b_drawn) = rates, drawn
        subjects = self._asked(figure, references)
        difference = paired_difference(
            a.value,
            b.value,
            a_drawn,
            b_drawn,
            subjects=subjects,
            discordant=int((errors[0] != errors[1]).sum()),
            supported=supported,
        )
        return ComparedFigure(
            figure=figure,
            a=Amount.of(a),
            b=Amount.of(b),
            difference=difference,
            target=target,
            references=references,
            subjects=subjects,
            supported=supported,
        )

    def _asked(self, figure: Figure, references: int | None) -> int:
        """How many subjects can make an error: with a photo, with two, or with one more than are enrolled."""
        least = 1 if figure in {Figure.FTA, Figure.FTE} else 1 + (references or 1)
        return int((np.bincount(self.table.subjects) >= least).sum())


def _speed(a: PackRun, b: PackRun) -> list[ComparedFigure]:
    """Medians over photos, which are drawn, both packs' times of a photo together."""
    if not (a.times and b.times):
        return []
    one, two = np.array(a.times), np.array(b.times)
    rng = np.random.default_rng(0)
    places = rng.integers(0, len(one), (1000, len(one)))
    drawn = [np.median(times[places], axis=1) for times in (one, two)]
    difference = paired_difference(
        float(np.median(one)), float(np.median(two)), drawn[0], drawn[1], subjects=len(one)
    )
    amounts = [median_of(times, some) for times, some in zip((one, two), drawn, strict=True)]
    return [
        ComparedFigure(
            figure=Figure.SPEED,
            a=Amount(value=amounts[0][0], low=amounts[0][1], high=amounts[0][2]),
            b=Amount(value=amounts[1][0], low=amounts[1][1], high=amounts[1][2]),
            difference=replace(difference, subjects_needed=None),
        )
    ]


def _size(a: PackRun, b: PackRun) -> ComparedFigure:
    one, two = (float(_BYTES * run.model.dimension) for run in (a, b))
    return ComparedFigure(
        figure=Figure.SIZE,
        a=Amount(value=one, low=one, high=one),
        b=Amount(value=two, low=two, high=two),
        difference=known_difference(one, two),
    )

"""How often is it wrong? Templates of labelled photos, compared as the product compares them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.application.extract import Extract, Extraction, template_set
from visavis.application.ports.progress import Progress
from visavis.domain.arrays import Scores
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity
from visavis.evaluation.accuracy import FoldedAccuracy, best_accuracy, folded_accuracy
from visavis.evaluation.bootstrap import Resampling, SubjectNumbers
from visavis.evaluation.calibration import calibrate
from visavis.evaluation.comparisons import (
    FAILED,
    ComparisonSet,
    SamplePairs,
    TemplateSet,
    compare_all,
    score_pairs,
    subject_numbers,
)
from visavis.evaluation.identification import Identification
from visavis.evaluation.open_set import OpenSetDesign, Rows, search_open_set
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import Verification

FMR_TARGETS = (1e-2, 1e-3, 1e-4, 1e-5)
FPIR_TARGETS = (1e-1, 1e-2, 1e-3)
DEPLOYED_FMR = 1e-4
_RESAMPLING = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPair:
    """Two photos, and whether they show the same subject. `fold` -1: there are no folds."""

    reference: str
    probe: str
    mated: bool
    fold: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSetResult:
    """FNIR at several FPIR with `references` per subject in galleries of `subjects` subjects."""

    references: int
    rows: str
    subjects: float
    searched: float
    mated: int
    non_mated: int
    fnir: tuple[RateAt, ...]
    rank_1: RateAt


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Error rates with 95 % intervals over subjects; failures are counted as errors, never dropped.

    `deployed` are FMR and FNMR at the pack's own threshold for `DEPLOYED_FMR`.
    """

    model: ModelIdentity
    measure: Measure
    photos: int
    subjects: int
    failures: dict[str, int]
    failure_to_acquire: float
    failure_to_enrol: float
    mated: int
    non_mated: int
    equal_error_rate: RateAt
    fnmr: tuple[RateAt, ...]
    accuracy: RateAt | None = None
    folded: FoldedAccuracy | None = None
    deployed: tuple[RateAt, RateAt] | None = None
    open_set: tuple[OpenSetResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatePairs:
    """Error rates over given pairs, both sides made as 1:1 verification makes them."""

    extract: Extract
    measure: Measure = Measure.COSINE
    calibration: Calibration | None = None
    resampling: Resampling = _RESAMPLING

    async def __call__(self, pairs: Sequence[LabelledPair], progress: Progress | None = None) -> Evaluation:
        """Raises `ValueInvalid` without mated and non-mated pairs."""
        photos = [photo for pair in pairs for photo in (pair.reference, pair.probe)]
        extraction = await replace(self.extract, probes=False)(photos, progress)
        place = {photo: number for number, photo in enumerate(extraction.references)}
        # a failed non-mated comparison would only make the FMR look better
        kept = [p for p in pairs if p.mated or (p.reference in place and p.probe in place)]
        first, second = _pair_subjects(kept)
        mated = np.array([pair.mated for pair in kept], np.bool_)
        scores = _pair_scores(kept, extraction, place, self.measure)
        rates = Verification(ComparisonSet(scores=scores, mated=mated, first=first, second=second))
        folds = np.array([pair.fold for pair in kept])
        return evaluation(
            extraction,
            rates,
            self.measure,
            subjects=len(np.union1d(first, second)),
            model=self.extract.inference.model,
            calibration=self.calibration,
            resampling=self.resampling,
            accuracy=best_accuracy(scores, mated),
            folded=folded_accuracy(scores, mated, folds) if len(np.unique(folds)) > 1 else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateFolder:
    """Error rates over (subject, photo) rows: all mated pairs, a draw of non-mated ones, open-set searches.

    Comparisons are made as 1:1 verification makes them; searches with references and probes as enrolment and
    identification make them, over the photos that have a template.
    """

    extract: Extract
    measure: Measure = Measure.COSINE
    calibration: Calibration | None = None
    resampling: Resampling = _RESAMPLING
    non_mated: int | None = 2_000_000
    references: tuple[int, ...] = (1, 3)

    async def __call__(
        self, photos: Sequence[tuple[str, str]], progress: Progress | None = None
    ) -> Evaluation:
        """Raises `ValueInvalid` with fewer than two subjects, or none with two photos."""
        labelled = await self.labelled(photos, progress)
        return evaluation(
            labelled.extraction,
            Verification(labelled.comparisons(self.measure, self.non_mated)),
            self.measure,
            subjects=labelled.subjects,
            model=self.extract.inference.model,
            calibration=self.calibration,
            resampling=self.resampling,
            open_set=tuple(
                result
                for count in self.references
                if (result := labelled.open_set(self.measure, count, self.resampling)) is not None
            ),
        )

    async def calibrate(
        self, photos: Sequence[tuple[str, str]], *, data: str, progress: Progress | None = None
    ) -> Calibration:
        """A calibration from all comparisons of these photos; `data` names them. Raises `ValueInvalid`."""
        labelled = await self.labelled(photos, progress)
        comparisons = labelled.comparisons(self.measure, None)
        return calibrate(comparisons, model=self.extract.inference.model, measure=self.measure, data=data)

    async def labelled(
        self, photos: Sequence[tuple[str, str]], progress: Progress | None = None
    ) -> "LabelledTemplates":
        """Templates of all photos with the numbers of their subjects."""
        extraction = await self.extract([photo for _, photo in photos], progress)
        numbers = subject_numbers([subject for subject, _ in photos])
        usable = np.array([photo in extraction.references for _, photo in photos], np.bool_)
        if len(np.unique(numbers[usable])) < 2:
            raise ValueInvalid("An evaluation needs usable photos of two subjects or more.")
        names = [photo for (_, photo), ok in zip(photos, usable, strict=True) if ok]
        return LabelledTemplates(
            extraction=extraction,
            references=template_set([extraction.references[photo] for photo in names], self.measure),
            probes=template_set([extraction.probes[photo] for photo in names], self.measure),
            numbers=numbers[usable],
            failed=numbers[~usable],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledTemplates:
    """Both templates of each photo and the number of its subject; `failed` are subjects of photos without."""

    extraction: Extraction
    references: TemplateSet
    probes: TemplateSet
    numbers: SubjectNumbers
    failed: SubjectNumbers

    @property
    def subjects(self) -> int:
        return len(np.union1d(self.numbers, self.failed))

    def comparisons(self, measure: Measure, non_mated: int | None) -> ComparisonSet:
        """All mated comparisons, those that failed counted as false non-matches, and non-mated ones.

        Both sides are made as 1:1 verification makes them, which is as references are made.
        """
        made = compare_all(self.references, self.numbers, measure=measure, non_mated=non_mated)
        left = np.bincount(np.concatenate([self.numbers, self.failed]))
        lost: list[int] = []
        for subject in self.failed.tolist():
            left[subject] -= 1
            lost += [subject] * int(left[subject])
        extra = np.array(lost, np.int32)
        return ComparisonSet(
            scores=np.append(made.scores, np.full(len(extra), FAILED, np.float32)),
            mated=np.append(made.mated, np.ones(len(extra), np.bool_)),
            first=np.append(made.first, extra),
            second=np.append(made.second, extra),
        )

    def open_set(self, measure: Measure, references: int, resampling: Resampling) -> OpenSetResult | None:
        """1:N with so many references per subject; `None` if no subject has enough photos."""
        counts = np.bincount(self.numbers)
        if not ((counts > references).any() and (counts == 1).any()):
            return None
        rows = Rows.SINGLE if references == 1 else Rows.BOTH
        design = OpenSetDesign(references=references, rows=rows)
        found = search_open_set(self.references, self.numbers, design, measure, probes=self.probes)
        rates = Identification(found)
        return OpenSetResult(
            references=references,
            rows=rows.value,
            subjects=found.gallery,
            searched=found.searched,
            mated=rates.mated,
            non_mated=rates.non_mated,
            fnir=tuple(
                rates.fnir_at_fpir(target, resampling=resampling)
                for target in FPIR_TARGETS
                if target * rates.non_mated >= 1
            ),
            rank_1=rates.hit_rate(1, resampling=resampling),
        )


def evaluation(
    extraction: Extraction,
    rates: Verification,
    measure: Measure,
    *,
    subjects: int,
    model: ModelIdentity,
    calibration: Calibration | None,
    resampling: Resampling,
    accuracy: RateAt | None = None,
    folded: FoldedAccuracy | None = None,
    open_set: tuple[OpenSetResult, ...] = (),
) -> Evaluation:
    """The report of one run."""
    deployed = None
    if calibration is not None:
        threshold = calibration.threshold_at(DEPLOYED_FMR).value
        deployed = (rates.fmr_at(threshold, resampling), rates.fnmr_at(threshold, resampling))
    codes = list(extraction.failures.values())
    return Evaluation(
        model=model,
        measure=measure,
        photos=extraction.photos,
        subjects=subjects,
        failures={code: codes.count(code) for code in sorted(set(codes))},
        failure_to_acquire=extraction.failure_to_acquire,
        failure_to_enrol=extraction.failure_to_enrol,
        mated=rates.mated,
        non_mated=rates.non_mated,
        equal_error_rate=rates.equal_error_rate(resampling),
        fnmr=tuple(
            rates.fnmr_at_fmr(target, resampling) for target in FMR_TARGETS if target * rates.non_mated >= 1
        ),
        accuracy=accuracy,
        folded=folded,
        deployed=deployed,
        open_set=open_set,
    )


def _pair_scores(
    pairs: Sequence[LabelledPair], extraction: Extraction, place: dict[str, int], measure: Measure
) -> Scores:
    """In the order of the pairs; `FAILED` where a photo has no template."""
    scores = np.full(len(pairs), FAILED, np.float32)
    made = [n for n, pair in enumerate(pairs) if pair.reference in place and pair.probe in place]
    if made:
        first = np.array([place[pairs[n].reference] for n in made], np.intp)
        second = np.array([place[pairs[n].probe] for n in made], np.intp)
        templates = template_set(list(extraction.references.values()), measure)
        scores[made] = score_pairs(templates, SamplePairs(first=first, second=second), measure)
    return scores


def _pair_subjects(pairs: Sequence[LabelledPair]) -> tuple[SubjectNumbers, SubjectNumbers]:
    """Photos joined by mated pairs belong to one subject; others are taken as subjects of their own."""
    parent: dict[str, str] = {}

    def root(photo: str) -> str:
        while parent.setdefault(photo, photo) != photo:
            photo = parent[photo]
        return photo

    for pair in pairs:
        one, other = root(pair.reference), root(pair.probe)
        if pair.mated:
            parent[one] = other
    numbers = subject_numbers([root(photo) for pair in pairs for photo in (pair.reference, pair.probe)])
    return numbers[0::2], numbers[1::2]

"""Error rates over given pairs of photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.application.evaluation_result import Evaluation
from visavis.application.extract import Extract, Extraction, template_set
from visavis.application.judge import (
    VERIFICATION_STEPS,
    Judged,
    Steps,
    deployed_threshold,
    judge_quality,
    judge_scores,
    looked_at,
    of_photos,
)
from visavis.application.labelled import Compared, Qualities
from visavis.application.ports.progress import Progress
from visavis.domain.arrays import Scores
from visavis.domain.decision import Calibration, Measure
from visavis.evaluation.accuracy import best_accuracy, folded_accuracy
from visavis.evaluation.bootstrap import Resampling, SubjectNumbers
from visavis.evaluation.comparisons import FAILED, ComparisonSet, SamplePairs, score_pairs, subject_numbers

_RESAMPLING = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPair:
    """Two photos, and whether they show the same subject. `fold` -1: there are no folds."""

    reference: str
    probe: str
    mated: bool
    fold: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatePairs:
    """Error rates over given pairs, both sides made as 1:1 verification makes them."""

    extract: Extract
    measure: Measure = Measure.COSINE
    calibration: Calibration | None = None
    resampling: Resampling = _RESAMPLING

    async def __call__(
        self,
        pairs: Sequence[LabelledPair],
        progress: Progress | None = None,
        statistics: Progress | None = None,
    ) -> Evaluation:
        """Raises `ValueInvalid` without mated and non-mated pairs."""
        return self.judge(pairs, await self.extracted(pairs, progress), statistics).evaluation

    async def extracted(self, pairs: Sequence[LabelledPair], progress: Progress | None = None) -> Extraction:
        """The templates of all photos of the pairs."""
        return await replace(self.extract, probes=False)(_photos(pairs), progress)

    def judge(
        self, pairs: Sequence[LabelledPair], extraction: Extraction, progress: Progress | None = None
    ) -> Judged:
        """All rates of pairs whose templates are there. Their photos are numbered in the order in which they are
        mentioned first, the reference of a pair before its probe."""
        made = extraction.references
        # a failed non-mated comparison would only make the FMR look better
        kept = [p for p in pairs if p.mated or (p.reference in made and p.probe in made)]
        found = _compared(kept, extraction, self.measure, _photos(pairs))
        comparisons = found.comparisons
        folds = np.array([pair.fold for pair in kept])
        result = judge_scores(
            comparisons,
            Steps(VERIFICATION_STEPS, progress),
            threshold=deployed_threshold(self.calibration),
            resampling=self.resampling,
            accuracy=best_accuracy(comparisons.scores, comparisons.mated) if kept else None,
            folded=folded_accuracy(comparisons.scores, comparisons.mated, folds)
            if len(np.unique(folds)) > 1
            else None,
        )
        quality = judge_quality(comparisons, _pair_qualities(kept, extraction), looked_at(result))
        whole = of_photos(result, extraction, self.extract.inference.model, self.measure)
        return Judged(evaluation=replace(whole, discard=quality), compared=found)


def _photos(pairs: Sequence[LabelledPair]) -> list[str]:
    return [photo for pair in pairs for photo in (pair.reference, pair.probe)]


def _compared(
    pairs: Sequence[LabelledPair], extraction: Extraction, measure: Measure, photos: Sequence[str]
) -> Compared:
    first, second = _pair_subjects(pairs)
    number = {photo: place for place, photo in enumerate(dict.fromkeys(photos))}
    return Compared(
        comparisons=ComparisonSet(
            scores=_pair_scores(pairs, extraction, measure),
            mated=np.array([pair.mated for pair in pairs], np.bool_),
            first=first,
            second=second,
        ),
        first_photo=np.array([number[pair.reference] for pair in pairs], np.int32),
        second_photo=np.array([number[pair.probe] for pair in pairs], np.int32),
    )


def _pair_scores(pairs: Sequence[LabelledPair], extraction: Extraction, measure: Measure) -> Scores:
    """In the order of the pairs; `FAILED` where a photo has no template."""
    place = {photo: number for number, photo in enumerate(extraction.references)}
    scores = np.full(len(pairs), FAILED, np.float32)
    made = [n for n, pair in enumerate(pairs) if pair.reference in place and pair.probe in place]
    if made:
        first = np.array([place[pairs[n].reference] for n in made], np.intp)
        second = np.array([place[pairs[n].probe] for n in made], np.intp)
        templates = template_set(list(extraction.references.values()), measure)
        scores[made] = score_pairs(templates, SamplePairs(first=first, second=second), measure)
    return scores


def _pair_qualities(pairs: Sequence[LabelledPair], extraction: Extraction) -> Qualities | None:
    """The lower quality of both sides (n,), not a number where a template is missing; `None` if any is unknown."""
    known = {photo: template.quality for photo, template in extraction.references.items()}
    if None in known.values():
        return None
    values = {photo: quality for photo, quality in known.items() if quality is not None}
    sides = [[values.get(photo, np.nan) for photo in (pair.reference, pair.probe)] for pair in pairs]
    return np.asarray(np.array(sides, np.float64).reshape(-1, 2).min(axis=1))


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
    numbers = subject_numbers([root(photo) for photo in _photos(pairs)])
    return numbers[0::2], numbers[1::2]

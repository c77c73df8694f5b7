"""Which samples are compared, and their scores."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores, Vectors
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers

Positions: TypeAlias = NDArray[np.integer]  #: (n,), places of samples in a template set
Mask: TypeAlias = NDArray[np.bool_]  #: (n,)

FAILED = -np.inf
"""The score of a comparison that could not be made because a template is missing: below every threshold."""

_CELLS = 4_000_000  #: scores computed at a time
_DENSE = 0.03  #: share of a block's scores above which one matrix product is cheaper than gathering pairs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateSet:
    """Vectors (n, dimension) whose dot product is the score; Euclidean scores need unit vectors and the lengths
    (n,) they had before."""

    vectors: Vectors
    norms: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or (self.norms is not None and self.norms.shape != (len(self.vectors),)):
            raise ValueInvalid("A template set has vectors of shape (n, dimension) and n norms or none.")

    def __len__(self) -> int:
        return len(self.vectors)

    def take(self, places: Positions | slice) -> "TemplateSet":
        return TemplateSet(
            vectors=self.vectors[places], norms=None if self.norms is None else self.norms[places]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SamplePairs:
    """Places of the two samples of each comparison."""

    first: Positions
    second: Positions

    def __len__(self) -> int:
        return len(self.first)

    def part(self, chosen: slice) -> "SamplePairs":
        return SamplePairs(first=self.first[chosen], second=self.second[chosen])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComparisonSet:
    """Scores (n,) of comparisons, whether each is mated, and the numbers of the subjects on both sides.

    Where the subjects of non-mated samples are unknown, a number per sample serves: intervals then rest on
    samples. `FAILED` is the score of comparisons that could not be made: mated ones then count as false
    non-matches, as generalised error rates do (ISO/IEC 19795-1: failures to enrol and to acquire included).
    Failed non-mated comparisons are best left out, which keeps FMR from looking better than it is.
    """

    scores: Scores
    mated: Mask
    first: SubjectNumbers
    second: SubjectNumbers

    def __post_init__(self) -> None:
        if not (self.scores.shape == self.mated.shape == self.first.shape == self.second.shape):
            raise ValueInvalid("Every comparison has a score, a truth and two subjects.")
        if np.isnan(self.scores).any():
            raise ValueInvalid("A score is a number.")

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, chosen: Mask) -> "ComparisonSet":
        return ComparisonSet(
            scores=self.scores[chosen],
            mated=self.mated[chosen],
            first=self.first[chosen],
            second=self.second[chosen],
        )


def subject_numbers(names: Sequence[Hashable]) -> SubjectNumbers:
    """Equal numbers for equal names, 0.. in order of first appearance."""
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int32)


def mated_pairs(subjects: SubjectNumbers) -> SamplePairs:
    """Every two samples of one subject, once."""
    order = np.argsort(subjects, kind="stable")
    ends = np.flatnonzero(np.diff(subjects[order])) + 1
    groups = [group for group in np.split(order, ends) if len(group) > 1]
    places = [np.triu_indices(len(group), 1) for group in groups]
    return _ordered(
        np.concatenate([group[one] for group, (one, _) in zip(groups, places, strict=True)] or [order[:0]]),
        np.concatenate([group[two] for group, (_, two) in zip(groups, places, strict=True)] or [order[:0]]),
    )


def non_mated_pairs(subjects: SubjectNumbers, *, limit: int | None = None, seed: int = 0) -> SamplePairs:
    """Every two samples of different subjects, once; or `limit` of these, drawn without replacement.

    Takes 8 bytes a pair: ten million are 80 MB.
    """
    count, available = len(subjects), _non_mated_count(subjects)
    if limit is None or limit >= available:
        return _all_non_mated(subjects)
    rng = np.random.default_rng(seed)
    if 3 * limit > available:
        every = _all_non_mated(subjects)
        chosen = np.sort(rng.choice(len(every), limit, replace=False))
        return SamplePairs(first=every.first[chosen], second=every.second[chosen])
    keys = np.empty(0, np.int64)
    while len(keys) < limit:
        one, two = np.sort(rng.integers(0, count, (2, limit + 1024)), axis=0)
        fresh = (one * count + two)[subjects[one] != subjects[two]]
        keys = np.sort(np.concatenate([keys, fresh]))
        keys = keys[np.append(True, keys[1:] != keys[:-1])]
    keys = keys[np.sort(rng.permutation(len(keys))[:limit])]
    return SamplePairs(first=(keys // count).astype(np.int32), second=(keys % count).astype(np.int32))


def score_pairs(
    templates: TemplateSet,
    pairs: SamplePairs,
    measure: Measure = Measure.COSINE,
    *,
    probes: TemplateSet | None = None,
) -> Scores:
    """The scores in the order of the pairs. Working memory stays below 50 MB however many pairs there are.

    `probes` are the templates of the same samples in the role of probes, where these are made differently from
    references; then `first` counts in `templates` and `second` in `probes`. Pairs sorted by their first
    sample, as the functions above give them, cost least. Raises `ValueInvalid` for a Euclidean measure
    without norms.
    """
    others = probes or templates
    _require_norms(templates, measure)
    _require_norms(others, measure)
    scores = np.empty(len(pairs), np.float32)
    for chosen in _blocks(pairs.first, len(others)):
        one, two = pairs.first[chosen], pairs.second[chosen]
        low, high = int(one.min()), int(one.max()) + 1
        if len(one) > _DENSE * (high - low) * len(others):
            block = templates.vectors[low:high] @ others.vectors.T
            cosines = block[one - low, two]
        else:
            cosines = np.einsum("ij,ij->i", templates.vectors[one], others.vectors[two])
        scores[chosen] = _measured(cosines, _norms(templates, one), _norms(others, two), measure)
    return scores


def score_matrix(probes: TemplateSet, references: TemplateSet, measure: Measure = Measure.COSINE) -> Scores:
    """(probes, references) scores; for as many probes at a time as memory allows."""
    _require_norms(probes, measure)
    _require_norms(references, measure)
    cosines = probes.vectors @ references.vectors.T
    rows = None if probes.norms is None else probes.norms[:, None]
    return _measured(cosines, rows, references.norms, measure)


def compare_all(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    *,
    probes: TemplateSet | None = None,
    measure: Measure = Measure.COSINE,
    non_mated: int | None = None,
    seed: int = 0,
) -> ComparisonSet:
    """All mated comparisons and all, or a seeded draw of `non_mated`, non-mated ones; `probes` as above."""
    pairs, mated = drawn_pairs(subjects, non_mated=non_mated, seed=seed)
    return compared(templates, subjects, pairs, mated, probes=probes, measure=measure)


def drawn_pairs(
    subjects: SubjectNumbers, *, non_mated: int | None = None, seed: int = 0
) -> tuple[SamplePairs, int]:
    """The pairs that `compare_all` compares, mated ones first, and how many these are."""
    mated, others = mated_pairs(subjects), non_mated_pairs(subjects, limit=non_mated, seed=seed)
    first, second = np.concatenate([mated.first, others.first]), np.concatenate([mated.second, others.second])
    return SamplePairs(first=first, second=second), len(mated)


def compared(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    pairs: SamplePairs,
    mated: int,
    *,
    probes: TemplateSet | None = None,
    measure: Measure = Measure.COSINE,
) -> ComparisonSet:
    """The scores of pairs of which the first `mated` are mated."""
    parts = (pairs.part(slice(0, mated)), pairs.part(slice(mated, None)))
    return ComparisonSet(
        scores=np.concatenate([score_pairs(templates, some, measure, probes=probes) for some in parts]),
        mated=np.arange(len(pairs)) < mated,
        first=subjects[pairs.first],
        second=subjects[pairs.second],
    )


def _blocks(first: Positions, count: int) -> Iterator[slice]:
    """Runs of pairs whose first samples span few rows, so that a block of the score matrix stays bounded."""
    rows, most = max(_CELLS // max(count, 1), 1), 8192
    start = 0
    rising = bool((np.diff(first) >= 0).all())
    while start < len(first):
        stop = int(np.searchsorted(first, first[start] + rows)) if rising else start + most
        if rising and stop - start <= _DENSE * rows * count:
            stop = min(stop, start + most)
        yield slice(start, min(stop, len(first)))
        start = stop


def _all_non_mated(subjects: SubjectNumbers) -> SamplePairs:
    available = _non_mated_count(subjects)
    first, second = np.empty(available, np.int32), np.empty(available, np.int32)
    start = 0
    for place in range(len(subjects) - 1):
        others = place + 1 + np.flatnonzero(subjects[place + 1 :] != subjects[place])
        first[start : start + len(others)] = place
        second[start : start + len(others)] = others
        start += len(others)
    return SamplePairs(first=first, second=second)


def _non_mated_count(subjects: SubjectNumbers) -> int:
    counts = np.unique(subjects, return_counts=True)[1].astype(np.int64)
    return int((len(subjects) ** 2 - (counts**2).sum()) // 2)


def _ordered(first: NDArray[np.integer], second: NDArray[np.integer]) -> SamplePairs:
    order = np.lexsort((second, first))
    return SamplePairs(first=first[order].astype(np.int32), second=second[order].astype(np.int32))


def _require_norms(templates: TemplateSet, measure: Measure) -> None:
    if measure is Measure.EUCLIDEAN and templates.norms is None:
        raise ValueInvalid("Euclidean scores need the norms of the templates.")


def _norms(templates: TemplateSet, places: Positions) -> NDArray[np.floating] | None:
    return None if templates.norms is None else templates.norms[places]


def _measured(
    cosines: Scores,
    one: NDArray[np.floating] | None,
    two: NDArray[np.floating] | None,
    measure: Measure,
) -> Scores:
    """As `visavis.domain.decision.compare`: cosine, or 1 - |n1 v1 - n2 v2|."""
    if measure is Measure.COSINE or one is None or two is None:
        return np.asarray(np.clip(cosines, -1.0, 1.0), np.float32)
    squared = np.square(one) + np.square(two) - 2.0 * one * two * cosines
    return np.asarray(1.0 - np.sqrt(np.maximum(squared, 0.0)), np.float32)

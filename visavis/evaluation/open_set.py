"""Builds open-set searches out of a set of templates: who is enrolled, with which references, who is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import FAILED, Positions, TemplateSet, score_matrix

_CELLS = 4_000_000


class Rows(StrEnum):
    """What stands in the gallery for a subject with several references."""

    SINGLE = "single"  #: the first reference only
    MEAN = "mean"  #: the direction of the mean of the references
    MAX = "max"  #: every reference; the best counts
    BOTH = "both"  #: every reference and the mean; the best counts


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSetDesign:
    """How a draw is made.

    Subjects with two samples or more are enrolled, except the share `left_out`, with `references` random ones
    or as many as leave one over. Only subjects with all their `references` are asked about, with at most
    `probes` of their other samples; the rest just fill the gallery. Subjects that are not enrolled, also those
    with a single sample, give the non-mated probes, at most `probes` each.

    `reserve`: so many samples of a subject, `references` of them enrolled, are never probes, and only subjects
    with more are asked about. Designs that differ in nothing but `references` and `rows` and have one reserve
    ask the very same probes, so that policies of enrolment can be compared.
    """

    references: int = 1
    rows: Rows = Rows.BOTH
    left_out: float = 0.0
    probes: int = 15
    draws: int = 5
    seed: int = 0
    reserve: int = 0

    def __post_init__(self) -> None:
        if self.reserve and self.reserve < self.references:
            raise ValueInvalid("A reserve holds the references.")
        if not (self.references >= 1 and self.probes >= 1 and self.draws >= 1 and 0.0 <= self.left_out < 1.0):
            raise ValueInvalid("A draw needs references, probes and a share to leave out below 1.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draw:
    """Places of the samples in each role; `references` are grouped by subject."""

    references: Positions
    mated: Positions
    non_mated: Positions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Probes (n) and the numbers of their subjects."""

    templates: TemplateSet
    subjects: SubjectNumbers

    def __len__(self) -> int:
        return len(self.templates)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SearchSet:
    """What searches found.

    For mated probes: the score (n,) and the rank (n,) of the right subject, 1 is best, subjects with an equal
    score count as ahead; for non-mated probes the highest score (m,) of anybody. With the numbers of their
    subjects. `gallery` is the mean number of enrolled subjects, `searched` of rows, per draw; `references` that of
    rows without the means that stand beside references, as the product counts them.
    """

    scores: Scores
    ranks: NDArray[np.int32]
    subjects: SubjectNumbers
    top: Scores
    non_mated_subjects: SubjectNumbers
    gallery: float
    searched: float
    references: float

    def with_failures(self, subjects: SubjectNumbers) -> "SearchSet":
        """Adds mated probes of these subjects for which no template could be made: missed at every threshold."""
        return SearchSet(
            scores=np.append(self.scores, np.full(len(subjects), FAILED, np.float32)),
            ranks=np.append(self.ranks, np.full(len(subjects), np.iinfo(np.int32).max, np.int32)),
            subjects=np.append(self.subjects, subjects),
            top=self.top,
            non_mated_subjects=self.non_mated_subjects,
            gallery=self.gallery,
            searched=self.searched,
            references=self.references,
        )


def joined(found: Sequence[SearchSet]) -> SearchSet:
    """The searches of several draws as one set."""
    return SearchSet(
        scores=np.concatenate([one.scores for one in found]),
        ranks=np.concatenate([one.ranks for one in found]),
        subjects=np.concatenate([one.subjects for one in found]),
        top=np.concatenate([one.top for one in found]),
        non_mated_subjects=np.concatenate([one.non_mated_subjects for one in found]),
        gallery=float(np.mean([one.gallery for one in found])),
        searched=float(np.mean([one.searched for one in found])),
        references=float(np.mean([one.references for one in found])),
    )


def make_draw(subjects: SubjectNumbers, design: OpenSetDesign, rng: np.random.Generator) -> Draw:
    """One random assignment of samples to roles."""
    samples = samples_by_subject(subjects)
    several = [number for number, places in samples.items() if len(places) > 1]
    absent = set(rng.permutation(several)[: round(design.left_out * len(several))].tolist())
    references: list[Positions] = []
    mated: list[Positions] = []
    non_mated: list[Positions] = []
    for number, places in samples.items():
        shuffled = rng.permutation(places)
        if len(places) < 2 or number in absent:
            non_mated.append(shuffled[: design.probes])
            continue
        reserve = design.reserve or design.references
        references.append(shuffled[: min(design.references, len(places) - 1)])
        mated.append(shuffled[reserve : reserve + design.probes])
    if not (any(map(len, mated)) and non_mated):
        raise ValueInvalid(
            "An open set needs subjects to enrol, with enough samples, and others to leave out."
        )
    return Draw(
        references=np.concatenate(references),
        mated=np.concatenate(mated),
        non_mated=np.concatenate(non_mated),
    )


def search_draw(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    draw: Draw,
    rows: Rows,
    measure: Measure = Measure.COSINE,
    *,
    probes: TemplateSet | None = None,
) -> SearchSet:
    """Searches every probe of the draw in its gallery."""
    asked = probes or templates
    gallery = gallery_rows(templates.take(draw.references), subjects[draw.references], rows)
    return search_all(
        gallery,
        Asked(templates=asked.take(draw.mated), subjects=subjects[draw.mated]),
        Asked(templates=asked.take(draw.non_mated), subjects=subjects[draw.non_mated]),
        measure,
        references=min(len(draw.references), len(gallery[1])),
    )


def search_all(
    gallery: tuple[TemplateSet, SubjectNumbers],
    mated: Asked,
    non_mated: Asked,
    measure: Measure,
    *,
    references: int,
) -> SearchSet:
    """Searches probes of enrolled subjects, and probes of others, in the rows of `gallery_rows`, of which so many are
    `references`. In an empty gallery nobody is found."""
    rows, owners = gallery
    enrolled, starts = np.unique(owners, return_index=True)
    scores, ranks = np.empty(len(mated), np.float32), np.empty(len(mated), np.int32)
    for chosen, best in _best_scores(mated.templates, rows, starts, measure):
        right = np.searchsorted(enrolled, mated.subjects[chosen])
        own = best[np.arange(len(best)), right]
        scores[chosen], ranks[chosen] = own, (best >= own[:, None]).sum(axis=1)
    top = np.full(len(non_mated), FAILED, np.float32)
    for chosen, best in _best_scores(non_mated.templates, rows, starts, measure):
        top[chosen] = best.max(axis=1)
    return SearchSet(
        scores=scores,
        ranks=ranks,
        subjects=mated.subjects,
        top=top,
        non_mated_subjects=non_mated.subjects,
        gallery=len(enrolled),
        searched=len(owners),
        references=references,
    )


def gallery_rows(
    references: TemplateSet, owners: SubjectNumbers, rows: Rows
) -> tuple[TemplateSet, SubjectNumbers]:
    """The rows that a search compares with, and their subjects, in rising order of subject.

    The mean of a subject with one reference is that reference and is not repeated.
    """
    order = np.argsort(owners, kind="stable")
    references, owners = references.take(order), owners[order]
    numbers, starts, counts = np.unique(owners, return_index=True, return_counts=True)
    if rows is Rows.SINGLE:
        return references.take(starts), numbers
    if rows is Rows.MAX:
        return references, owners
    means = mean_templates(references, starts, counts)
    if rows is Rows.MEAN:
        return means, numbers
    extra = counts > 1
    both = _joined(references, means.take(np.flatnonzero(extra)))
    owners = np.concatenate([owners, numbers[extra]])
    order = np.argsort(owners, kind="stable")
    return both.take(order), owners[order]


def mean_templates(references: TemplateSet, starts: Positions, counts: NDArray[np.intp]) -> TemplateSet:
    """As `visavis.domain.template.fuse`: the mean direction with the mean weight, the mean of the lengths."""
    weights = np.linalg.norm(references.vectors.astype(np.float64), axis=1)
    sums = np.add.reduceat(references.vectors / weights[:, None], starts, axis=0)
    lengths = None
    if references.norms is not None:
        lengths = np.add.reduceat(references.norms.astype(np.float64), starts) / counts
    weight = np.add.reduceat(weights, starts) / counts
    scaled = sums * (weight / np.linalg.norm(sums, axis=1))[:, None]
    return TemplateSet(vectors=scaled.astype(np.float32), norms=lengths)


def _joined(one: TemplateSet, two: TemplateSet) -> TemplateSet:
    known = one.norms is not None and two.norms is not None
    norms = np.concatenate([one.norms, two.norms]) if known else None
    return TemplateSet(vectors=np.concatenate([one.vectors, two.vectors]), norms=norms)


def _best_scores(
    probes: TemplateSet, gallery: TemplateSet, starts: Positions, measure: Measure
) -> Iterator[tuple[slice, Scores]]:
    """For some probes at a time: (probes, subjects), the score of the best row of each subject."""
    step = max(_CELLS // max(len(gallery), 1), 1)
    for start in range(0, len(probes) if len(gallery) else 0, step):
        chosen = slice(start, min(start + step, len(probes)))
        scores = score_matrix(probes.take(chosen), gallery, measure)
        yield chosen, np.maximum.reduceat(scores, starts, axis=1)


def samples_by_subject(subjects: SubjectNumbers) -> dict[int, Positions]:
    order = np.argsort(subjects, kind="stable").astype(np.int32)
    numbers, starts = np.unique(subjects[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True))

"""Which photos belong to which cohort, and what chance would have made of it.

A cohort is told, never inferred. An attribute of people (sex, age group) gives all photos of a subject one cohort;
an attribute of photos (camera, glasses) may change from photo to photo.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import Mask

Codes: TypeAlias = NDArray[
    np.int32
]  #: (n,), place of each photo's cohort among the names, -1 where none is told

CROSS = " × "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohorts:
    """The cohorts of one attribute: `names`, and which of them each photo belongs to."""

    attribute: str
    names: tuple[str, ...]
    codes: Codes

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names) or self.codes.ndim != 1:
            raise ValueInvalid("Cohorts have different names, and each photo has one or none.")
        if len(self.codes) and not -1 <= self.codes.min() <= self.codes.max() < len(self.names):
            raise ValueInvalid("A photo belongs to a cohort that has a name.")

    @classmethod
    def of(cls, attribute: str, told: Sequence[str | None]) -> "Cohorts":
        """From the word that is told about each photo; `None` and empty words tell nothing. Names are sorted."""
        names = tuple(sorted({word for word in told if word}))
        places = {name: place for place, name in enumerate(names)}
        codes = np.array([places[word] if word else -1 for word in told], np.int32)
        return cls(attribute=attribute, names=names, codes=codes)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def unstated(self) -> int:
        """Photos about which nothing is told; they are left out of this attribute."""
        return int((self.codes < 0).sum())

    def crossed(self, other: "Cohorts") -> "Cohorts":
        """The intersections of both attributes that occur."""
        pairs = [
            CROSS.join((self.names[one], other.names[two])) if min(one, two) >= 0 else None
            for one, two in zip(self.codes.tolist(), other.codes.tolist(), strict=True)
        ]
        return Cohorts.of(CROSS.join((self.attribute, other.attribute)), pairs)

    def with_at_least(self, least: int, subjects: SubjectNumbers) -> "Cohorts":
        """Without cohorts of fewer subjects, as if nothing were told about their photos."""
        held = subjects_in(self, subjects, np.ones(len(self.codes), np.bool_))
        words = [
            self.names[code] if code >= 0 and held[code] >= least else None for code in self.codes.tolist()
        ]
        return Cohorts.of(self.attribute, words)

    def constant_within(self, subjects: SubjectNumbers) -> bool:
        """Whether all photos of a subject about which something is told are of one cohort."""
        told = self.codes >= 0
        lowest = np.full(int(subjects.max(initial=0)) + 1, len(self), np.int32)
        highest = np.full_like(lowest, -1)
        np.minimum.at(lowest, subjects[told], self.codes[told])
        np.maximum.at(highest, subjects[told], self.codes[told])
        return bool((lowest >= highest).all())


def intersections(attributes: Sequence[Cohorts]) -> list[Cohorts]:
    """Every two attributes crossed."""
    return [one.crossed(other) for one, other in combinations(attributes, 2)]


def relabelled(cohorts: Cohorts, subjects: SubjectNumbers, *, count: int, seed: int) -> Iterator[Codes]:
    """Codes as they could be if the cohort had nothing to do with who is recognised, `count` times.

    An attribute of people is dealt out anew among the subjects. One of photos is dealt out among subjects with the
    same number of such photos, and then among the photos of each: so what is alike within a subject stays
    together (a stratified permutation; Good, Permutation, Parametric and Bootstrap Tests, 2005).
    """
    rng = np.random.default_rng(seed)
    told = np.flatnonzero(cohorts.codes >= 0)
    if cohorts.constant_within(subjects):
        yield from _among_subjects(cohorts.codes, subjects, told, count, rng)
    else:
        yield from _among_photos(cohorts.codes, subjects, told, count, rng)


def _among_subjects(
    codes: Codes, subjects: SubjectNumbers, told: NDArray[np.intp], count: int, rng: np.random.Generator
) -> Iterator[Codes]:
    _, first, place = np.unique(subjects[told], return_index=True, return_inverse=True)
    of_subject = codes[told][first]
    for _ in range(count):
        drawn = codes.copy()
        drawn[told] = rng.permutation(of_subject)[place]
        yield drawn


def _among_photos(
    codes: Codes, subjects: SubjectNumbers, told: NDArray[np.intp], count: int, rng: np.random.Generator
) -> Iterator[Codes]:
    order = told[np.argsort(subjects[told], kind="stable")]
    ends = np.flatnonzero(np.diff(subjects[order])) + 1
    groups = np.split(order, ends) if len(order) else []
    sizes = sorted({len(group) for group in groups})
    strata = [np.stack([group for group in groups if len(group) == size]) for size in sizes]
    for _ in range(count):
        drawn = codes.copy()
        for places in strata:
            dealt = rng.permutation(codes[places])
            drawn[places] = rng.permuted(dealt, axis=1)
        yield drawn


def subjects_in(cohorts: Cohorts, subjects: SubjectNumbers, chosen: Mask) -> NDArray[np.intp]:
    """How many subjects have a chosen photo in each cohort, (cohorts,)."""
    keep = chosen & (cohorts.codes >= 0)
    pairs = np.unique(np.stack([cohorts.codes[keep], subjects[keep]], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=len(cohorts))

"""Does the FPIR of searches hold for people it was not measured on?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from visavis.domain.arrays import Scores
from visavis.domain.decision import Calibration, Measure
from visavis.domain.evidence import SearchCheck
from visavis.domain.gallery_size import comparison_fmr
from visavis.domain.template import ModelIdentity
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.calibration import calibrate
from visavis.evaluation.comparisons import Mask, TemplateSet, compare_all
from visavis.evaluation.gallery_size import LEAST_SUBJECTS, fit_scaling
from visavis.evaluation.open_set import Asked, Rows, gallery_rows, search_all

SIZES: Final = (100, 500, 1000)  #: references
TARGETS: Final = (0.1, 0.03, 0.01)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Templates of photos in both roles, and whose they are."""

    references: TemplateSet
    probes: TemplateSet
    subjects: SubjectNumbers

    @property
    def mated(self) -> bool:
        """Whether anybody has two photos."""
        return len(np.unique(self.subjects)) < len(self.subjects)

    def where(self, chosen: Mask) -> "People":
        places = np.flatnonzero(chosen)
        return People(
            references=self.references.take(places),
            probes=self.probes.take(places),
            subjects=self.subjects[places],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trial:
    """A gallery of one half: how large it is, and the best score of each probe of somebody who is not in it."""

    references: int
    subjects: int
    top: Scores


def check_searches(
    people: People,
    *,
    model: ModelIdentity,
    measure: Measure,
    sizes: Sequence[int] = SIZES,
    targets: Sequence[float] = TARGETS,
    splits: int = 3,
    draws: int = 4,
    seed: int = 0,
) -> tuple[SearchCheck, ...]:
    """Calibrates on half of the subjects and searches galleries of the other half, both ways, several times.

    All references of subjects drawn at random are enrolled until there are so many; all photos of the others, at
    least `LEAST_SUBJECTS` subjects, are probes. Sizes for which a half has too few people are left out.
    """
    found: dict[tuple[int, float], list[tuple[_Trial, float, float]]] = {}
    for number in range(splits):
        rng = np.random.default_rng(seed + number)
        for one, other in _halves(people, rng):
            if not one.mated:
                continue
            calibration = _calibrated(one, model, measure)
            for size in sizes:
                trials = [trial for _ in range(draws) if (trial := _trial(other, size, measure, rng))]
                for trial in trials:
                    for target in targets:
                        rates = _realised(trial, calibration, target)
                        found.setdefault((size, target), []).append((trial, *rates))
    return tuple(
        SearchCheck(
            references=round(float(np.mean([trial.references for trial, _, _ in results]))),
            subjects=round(float(np.mean([trial.subjects for trial, _, _ in results]))),
            target=target,
            realised=float(np.mean([realised for _, realised, _ in results])),
            independent=float(np.mean([independent for _, _, independent in results])),
        )
        for (_, target), results in sorted(found.items(), key=lambda item: (item[0][0], -item[0][1]))
    )


def _halves(people: People, rng: np.random.Generator) -> Iterator[tuple[People, People]]:
    subjects = rng.permutation(np.unique(people.subjects))
    chosen = np.isin(people.subjects, subjects[: len(subjects) // 2])
    one, other = people.where(chosen), people.where(~chosen)
    yield from ((one, other), (other, one))


def _calibrated(people: People, model: ModelIdentity, measure: Measure) -> tuple[Calibration, Calibration]:
    """With what was measured about searches, and without."""
    comparisons = compare_all(people.references, people.subjects, measure=measure)
    bare = calibrate(comparisons, model=model, measure=measure, data="half of the subjects", spread=False)
    return with_scaling(bare, people), bare


def with_scaling(calibration: Calibration, people: People) -> Calibration:
    """The calibration of these people with the scaling of searches, if there are enough of them."""
    scaling = fit_scaling(people.references, people.probes, people.subjects, calibration)
    return replace(calibration, search=scaling)


def _trial(people: People, size: int, measure: Measure, rng: np.random.Generator) -> _Trial | None:
    """`None` if fewer than `LEAST_SUBJECTS` subjects would be left to ask about."""
    order = rng.permutation(np.unique(people.subjects))
    counts = np.bincount(people.subjects)[order]
    enrolled = int(np.searchsorted(np.cumsum(counts), size)) + 1
    if len(order) - enrolled < LEAST_SUBJECTS:
        return None
    inside = np.isin(people.subjects, order[:enrolled])
    gallery, absent = people.where(inside), people.where(~inside)
    found = search_all(
        gallery_rows(gallery.references, gallery.subjects, Rows.BOTH),
        Asked(templates=gallery.probes.take(slice(0, 1)), subjects=gallery.subjects[:1]),
        Asked(templates=absent.probes, subjects=absent.subjects),
        measure,
        references=len(gallery.subjects),
    )
    return _Trial(references=len(gallery.subjects), subjects=enrolled, top=found.top)


def _realised(
    trial: _Trial, calibrations: tuple[Calibration, Calibration], target: float
) -> tuple[float, float]:
    """FPIR at the threshold for this target, and at the one that independent comparisons would have."""
    scaled, bare = calibrations
    rates = (
        scaled.comparison_fmr(target, trial.references, trial.subjects),
        comparison_fmr(target, trial.references),
    )
    one, other = ((trial.top >= bare.threshold_at(rate).value).mean() for rate in rates)
    return float(one), float(other)

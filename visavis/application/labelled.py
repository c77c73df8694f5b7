"""Templates of labelled photos, and what is compared and searched among them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.application.extract import Extraction, template_set
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import (
    FAILED,
    ComparisonSet,
    Mask,
    Positions,
    TemplateSet,
    compared,
    drawn_pairs,
    subject_numbers,
)
from visavis.evaluation.multi_probe import MultiProbeDesign, search_multi_probe
from visavis.evaluation.open_set import OpenSetDesign, SearchSet
from visavis.evaluation.paired_sets import SearchPlan, Side

Qualities = NDArray[np.float64]  #: (n,), 0..100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """Comparisons, and which photos were compared: places (n,) in the rows that were given."""

    comparisons: ComparisonSet
    first_photo: Positions
    second_photo: Positions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledTemplates:
    """Both templates of each photo, the number of its subject and its place in the rows that were given; `failed`
    are subjects, and `failed_places` places, of photos without."""

    extraction: Extraction
    references: TemplateSet
    probes: TemplateSet
    numbers: SubjectNumbers
    failed: SubjectNumbers
    places: Positions
    failed_places: Positions
    qualities: Qualities | None = None

    @classmethod
    def of(
        cls, extraction: Extraction, photos: Sequence[tuple[str, str]], measure: Measure
    ) -> "LabelledTemplates":
        """Those of (subject, photo). Raises `ValueInvalid` with usable photos of fewer than two subjects."""
        numbers = subject_numbers([subject for subject, _ in photos])
        usable = np.array([photo in extraction.references for _, photo in photos], np.bool_)
        if len(np.unique(numbers[usable])) < 2:
            raise ValueInvalid("An evaluation needs usable photos of two subjects or more.")
        names = [photo for (_, photo), ok in zip(photos, usable, strict=True) if ok]
        made = [extraction.references[photo] for photo in names]
        known = [template.quality for template in made if template.quality is not None]
        return cls(
            extraction=extraction,
            references=template_set(made, measure),
            probes=template_set([extraction.probes[photo] for photo in names], measure),
            numbers=numbers[usable],
            failed=numbers[~usable],
            places=np.flatnonzero(usable).astype(np.int32),
            failed_places=np.flatnonzero(~usable).astype(np.int32),
            qualities=np.array(known) if len(known) == len(made) else None,
        )

    @property
    def subjects(self) -> int:
        return len(np.union1d(self.numbers, self.failed))

    def comparisons(self, measure: Measure, non_mated: int | None, seed: int = 0) -> ComparisonSet:
        """All mated comparisons, those that failed counted as false non-matches, and non-mated ones.

        Both sides are made as 1:1 verification makes them, which is as references are made.
        """
        return self.compared(measure, non_mated, seed).comparisons

    def compared(self, measure: Measure, non_mated: int | None, seed: int = 0) -> Compared:
        """The same, with the photos of each comparison; those that failed come last."""
        pairs, mated = drawn_pairs(self.numbers, non_mated=non_mated, seed=seed)
        made = compared(self.references, self.numbers, pairs, mated, measure=measure)
        first, second, owners = self._lost()
        return Compared(
            comparisons=ComparisonSet(
                scores=np.append(made.scores, np.full(len(owners), FAILED, np.float32)),
                mated=np.append(made.mated, np.ones(len(owners), np.bool_)),
                first=np.append(made.first, owners),
                second=np.append(made.second, owners),
            ),
            first_photo=np.append(self.places[pairs.first], first),
            second_photo=np.append(self.places[pairs.second], second),
        )

    def pair_qualities(self, found: Compared) -> Qualities | None:
        """The lower quality of both sides (n,) of comparisons that could be made; `None` if any is unknown."""
        if self.qualities is None:
            return None
        by_place = np.full(int(max(self.places.max(), self.failed_places.max(initial=0))) + 1, np.nan)
        by_place[self.places] = self.qualities
        return np.asarray(np.minimum(by_place[found.first_photo], by_place[found.second_photo]))

    def searched(self, measure: Measure, design: OpenSetDesign) -> SearchSet | None:
        """1:N as the design asks; `None` if it asks about nobody. Roles are drawn over all photos, before it is known
        which have no template (see `visavis.evaluation.paired_sets`)."""
        numbers, usable = self._all_photos()
        counts = np.bincount(numbers)
        if not ((counts > max(design.references, design.reserve)).any() and (counts == 1).any()):
            return None
        side = Side(references=self.references, probes=self.probes, usable=usable)
        found = SearchPlan.of(numbers, design).searched(side, measure)
        return found if len(found.top) else None

    def multi_probe(self, measure: Measure, design: MultiProbeDesign) -> tuple[SearchSet, ...]:
        """1:N with fused probes, for each number of photos; probes are only made of photos with templates."""
        return search_multi_probe(self.references, self.numbers, design, measure, probes=self.probes)

    def _all_photos(self) -> tuple[SubjectNumbers, Mask]:
        """The number of the subject of each photo that was given, and whether it has a template."""
        numbers = np.empty(len(self.places) + len(self.failed_places), np.int32)
        numbers[self.places], numbers[self.failed_places] = self.numbers, self.failed
        usable = np.ones(len(numbers), np.bool_)
        usable[self.failed_places] = False
        return numbers, usable

    def _lost(self) -> tuple[Positions, Positions, SubjectNumbers]:
        """The mated comparisons that could not be made: each failed photo with all others of its subject."""
        first: list[int] = []
        second: list[int] = []
        owners: list[int] = []
        for number, (subject, place) in enumerate(
            zip(self.failed.tolist(), self.failed_places.tolist(), strict=True)
        ):
            others = [
                *self.places[self.numbers == subject].tolist(),
                *self.failed_places[number + 1 :][self.failed[number + 1 :] == subject].tolist(),
            ]
            first += [place] * len(others)
            second += others
            owners += [subject] * len(others)
        return np.array(first, np.int32), np.array(second, np.int32), np.array(owners, np.int32)

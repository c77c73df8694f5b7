"""Who is compared with whom where some wear masks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.application.extract import Extraction, template_set
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import (
    FAILED,
    ComparisonSet,
    Mask,
    SamplePairs,
    TemplateSet,
    mated_pairs,
    non_mated_pairs,
    score_pairs,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedSide:
    """Photos (n,) of one kind: their subjects, which have a template, and where in `templates` it is."""

    subjects: SubjectNumbers
    usable: Mask
    templates: TemplateSet

    @classmethod
    def of(
        cls,
        photos: Sequence[tuple[str, str]],
        subjects: SubjectNumbers,
        extraction: Extraction,
        measure: Measure,
    ) -> "MaskedSide":
        made = [extraction.references.get(photo) for _, photo in photos]
        usable = np.array([one is not None for one in made], np.bool_)
        if not usable.any():
            raise ValueInvalid("None of the photos has a usable face.")
        templates = template_set([one for one in made if one is not None], measure)
        return cls(subjects=subjects, usable=usable, templates=templates)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedDesign:
    """All mated comparisons and at most `non_mated` drawn others, in every condition.

    Both sides of a comparison are made as 1:1 verification makes them. Mated ones without a template fail.
    """

    measure: Measure
    non_mated: int
    seed: int

    def within(self, side: MaskedSide) -> ComparisonSet:
        """Every two photos of the same side."""
        return _compared(side, side, mated_pairs(side.subjects), self._strangers(side.subjects), self.measure)

    def painted(self, clean: MaskedSide, covered: MaskedSide) -> ComparisonSet:
        """Unmasked photos first, masked copies of the same photos second: each pair of photos is two comparisons, and
        no photo meets its own copy."""
        pairs = mated_pairs(clean.subjects)
        mated = SamplePairs(
            first=np.concatenate([pairs.first, pairs.second]),
            second=np.concatenate([pairs.second, pairs.first]),
        )
        return _compared(clean, covered, mated, self._strangers(clean.subjects), self.measure)

    def across(self, clean: MaskedSide, covered: MaskedSide) -> ComparisonSet:
        """Unmasked photos first, other photos with masks second."""
        numbers, border = np.concatenate([clean.subjects, covered.subjects]), len(clean.subjects)
        mated = _crossing(mated_pairs(numbers), border)
        return _compared(clean, covered, mated, _crossing(self._strangers(numbers), border), self.measure)

    def _strangers(self, numbers: SubjectNumbers) -> SamplePairs:
        return non_mated_pairs(numbers, limit=self.non_mated, seed=self.seed)


def _compared(
    first: MaskedSide, second: MaskedSide, mated: SamplePairs, others: SamplePairs, measure: Measure
) -> ComparisonSet:
    """Pairs of photos of two sides; mated ones that cannot be made fail, others are left out."""
    known = first.usable[others.first] & second.usable[others.second]
    others = SamplePairs(first=others.first[known], second=others.second[known])
    one, two = np.concatenate([mated.first, others.first]), np.concatenate([mated.second, others.second])
    made = first.usable[one] & second.usable[two]
    scores = np.full(len(one), FAILED, np.float32)
    places = SamplePairs(
        first=(np.cumsum(first.usable) - 1)[one[made]].astype(np.int32),
        second=(np.cumsum(second.usable) - 1)[two[made]].astype(np.int32),
    )
    scores[made] = score_pairs(first.templates, places, measure, probes=second.templates)
    return ComparisonSet(
        scores=scores,
        mated=np.arange(len(one)) < len(mated),
        first=first.subjects[one],
        second=second.subjects[two],
    )


def _crossing(pairs: SamplePairs, border: int) -> SamplePairs:
    """Those from the photos before the border to the ones from it on, which are counted from there."""
    chosen = (pairs.first < border) & (pairs.second >= border)
    return SamplePairs(first=pairs.first[chosen], second=pairs.second[chosen] - border)

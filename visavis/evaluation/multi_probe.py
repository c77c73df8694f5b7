"""What several photos of one moment are worth: the probes of a search are fused, as those of a track are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.comparisons import TemplateSet
from visavis.evaluation.open_set import (
    Asked,
    Rows,
    SearchSet,
    gallery_rows,
    joined,
    mean_templates,
    samples_by_subject,
    search_all,
)

Groups = NDArray[np.int32]  #: (n, samples of a probe), places of samples


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiProbeDesign:
    """Searches with 1, 3, 5, … samples of a subject fused to one probe (`visavis.domain.template.fuse`).

    Subjects with enough samples for `references` and one probe of the largest kind take part: the share
    `left_out` of them is not enrolled and gives the non-mated probes, the others are enrolled and give the mated
    ones, at most `groups` probes each. All other subjects just fill the gallery. A probe of fewer samples is the
    beginning of one of more, so that only their number differs.
    """

    probes: tuple[int, ...] = (1, 3, 5)
    references: int = 1
    left_out: float = 0.5
    groups: int = 3
    draws: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.probes or min(*self.probes, self.references, self.groups, self.draws) < 1:
            raise ValueInvalid("Probes have one sample or more.")
        if not 0.0 < self.left_out < 1.0:
            raise ValueInvalid("The share to leave out lies between 0 and 1.")

    @property
    def needed(self) -> int:
        """Samples that a subject needs to take part."""
        return self.references + max(self.probes)

    def within(self, subjects: SubjectNumbers, *, least: int = 10) -> "MultiProbeDesign | None":
        """The design without the probes for which fewer than `least` subjects have enough samples."""
        counts = np.bincount(subjects)
        fitting = tuple(p for p in self.probes if (counts >= self.references + p).sum() >= least)
        return replace(self, probes=fitting) if fitting else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Roles:
    references: NDArray[np.int32]
    mated: Groups
    non_mated: Groups


def search_multi_probe(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    design: MultiProbeDesign,
    measure: Measure = Measure.COSINE,
    *,
    probes: TemplateSet | None = None,
) -> tuple[SearchSet, ...]:
    """The searches of all draws, for each number of `design.probes`.

    `probes` are the same samples' templates in the role of probes, where these are made differently from references.
    Raises `ValueInvalid` where fewer than two subjects have enough samples.
    """
    rng = np.random.default_rng(design.seed)
    drawn = [_roles(subjects, design, rng) for _ in range(design.draws)]
    return tuple(
        joined(
            [_searched(templates, probes or templates, subjects, roles, count, measure) for roles in drawn]
        )
        for count in design.probes
    )


def _roles(subjects: SubjectNumbers, design: MultiProbeDesign, rng: np.random.Generator) -> _Roles:
    samples = samples_by_subject(subjects)
    able = [number for number, places in samples.items() if len(places) >= design.needed]
    absent = set(rng.permutation(able)[: round(design.left_out * len(able))].tolist())
    if not 0 < len(absent) < len(able):
        raise ValueInvalid("Fused probes need two subjects or more with enough samples.")
    references: list[NDArray[np.int32]] = []
    mated: list[Groups] = []
    non_mated: list[Groups] = []
    for number, places in samples.items():
        shuffled = rng.permutation(places).astype(np.int32)
        if number in absent:
            non_mated.append(_groups(shuffled, design))
            continue
        references.append(shuffled[: design.references])
        if len(places) >= design.needed:
            mated.append(_groups(shuffled[design.references :], design))
    return _Roles(
        references=np.concatenate(references),
        mated=np.concatenate(mated),
        non_mated=np.concatenate(non_mated),
    )


def _groups(places: NDArray[np.int32], design: MultiProbeDesign) -> Groups:
    size = max(design.probes)
    count = min(len(places) // size, design.groups)
    return places[: count * size].reshape(count, size)


def _searched(
    templates: TemplateSet,
    probes: TemplateSet,
    subjects: SubjectNumbers,
    roles: _Roles,
    count: int,
    measure: Measure,
) -> SearchSet:
    return search_all(
        gallery_rows(templates.take(roles.references), subjects[roles.references], Rows.BOTH),
        _asked(probes, subjects, roles.mated[:, :count]),
        _asked(probes, subjects, roles.non_mated[:, :count]),
        measure,
        references=len(roles.references),
    )


def _asked(probes: TemplateSet, subjects: SubjectNumbers, groups: Groups) -> Asked:
    parts, size = probes.take(groups.ravel()), groups.shape[1]
    owners = subjects[groups[:, 0]]
    if size == 1:
        return Asked(templates=parts, subjects=owners)
    starts: Sequence[int] | NDArray[np.intp] = np.arange(len(groups)) * size
    return Asked(
        templates=mean_templates(parts, np.asarray(starts), np.full(len(groups), size)), subjects=owners
    )

"""Protects a subject from photos of somebody else."""

from collections.abc import Sequence

import numpy as np

from visavis.domain.decision import Calibration, Measure, compare
from visavis.domain.template import Template

SAME_SUBJECT_FMR = 1e-2
"""Photos of one subject must resemble each other at least this much: 1 in 100 strangers would, and fewer than 1
in 300 true photos do not."""


def belongs(templates: Sequence[Template], kept: Sequence[Template], calibration: Calibration) -> list[bool]:
    """Which of the new templates belong to the subject.

    With references `kept` already, a new one must resemble one of them, or another new one that does. Without
    any, the largest group of templates that resemble each other is the subject. A single photo of a new
    subject always belongs.
    """
    everyone = [*kept, *templates]
    if len(everyone) < 2:
        return [True] * len(templates)
    alike = _alike(everyone, calibration)
    groups = _groups(alike)
    if kept:
        chosen = {groups[i] for i in range(len(kept))}
    else:
        sizes = np.bincount(groups)
        chosen = {int(np.argmax(sizes))} if sizes.max() > 1 else {groups[0]}
    return [groups[len(kept) + i] in chosen for i in range(len(templates))]


def _alike(templates: Sequence[Template], calibration: Calibration) -> list[list[bool]]:
    threshold = calibration.threshold_at(SAME_SUBJECT_FMR).value
    measure: Measure = calibration.measure
    return [
        [one is other or compare(one, other, measure).value >= threshold for other in templates]
        for one in templates
    ]


def _groups(alike: list[list[bool]]) -> list[int]:
    """Connected components: the number of the group each template is in, in order of first appearance."""
    group = [-1] * len(alike)
    count = 0
    for start in range(len(alike)):
        if group[start] >= 0:
            continue
        waiting = [start]
        while waiting:
            here = waiting.pop()
            if group[here] >= 0:
                continue
            group[here] = count
            waiting.extend(i for i, near in enumerate(alike[here]) if near and group[i] < 0)
        count += 1
    return group

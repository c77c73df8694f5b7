"""Which tracks, or photos, show the same human? Average linkage with what cannot be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import ValueInvalid
from visavis.domain.template import Template, require_same_model

MOST = 8192  #: templates: 256 MiB of similarities


def group(
    templates: Sequence[Template],
    threshold: float,
    *,
    apart: NDArray[np.bool_] | None = None,
) -> list[list[int]]:
    """Places of the templates by human: groups in order of their first member, members in order.

    Groups are joined, the most alike first, as long as the mean similarity between their members reaches
    `threshold` (average linkage: Sokal and Michener, 1958), so that one false likeness does not chain two humans
    together. `apart`, (n, n), says who cannot be the same human: groups with such members are never joined. Takes
    time in proportion to n². Raises `ValueInvalid` for more than 8,192 templates, `ModelMismatch`.
    """
    count = len(templates)
    if count > MOST:
        raise ValueInvalid(f"{count} faces are too many to be grouped at once; {MOST:,} is the limit.")
    if count == 0:
        return []
    for template in templates:
        require_same_model(templates[0].model, template.model)
    vectors = np.stack([template.vector for template in templates])
    scores = np.asarray(vectors @ vectors.T, np.float32)
    np.fill_diagonal(scores, -np.inf)
    if apart is not None:
        scores[apart | apart.T] = -np.inf
    return _linked(scores, threshold)


def _linked(scores: NDArray[np.float32], threshold: float) -> list[list[int]]:
    """Joins in place; a pair that may never meet has the score -inf, and so has whatever it is joined with."""
    members = [[place] for place in range(len(scores))]
    sizes = np.ones(len(scores))
    best = scores.argmax(axis=1)
    peaks = scores[np.arange(len(scores)), best]
    while len(scores) > 1 and (one := int(peaks.argmax())) >= 0 and peaks[one] >= threshold:
        other = int(best[one])
        weights = sizes[one], sizes[other]
        joined = (scores[one] * weights[0] + scores[other] * weights[1]) / sum(weights)
        joined[[one, other]] = -np.inf
        scores[one], scores[:, one] = joined, joined
        scores[other], scores[:, other] = -np.inf, -np.inf
        sizes[one], members[one], members[other] = sum(weights), members[one] + members[other], []
        stale = np.flatnonzero((best == one) | (best == other))
        for row in {one, other, *stale.tolist()}:
            best[row] = scores[row].argmax()
            peaks[row] = scores[row, best[row]]
        risen = joined > peaks
        best[risen], peaks[risen] = one, joined[risen]
    return sorted(sorted(group) for group in members if group)

"""Which references of a subject stay when two subjects together have more than the policy allows."""

from collections.abc import Sequence

import numpy as np

from visavis.domain.subject import Reference, ReferenceId


def best_and_most_diverse(references: Sequence[Reference], most: int) -> frozenset[ReferenceId]:
    """The reference of the highest quality first, then one by one the reference that is least alike to all that were
    taken (Gonzalez 1985, farthest-first traversal): looks that only one photo shows are kept, repetitions go.

    Equal ones are taken by quality, then in their order. References of unknown quality count as the poorest.
    """
    if len(references) <= most:
        return frozenset(one.id for one in references)
    vectors = np.stack([one.template.vector for one in references]).astype(np.float64)
    quality = np.array([one.template.quality or 0.0 for one in references])
    taken = [int(np.argmax(quality))]
    nearest = vectors @ vectors[taken[0]]
    while len(taken) < most:
        nearest[taken] = np.inf
        taken.append(int(np.lexsort((-quality, nearest))[0]))
        nearest = np.maximum(nearest, vectors @ vectors[taken[-1]])
    return frozenset(references[one].id for one in taken)

"""What every index demands of its arguments."""

import numpy as np

from visavis.domain.arrays import Vectors
from visavis.domain.errors import ValueInvalid


def checked_vectors(vectors: Vectors, dimension: int) -> Vectors:
    """The vectors as one float32 block; raises `ValueInvalid` for another shape or non-finite numbers."""
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        raise ValueInvalid(f"This index takes vectors of shape (n, {dimension}), not {vectors.shape}.")
    block = np.ascontiguousarray(vectors, dtype=np.float32)
    if not np.isfinite(block).all():
        raise ValueInvalid("An index takes finite numbers only.")
    return block


def checked_rows(vectors: Vectors, dimension: int) -> Vectors:
    """As `checked_vectors`, and at least one."""
    if len(vectors) == 0:
        raise ValueInvalid("A subject is put with one vector or more; use drop to remove it.")
    return checked_vectors(vectors, dimension)


def checked_limit(limit: int) -> int:
    if limit < 1:
        raise ValueInvalid("At least one candidate must be asked for.")
    return limit

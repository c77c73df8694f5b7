"""What every index demands of its arguments."""

from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.application.ports.index import Identifiers
from visavis.domain.arrays import Vectors
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId


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


def checked_counts(subjects: Identifiers, counts: NDArray[np.intp], vectors: Vectors) -> None:
    """Raises `ValueInvalid` unless each of these subjects has a row or more, and all rows have a subject."""
    if subjects.shape != (len(counts), 2) or (counts < 1).any() or counts.sum() != len(vectors):
        raise ValueInvalid(
            "Each subject is put with one vector or more, and each vector belongs to a subject."
        )


def by_subject(
    subjects: Identifiers, counts: NDArray[np.intp], vectors: Vectors
) -> list[tuple[SubjectId, Vectors]]:
    """The arguments of `Index.put_rows` as those of `Index.put_many`, for indexes that take them one by one."""
    checked_counts(subjects, counts, vectors)
    if not len(counts):
        return []
    parts = np.split(vectors, np.cumsum(counts)[:-1])
    return [
        (SubjectId(UUID(int=high << 64 | low)), rows)
        for (high, low), rows in zip(subjects.tolist(), parts, strict=True)
    ]


def checked_limit(limit: int) -> int:
    if limit < 1:
        raise ValueInvalid("At least one candidate must be asked for.")
    return limit

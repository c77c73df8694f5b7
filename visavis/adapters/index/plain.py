"""The same index in plain float32 arithmetic: for small galleries, and to hold the fast one against."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from visavis.application.ports.index import Identifiers, Proposal
from visavis.application.ports.index_arguments import by_subject, checked_limit, checked_rows, checked_vectors
from visavis.domain.arrays import Vectors
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId


class Float32Index:
    """Implements `Index` with one matrix product in full precision.

    Changes are cheap; the first search after one stacks all rows again, so this suits galleries that change
    seldom or hold a few thousand rows. A lock lets one call in at a time.
    """

    def __init__(self, dimension: int) -> None:
        if dimension < 1:
            raise ValueInvalid("The dimension of an index is at least 1.")
        self._dimension = dimension
        self._vectors: dict[SubjectId, Vectors] = {}
        self._rows = 0
        self._stack: _Stack | None = None
        self._sequence = -1
        self._lock = Lock()

    @property
    def shared(self) -> bool:
        return False

    @property
    def sequence(self) -> int:
        return self._sequence

    def advance(self, sequence: int) -> None:
        self._sequence = sequence

    def clear(self) -> None:
        with self._lock:
            self._vectors, self._rows, self._stack = {}, 0, None
            self._sequence = -1

    def put(self, subject_id: SubjectId, vectors: Vectors) -> None:
        """Replaces the subject's rows. Raises `ValueInvalid` for another shape than (n ≥ 1, dimension)."""
        self.put_many([(subject_id, vectors)])

    def put_many(self, subjects: Sequence[tuple[SubjectId, Vectors]]) -> None:
        """As `put` for each subject; if one is refused, none is put."""
        checked = [(owner, checked_rows(vectors, self._dimension).copy()) for owner, vectors in subjects]
        with self._lock:
            for owner, rows in checked:
                self._rows += len(rows) - len(self._vectors.get(owner, ()))
                self._vectors[owner] = rows
            self._stack = None

    def put_rows(self, subjects: Identifiers, counts: NDArray[np.intp], vectors: Vectors) -> None:
        self.put_many(by_subject(subjects, counts, vectors))

    def drop(self, subject_id: SubjectId) -> None:
        with self._lock:
            self._rows -= len(self._vectors.pop(subject_id, ()))
            self._stack = None

    def propose(self, probes: Vectors, limit: int) -> list[list[Proposal]]:
        """Raises `ValueInvalid` for probes of another shape than (m, dimension) or a limit below 1."""
        checked_limit(limit)
        block = checked_vectors(probes, self._dimension)
        with self._lock:
            if not self._vectors:
                return [[] for _ in block]
            self._stack = self._stack or _Stack(self._vectors)
            stack = self._stack
        return [stack.propose(row, limit) for row in block]

    def __len__(self) -> int:
        return self._rows

    @property
    def subjects(self) -> int:
        return len(self._vectors)

    @property
    def several(self) -> int:
        return sum(len(rows) > 1 for rows in self._vectors.values())


class _Stack:
    """All rows in one matrix, subjects in order of their ids; never changed after it was built."""

    def __init__(self, vectors: dict[SubjectId, Vectors]) -> None:
        self._ids = sorted(vectors)
        counts = [len(vectors[subject_id]) for subject_id in self._ids]
        self._starts: NDArray[np.intp] = np.cumsum([0, *counts[:-1]])
        self._matrix = np.concatenate([vectors[subject_id] for subject_id in self._ids])

    def propose(self, probe: NDArray[np.float32], limit: int) -> list[Proposal]:
        best = np.maximum.reduceat(self._matrix @ probe, self._starts)
        order = np.argsort(-best, kind="stable")[:limit]
        return [Proposal(subject_id=self._ids[place], score=float(best[place])) for place in order.tolist()]

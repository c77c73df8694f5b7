"""The search index of one gallery: a disposable projection that proposes candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from visavis.domain.arrays import Vectors
from visavis.domain.subject import SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A subject worth confirming; `score` approximates the product of probe and row: a cosine times both weights."""

    subject_id: SubjectId
    score: float


class Index(Protocol):
    """Thread-safe. A subject has several rows: its references and their mean."""

    def put(self, subject_id: SubjectId, vectors: Vectors) -> None:
        """Replaces the subject's rows, (n, dimension), n ≥ 1. Amortised O(n)."""
        ...

    def put_many(self, subjects: Sequence[tuple[SubjectId, Vectors]]) -> None:
        """As `put` for each subject, faster where there are many. If one is refused, none is put."""
        ...

    def drop(self, subject_id: SubjectId) -> None:
        """Removes the subject's rows; does nothing if it has none."""
        ...

    def propose(self, probes: Vectors, limit: int) -> list[list[Proposal]]:
        """For each probe the `limit` subjects with the best row, best first, each subject once."""
        ...

    def __len__(self) -> int:
        """Number of rows."""
        ...

    @property
    def subjects(self) -> int: ...

"""The search index of one gallery: a disposable projection that proposes candidates.

It is either kept by one process, or shared: kept by a search engine for several. Adapters of the second kind
raise `IndexDown` when the engine cannot be reached, or lost the rows while it was asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Vectors
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, SubjectId, TenantId

Identifiers: TypeAlias = NDArray[np.uint64]  #: (n, 2), the upper and lower halves of UUIDs


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A subject worth confirming; `score` approximates the product of probe and row: a cosine times both weights."""

    subject_id: SubjectId
    score: float


class Index(Protocol):
    """Thread-safe. A subject has one row for its only reference, or its references and their mean."""

    @property
    def shared(self) -> bool:
        """Whether it is kept outside of this process: then every call may wait for a network, and processes
        take turns in changing it (`References.claim_index`)."""
        ...

    @property
    def sequence(self) -> int:
        """What `advance` was told last; -1 if there are no rows to rely on: it is to be cleared and filled."""
        ...

    def advance(self, sequence: int) -> None:
        """Notes that the rows are those of the store after this change, 0 or above."""
        ...

    def clear(self) -> None:
        """Removes all rows and what was noted."""
        ...

    def put(self, subject_id: SubjectId, vectors: Vectors) -> None:
        """Replaces the subject's rows, (n, dimension), n ≥ 1. Amortised O(n)."""
        ...

    def put_many(self, subjects: Sequence[tuple[SubjectId, Vectors]]) -> None:
        """As `put` for each subject, faster where there are many. If one is refused, none is put."""
        ...

    def put_rows(self, subjects: Identifiers, counts: NDArray[np.intp], vectors: Vectors) -> None:
        """As `put_many` for distinct subjects with so many rows each, all in one block, (rows, dimension).

        For building an index: a million subjects are not a million objects.
        """
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

    @property
    def several(self) -> int:
        """Number of subjects with two rows or more."""
        ...


class Indexes(Protocol):
    """Where the indexes of galleries are kept."""

    @property
    def shared(self) -> bool:
        """Whether they lie outside of this process, where what was erased must not wait for the next search."""
        ...

    async def open(self, tenant: TenantId, gallery: Gallery) -> Index:
        """The index of the gallery: an empty one, or the one that processes share. Raises `KeyUnavailable`."""
        ...

    async def keep_only(self, tenant: TenantId, galleries: Collection[GalleryId]) -> None:
        """Removes what is kept outside of this process for other galleries of the tenant. Raises `IndexDown`."""
        ...

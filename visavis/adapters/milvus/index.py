"""The index of one gallery in Milvus, shared by all processes that hold the same key."""

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.milvus.collection import MOST_HITS, Collection, Hit, Marker, collections, drop
from visavis.adapters.milvus.rotation import Rotation
from visavis.application.ports.index import Identifiers, Proposal
from visavis.application.ports.index_arguments import by_subject, checked_limit, checked_rows, checked_vectors
from visavis.domain.arrays import Vectors
from visavis.domain.errors import IndexDown
from visavis.domain.subject import SubjectId

_DIGITS = 6  #: of a score: equal rows have equal scores, whatever the rounding of the engine


@dataclass(slots=True, kw_only=True)
class MilvusIndex:
    """Implements `Index`; every method raises `IndexDown` if Milvus does not answer or lost the collection.

    The engine sees rotated vectors only, and scans all of them. A search is answered only if the collection
    was the same one, and complete, before and after it. `put_many` is seen whole subject by subject.
    """

    collection: Collection
    rotation: Rotation
    family: str
    _seen: Marker | None = None
    _ready: bool = False
    _known: set[SubjectId] | None = None  # who has rows, until others may put some: it is told with `advance`
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def shared(self) -> bool:
        return True

    @property
    def sequence(self) -> int:
        """-1 without a collection, or for one whose first filling did not end."""
        marker = self.collection.marker()
        if marker is None:
            return -1  # what was seen stays, so that a search under way notices
        with self._lock:
            self._seen = marker
        return marker.sequence

    def advance(self, sequence: int) -> None:
        with self._lock:
            incarnation = self._seen.incarnation if self._seen else uuid.uuid4().hex
            self._seen = Marker(incarnation=incarnation, sequence=sequence)
            filled, self._known = self._known is not None, None
            marker = self._seen
        self.collection.set_marker(marker)
        if filled:
            with contextlib.suppress(IndexDown):  # it only makes searches faster, and servers limit how often
                self.collection.flush()

    def clear(self) -> None:
        """A new, empty collection, instead of this one and of all that the gallery had under other keys."""
        connection = self.collection.connection
        for name in collections(connection, self.family):
            drop(connection, name)
        self.collection.create()
        with self._lock:
            self._seen, self._ready, self._known = None, True, set()

    def put(self, subject_id: SubjectId, vectors: Vectors) -> None:
        """Replaces the subject's rows. Raises `ValueInvalid` for another shape than (n ≥ 1, dimension)."""
        self.put_many([(subject_id, vectors)])

    def put_many(self, subjects: Sequence[tuple[SubjectId, Vectors]]) -> None:
        rows = {
            subject_id: self.rotation(checked_rows(vectors, self.rotation.dimension))
            for subject_id, vectors in dict(subjects).items()
        }
        if rows:
            self._require_created()
            with self._lock:
                known = self._known
                replacing = [one for one in rows if known is None or one in known]
                if known is not None:
                    known.update(rows)
            self.collection.put(rows, replacing=replacing)

    def put_rows(self, subjects: Identifiers, counts: NDArray[np.intp], vectors: Vectors) -> None:
        self.put_many(by_subject(subjects, counts, vectors))

    def drop(self, subject_id: SubjectId) -> None:
        self._require_created()
        self.collection.remove(subject_id)

    def propose(self, probes: Vectors, limit: int) -> list[list[Proposal]]:
        """Raises `ValueInvalid` for probes of another shape than (m, dimension) or a limit below 1."""
        checked_limit(limit)
        turned = self.rotation(checked_vectors(probes, self.rotation.dimension))
        if not len(turned):
            return []
        self._require_created()
        with self._lock:
            seen = self._seen
        wanted = min(4 * limit, MOST_HITS - 1)
        found = self.collection.search(turned, wanted)
        proposals = [
            self._subjects(turned[number : number + 1], hits, limit, wanted)
            for number, hits in enumerate(found)
        ]
        self._require_same(seen)
        return proposals

    def __len__(self) -> int:
        return self._count("row >= 0")

    @property
    def subjects(self) -> int:
        return self._count("row == 0")

    @property
    def several(self) -> int:
        return self._count("row == 1")

    def _count(self, condition: str) -> int:
        self._require_created()
        return self.collection.count(condition)

    def _require_created(self) -> None:
        """So that an index can be used without `clear`, as those in memory can."""
        with self._lock:
            if not self._ready:
                if not self.collection.exists():
                    self.collection.create()
                self.collection.load()
                self._ready = True

    def _require_same(self, seen: Marker | None) -> None:
        now = self.collection.marker()
        if seen is not None and (now is None or now.incarnation != seen.incarnation):
            raise IndexDown("The gallery's index in Milvus was rebuilt during the search.")

    def _subjects(self, probe: Vectors, hits: list[Hit], limit: int, wanted: int) -> list[Proposal]:
        """The best row of each subject. While there may be more, those who are found make room for others."""
        best: dict[str, float] = {}
        while True:
            for hit in hits:
                best[hit.owner] = max(hit.score, best.get(hit.owner, hit.score))
            if len(best) >= limit or len(hits) < wanted:
                break
            (hits,) = self.collection.search(probe, wanted, without=sorted(best))
        ranked = sorted(best.items(), key=lambda pair: (-round(pair[1], _DIGITS), pair[0]))
        return [
            Proposal(subject_id=SubjectId(uuid.UUID(hex=owner)), score=round(score, _DIGITS))
            for owner, score in ranked[:limit]
        ]

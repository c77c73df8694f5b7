"""Rows that come in any order, put together by subject."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from visavis.application.ports.index import Identifiers
from visavis.application.ports.store import ReferenceVectors

Keys = NDArray[np.bytes_]


@dataclass(slots=True, kw_only=True)
class Assembly:
    """Passes a subject on when all its rows are there. `several` are the subjects with more rows than one, ascending,
    and `expected` their numbers; what came of those that are not whole yet is `waiting`."""

    several: Keys
    expected: NDArray[np.intp]
    waiting: dict[bytes, list[ReferenceVectors]] = field(default_factory=dict)

    @classmethod
    def of(cls, subjects: Identifiers) -> Self:
        """`subjects` has an entry for each row that is to come."""
        ordered, counts = _counted(subjects[_order(subjects)])
        return cls(several=_keys(ordered[counts > 1]), expected=counts[counts > 1])

    def add(self, rows: ReferenceVectors) -> ReferenceVectors | None:
        """Takes rows with one entry each in `subjects`; the subjects that are whole now, each once.

        One that gained rows since they were counted may come again: whoever looks for changes afterwards reads it anew.
        """
        grouped = _grouped(rows)
        whole = grouped.counts >= self._wanted(grouped.subjects)
        late = [self._with_waiting(part) for part in _split(_chosen(grouped, ~whole))]
        return _joined([_chosen(grouped, whole), *(part for part in late if part)])

    def rest(self) -> ReferenceVectors | None:
        """Those that lost rows since they were counted."""
        parts = [part for parts in self.waiting.values() for part in parts]
        return _grouped(_rows(parts)) if parts else None

    def _with_waiting(self, part: ReferenceVectors) -> ReferenceVectors | None:
        """The subject of this part, if that makes it whole."""
        key = part.subjects.tobytes()
        parts = [*self.waiting.pop(key, []), part]
        if sum(int(one.counts[0]) for one in parts) < self._wanted(part.subjects)[0]:
            self.waiting[key] = parts
            return None
        return _grouped(_rows(parts))

    def _wanted(self, subjects: Identifiers) -> NDArray[np.intp]:
        keys = _keys(subjects)
        places = np.searchsorted(self.several, keys)
        known = places < len(self.several)
        known[known] = self.several[places[known]] == keys[known]
        wanted = np.ones(len(keys), np.intp)
        wanted[known] = self.expected[places[known]]
        return wanted


def identifiers(blob: bytes) -> Identifiers:
    """Of UUIDs, one behind the other."""
    return np.frombuffer(blob, ">u8").reshape(-1, 2).astype(np.uint64)


def _keys(subjects: Identifiers) -> Keys:
    """Strings of 16 bytes that sort as the identifiers do."""
    return np.ascontiguousarray(subjects.astype(">u8")).view("S16").ravel()


def _order(subjects: Identifiers) -> NDArray[np.intp]:
    return np.lexsort((subjects[:, 1], subjects[:, 0]))


def _counted(subjects: Identifiers) -> tuple[Identifiers, NDArray[np.intp]]:
    """Each of the sorted subjects once, and how often it was there."""
    changes = (subjects[1:] != subjects[:-1]).any(axis=1)
    firsts = np.flatnonzero(np.concatenate([np.ones(min(len(subjects), 1), bool), changes]))
    return subjects[firsts], np.diff(firsts, append=len(subjects))


def _grouped(rows: ReferenceVectors) -> ReferenceVectors:
    """From an entry for each row to an entry for each subject; its rows stay in their order."""
    order = _order(rows.subjects)
    subjects, counts = _counted(rows.subjects[order])
    return ReferenceVectors(
        subjects=subjects, counts=counts, vectors=rows.vectors[order], norms=rows.norms[order]
    )


def _chosen(batch: ReferenceVectors, wanted: NDArray[np.bool_]) -> ReferenceVectors:
    if wanted.all():
        return batch
    rows = np.repeat(wanted, batch.counts)
    return ReferenceVectors(
        subjects=batch.subjects[wanted],
        counts=batch.counts[wanted],
        vectors=batch.vectors[rows],
        norms=batch.norms[rows],
    )


def _split(batch: ReferenceVectors) -> list[ReferenceVectors]:
    """A part for each subject."""
    ends = np.cumsum(batch.counts).tolist()
    return [
        ReferenceVectors(
            subjects=batch.subjects[number : number + 1],
            counts=batch.counts[number : number + 1],
            vectors=batch.vectors[end - count : end],
            norms=batch.norms[end - count : end],
        )
        for number, (end, count) in enumerate(zip(ends, batch.counts.tolist(), strict=True))
    ]


def _rows(parts: Sequence[ReferenceVectors]) -> ReferenceVectors:
    """With an entry for each row again."""
    return ReferenceVectors(
        subjects=np.concatenate([np.repeat(part.subjects, part.counts, axis=0) for part in parts]),
        counts=np.ones(sum(len(part.vectors) for part in parts), np.intp),
        vectors=np.concatenate([part.vectors for part in parts]),
        norms=np.concatenate([part.norms for part in parts]),
    )


def _joined(batches: Sequence[ReferenceVectors]) -> ReferenceVectors | None:
    """Of different subjects."""
    some = [batch for batch in batches if len(batch.counts)]
    if len(some) < 2:
        return some[0] if some else None
    return ReferenceVectors(
        subjects=np.concatenate([batch.subjects for batch in some]),
        counts=np.concatenate([batch.counts for batch in some]),
        vectors=np.concatenate([batch.vectors for batch in some]),
        norms=np.concatenate([batch.norms for batch in some]),
    )

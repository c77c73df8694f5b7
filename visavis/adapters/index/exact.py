"""Exact scan over int8 codes: every row is looked at, so nothing is missed for want of a graph or a cell."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import numkong
import numpy as np
from numpy.typing import NDArray

from visavis.adapters.index.codes import CodeRows, Codes, Scales, quantise
from visavis.adapters.index.locks import SharedLock
from visavis.adapters.index.roster import Roster
from visavis.application.ports.index import Identifiers, Proposal
from visavis.application.ports.index_arguments import (
    checked_counts,
    checked_limit,
    checked_rows,
    checked_vectors,
)
from visavis.domain.arrays import Scores, Vectors
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId

RowNumbers = NDArray[np.intp]

_SCRATCH_SCORES = 8 * 1024 * 1024  # 32 MiB of scores at most, however many probes are given
_ROW_BY_ROW = 2  # up to so many probes the dot-product kernel beats packing each block for the matrix kernel
_LANES = 32


class ExactIndex:
    """Implements `Index` with a quarter of float32's memory; scores are off by about 0.001.

    Searches run concurrently, each on a consistent state: a change waits for the searches under way and runs
    alone, and once `put` or `drop` has returned every later search sees it. A change costs time in
    proportion to the subject's own rows: the last rows of the matrix move into the freed places. Equal scores
    are ordered by subject id, so results do not depend on the history of the index.
    """

    def __init__(self, dimension: int) -> None:
        """Raises `ValueInvalid` for a dimension below 1 or above 65,536 (sums of products fit 32 bits)."""
        if not 1 <= dimension <= 65_536:
            raise ValueInvalid("The dimension of an index lies between 1 and 65,536.")
        self._dimension = dimension
        self._codes = CodeRows(dimension)
        self._roster = Roster()
        self._several = 0
        self._sequence = -1
        self._lock = SharedLock()

    @property
    def shared(self) -> bool:
        return False

    @property
    def sequence(self) -> int:
        return self._sequence

    def advance(self, sequence: int) -> None:
        self._sequence = sequence

    def clear(self) -> None:
        with self._lock.writing():
            self._reset()

    def put(self, subject_id: SubjectId, vectors: Vectors) -> None:
        """Replaces the subject's rows. Raises `ValueInvalid` for another shape than (n ≥ 1, dimension)."""
        self.put_many([(subject_id, vectors)])

    def put_many(self, subjects: Sequence[tuple[SubjectId, Vectors]]) -> None:
        """As `put` for each subject; if one is refused, none is put. Searches wait until all are there."""
        rows = {
            subject_id: checked_rows(vectors, self._dimension)
            for subject_id, vectors in dict(subjects).items()
        }
        if rows:
            counts = np.array([len(vectors) for vectors in rows.values()], np.intp)
            self.put_rows(identifiers(rows), counts, np.concatenate(list(rows.values())))

    def put_rows(self, subjects: Identifiers, counts: NDArray[np.intp], vectors: Vectors) -> None:
        checked_counts(subjects, counts, vectors)
        codes, scales = quantise(checked_vectors(vectors, self._dimension))
        with self._lock.writing():
            for owner in self._roster.known(subjects):
                self._remove(owner)
            self._several += int(np.count_nonzero(counts > 1))
            self._roster.extend(subjects, counts)
            self._append(codes, scales)

    def drop(self, subject_id: SubjectId) -> None:
        with self._lock.writing():
            self._remove(subject_id.int)

    def propose(self, probes: Vectors, limit: int) -> list[list[Proposal]]:
        """Raises `ValueInvalid` for probes of another shape than (m, dimension) or a limit below 1."""
        checked_limit(limit)
        block = checked_vectors(probes, self._dimension)
        if not len(block):
            return []
        with self._lock.reading():
            return self._proposals(block, limit)

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def subjects(self) -> int:
        return self._roster.owners

    @property
    def several(self) -> int:
        return self._several

    @property
    def nbytes(self) -> int:
        """Bytes of codes and scales, slack included; the roster adds 24 a row and 6 to 16 a subject."""
        return self._codes.nbytes

    def _remove(self, owner: int) -> None:
        rows = sorted(self._roster.rows(owner), reverse=True)
        self._several -= len(rows) > 1
        for row in rows:  # from the end, so that the row that moves up is never one of these
            self._roster.delete(row)
            self._delete(row)

    def _reset(self) -> None:
        self._codes, self._roster = CodeRows(self._dimension), Roster()
        self._several, self._sequence = 0, -1

    def _append(self, codes: Codes, scales: Scales) -> None:
        self._codes.extend(codes, scales)

    def _delete(self, row: int) -> None:
        self._codes.delete(row)

    def _proposals(self, probes: Vectors, limit: int) -> list[list[Proposal]]:
        codes, scales = quantise(probes)
        proposals: list[list[Proposal]] = []
        step = max(min(_SCRATCH_SCORES // max(len(self._codes), 1), 64), 1)
        for start in range(0, len(codes), step):
            chosen = slice(start, start + step)
            scores = self._scores(codes[chosen])
            proposals += [
                self._best(row, float(scale), limit)
                for row, scale in zip(scores, scales[chosen], strict=True)
            ]
        return proposals

    def _scores(self, probes: Codes) -> Scores:
        """(m, rows) sums of products times the rows' scales; the probe's own scale is still missing."""
        scores = np.empty((len(probes), len(self._codes)), np.float32)
        for rows, codes, scales in self._codes.blocks():
            out = scores[:, rows]
            if len(probes) <= _ROW_BY_ROW:
                numkong.cdist(probes, codes, "dot", out=out)
                out *= scales
            else:
                products = np.asarray(numkong.dots_packed(probes, numkong.dots_pack(codes, "int8")))
                np.multiply(products, scales, out=out, dtype=np.float32, casting="unsafe")
        return scores

    def _best(
        self, scores: Scores, scale: float, limit: int, numbers: RowNumbers | None = None
    ) -> list[Proposal]:
        """Looks at ever more of the best rows until they belong to enough subjects; `numbers` are those of the rows, if
        the scores are not those of all."""
        rows = 4 * limit
        found: dict[int, float] = {}
        enough = min(limit, self._roster.owners)
        while len(found) < enough:
            candidates = _at_least_best(scores, rows)
            found = self._by_subject(
                scores[candidates], candidates if numbers is None else numbers[candidates]
            )
            if len(candidates) == len(scores):
                break
            rows *= 4
        return [
            Proposal(subject_id=SubjectId(UUID(int=owner)), score=score * scale)
            for owner, score in list(found.items())[:limit]
        ]

    def _by_subject(self, scores: Scores, rows: RowNumbers) -> dict[int, float]:
        """Best score of each owner, best first, equal ones by id."""
        found: dict[int, float] = {}
        owners = [self._roster.owner(row) for row in rows.tolist()]
        for negative, owner in sorted(zip((-scores).tolist(), owners, strict=True)):
            found.setdefault(owner, -negative)
        return found


def identifiers(subjects: Iterable[SubjectId]) -> Identifiers:
    return np.frombuffer(b"".join(one.bytes for one in subjects), ">u8").reshape(-1, 2).astype(np.uint64)


def _at_least_best(scores: Scores, count: int) -> RowNumbers:
    """All rows that reach some score which `count` rows or more reach; every row if there are not so many.

    The score is the `count`-th best of the maxima of groups, so it is never too high and few rows reach it;
    only the groups that hold such a row are looked into.
    """
    width = len(scores) // _LANES
    if width < 4 * count:
        bound = np.partition(scores, -count)[-count] if len(scores) > count else -np.inf
        return np.flatnonzero(scores >= bound)
    groups = scores[: width * _LANES].reshape(_LANES, width)
    maxima = groups.max(axis=0)
    bound = np.partition(maxima, -count)[-count]
    columns = np.flatnonzero(maxima >= bound)
    lanes, places = np.nonzero(groups[:, columns] >= bound)
    rest = np.flatnonzero(scores[width * _LANES :] >= bound) + width * _LANES
    return np.concatenate([lanes * width + columns[places], rest])

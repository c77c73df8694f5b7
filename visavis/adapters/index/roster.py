"""Who owns which row of a matrix, where the last row moves into the place of a deleted one."""

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.index.owners import NONE, FirstRows
from visavis.application.ports.index import Identifiers

_WORD = (1 << 64) - 1
_FEW = 24  # owners up to which a loop is faster than array operations


class Roster:
    """Rows 0..n-1 and their owners. Every step costs the same however many rows or owners there are.

    A row knows its owner's identifier and its neighbours in the owner's list of rows, in plain arrays: 24 bytes a row
    and 6 to 16 an owner, which matters beside vectors of 128 bytes.
    """

    def __init__(self) -> None:
        self._identifiers = array("Q")
        self._first = FirstRows(self._identifiers)
        self._next = array("i")
        self._previous = array("i")

    def __len__(self) -> int:
        return len(self._next)

    @property
    def owners(self) -> int:
        return len(self._first)

    @property
    def nbytes(self) -> int:
        """Without the few per cent of slack that arrays leave themselves."""
        return self._first.nbytes + sum(
            len(one) * one.itemsize for one in (self._identifiers, self._next, self._previous)
        )

    def owner(self, row: int) -> int:
        return self._identifiers[2 * row] << 64 | self._identifiers[2 * row + 1]

    def rows(self, owner: int) -> Iterator[int]:
        """The owner's rows, in no order; none for an unknown owner."""
        row = self._first.get(owner)
        while row != NONE:
            yield row
            row = self._next[row]

    def known(self, owners: Identifiers) -> list[int]:
        """Those of them that have rows."""
        if len(owners) > _FEW:
            owners = owners[self._first.get_many(owners) != NONE]
        return [owner for owner in _whole(owners) if self._first.get(owner) != NONE]

    def append(self, owner: int) -> int:
        """Gives the owner a new row behind all others."""
        row, head = len(self), self._first.get(owner)
        self._identifiers.extend((owner >> 64, owner & _WORD))
        self._next.append(head)
        self._previous.append(NONE)
        if head == NONE:
            self._first.add(owner, row)
        else:
            self._previous[head] = row
            self._first.set(owner, row)
        return row

    def extend(self, owners: Identifiers, counts: NDArray[np.intp]) -> None:
        """Gives each of these owners, distinct and without rows, so many rows behind all others, at least one."""
        if len(owners) <= _FEW:
            for owner, count in zip(_whole(owners), counts.tolist(), strict=True):
                for _ in range(count):
                    self.append(owner)
            return
        rows = len(self) + np.arange(counts.sum(), dtype=np.int32)
        firsts = (len(self) + np.cumsum(counts) - counts).astype(np.int32)
        after, before = rows + np.int32(1), rows - np.int32(1)
        after[np.cumsum(counts) - 1] = NONE
        before[firsts - len(self)] = NONE
        self._identifiers.frombytes(np.repeat(owners, counts, axis=0).tobytes())
        self._next.frombytes(after.tobytes())
        self._previous.frombytes(before.tobytes())
        self._first.add_many(owners, firsts)

    def delete(self, row: int) -> int:
        """Takes the row from its owner; the last row gets its number. Returns the number the last row had."""
        self._link(self.owner(row), self._previous[row], self._next[row])
        last = len(self) - 1
        if row != last:
            self._move(last, row)
        self._identifiers.pop()
        self._identifiers.pop()
        self._next.pop()
        self._previous.pop()
        return last

    def _link(self, owner: int, before: int, after: int) -> None:
        """Makes `after` follow `before` in the owner's list; forgets an owner without rows."""
        if before != NONE:
            self._next[before] = after
        elif after != NONE:
            self._first.set(owner, after)
        else:
            self._first.remove(owner)
        if after != NONE:
            self._previous[after] = before

    def _move(self, row: int, to: int) -> None:
        before, after = self._previous[row], self._next[row]
        if before != NONE:
            self._next[before] = to
        else:
            self._first.set(self.owner(row), to)
        if after != NONE:
            self._previous[after] = to
        self._next[to], self._previous[to] = after, before
        self._identifiers[2 * to : 2 * to + 2] = self._identifiers[2 * row : 2 * row + 2]


def _whole(owners: Identifiers) -> list[int]:
    return [high << 64 | low for high, low in owners.tolist()]

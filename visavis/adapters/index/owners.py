"""Which row is the first of an owner: a hash table of 4 bytes a place over identifiers that lie elsewhere."""

from array import array
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from visavis.application.ports.index import Identifiers

Rows = NDArray[np.int32]

NONE = -1
_DEAD = -2  # a place that was freed: what was put behind it must still be found
_SMALLEST = 64
_WORD = (1 << 64) - 1
_MIX = (
    0x9E37_79B9_7F4A_7C15,
    0xD6E8_FEB8_6659_FD93,
)  # odd; splitmix64's increment and a multiplier of the same kind


class FirstRows:
    """Open addressing with linear probing; up to two thirds of the places are taken.

    The identifiers are those of the rows, (high, low) in turn, in an array that the owner of this table changes; so an
    owner costs 6 to 16 bytes here, against some 150 in a dictionary of numbers. Many are found and added at once in a
    few dozen array operations.
    """

    def __init__(self, identifiers: "array[int]") -> None:
        self._identifiers = identifiers
        self._places = array("i", [NONE]) * _SMALLEST
        self._owners = 0
        self._free = _SMALLEST  # places that were never taken

    def __len__(self) -> int:
        return self._owners

    @property
    def nbytes(self) -> int:
        return len(self._places) * self._places.itemsize

    def get(self, owner: int) -> int:
        """The owner's first row, or `NONE`."""
        place = self._place(owner)
        return NONE if place == NONE else self._places[place]

    def set(self, owner: int, row: int) -> None:
        """For an owner that is known."""
        self._places[self._place(owner)] = row

    def add(self, owner: int, row: int) -> None:
        """For an owner that is not known."""
        self._make_room(1)
        for place in self._walk(owner):
            if self._places[place] < 0:
                self._free -= self._places[place] == NONE
                self._places[place] = row
                self._owners += 1
                return

    def remove(self, owner: int) -> None:
        """For an owner that is known. Its row keeps its identifier until this is done."""
        self._places[self._place(owner)] = _DEAD
        self._owners -= 1

    def get_many(self, owners: Identifiers) -> Rows:
        """The first row of each owner, or `NONE`."""
        places = _numbers(self._places)
        identifiers = np.frombuffer(self._identifiers, np.uint64).reshape(-1, 2)
        found = np.full(len(owners), NONE, np.int32)
        asked, at = np.arange(len(owners)), self._first_places(owners)
        while len(asked):
            rows = places[at]
            right = rows >= 0
            right[right] = (identifiers[rows[right]] == owners[asked[right]]).all(axis=1)
            found[asked[right]] = rows[right]
            going = ~right & (rows != NONE)
            asked, at = asked[going], (at[going] + 1) & (len(places) - 1)
        return found

    def add_many(self, owners: Identifiers, rows: Rows) -> None:
        """For distinct owners of whom none is known, and the rows that are their first."""
        self._make_room(len(owners))
        self._insert(owners, rows)
        self._owners += len(owners)

    def _insert(self, owners: Identifiers, rows: Rows) -> None:
        """All that want the same free place write their row to it; whose row stands there then has it."""
        places, at = _numbers(self._places), self._first_places(owners)
        while len(rows):
            before = places[at]
            free = before < 0
            places[at[free]] = rows[free]
            going = places[at] != rows
            self._free -= int(np.count_nonzero(~going & (before == NONE)))
            rows, at = rows[going], (at[going] + 1) & (len(places) - 1)

    def _make_room(self, owners: int) -> None:
        """Rebuilds the table before more than two thirds of its places are taken or dead."""
        if 3 * (self._free - owners) >= len(self._places):
            return
        known = _numbers(self._places)
        rows = known[known >= 0]
        size = _SMALLEST
        while size < 2 * (len(rows) + owners):
            size *= 2
        self._places = array("i", [NONE]) * size
        self._free = size
        self._insert(np.frombuffer(self._identifiers, np.uint64).reshape(-1, 2)[rows], rows)

    def _place(self, owner: int) -> int:
        high, low = owner >> 64, owner & _WORD
        places, identifiers = self._places, self._identifiers
        for place in self._walk(owner):
            row = places[place]
            if row == NONE:
                break
            if row >= 0 and identifiers[2 * row + 1] == low and identifiers[2 * row] == high:
                return place
        return NONE

    def _walk(self, owner: int) -> Iterator[int]:
        size = len(self._places)
        mixed = ((owner >> 64) * _MIX[0] & _WORD) ^ (owner & _WORD)
        first = (mixed * _MIX[1] & _WORD) >> (65 - size.bit_length())
        for step in range(size):
            yield (first + step) & (size - 1)

    def _first_places(self, owners: Identifiers) -> NDArray[np.int64]:
        """As `_walk` begins; products of 64 bits wrap around."""
        mixed = (owners[:, 0] * np.uint64(_MIX[0])) ^ owners[:, 1]
        shift = np.uint64(65 - len(self._places).bit_length())
        return ((mixed * np.uint64(_MIX[1])) >> shift).astype(np.int64)


def _numbers(places: "array[int]") -> Rows:
    return np.frombuffer(places, np.int32)

"""Who owns which row of a matrix, where the last row moves into the place of a deleted one."""

from array import array
from collections.abc import Iterator

_NONE = -1


class Roster:
    """Rows 0..n-1 and their owners. Every step costs the same however many rows or owners there are.

    Owners are 128-bit numbers rather than UUID objects, and the rows of one owner form a doubly linked list in
    plain arrays: about 150 bytes an owner and 18 a row, which matters beside vectors of 128 bytes.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._owner: list[int] = []
        self._next = array("i")
        self._previous = array("i")

    def __len__(self) -> int:
        return len(self._owner)

    @property
    def owners(self) -> int:
        return len(self._first)

    def owner(self, row: int) -> int:
        return self._owner[row]

    def rows(self, owner: int) -> Iterator[int]:
        """The owner's rows, in no order; none for an unknown owner."""
        row = self._first.get(owner, _NONE)
        while row != _NONE:
            yield row
            row = self._next[row]

    def append(self, owner: int) -> int:
        """Gives the owner a new row behind all others."""
        row, head = len(self._owner), self._first.get(owner, _NONE)
        if head != _NONE:
            owner = self._owner[head]  # one number object for all rows of an owner
            self._previous[head] = row
        self._owner.append(owner)
        self._next.append(head)
        self._previous.append(_NONE)
        self._first[owner] = row
        return row

    def delete(self, row: int) -> int:
        """Takes the row from its owner; the last row gets its number. Returns the number the last row had."""
        self._link(self._owner[row], self._previous[row], self._next[row])
        last = len(self._owner) - 1
        if row != last:
            self._move(last, row)
        self._owner.pop()
        self._next.pop()
        self._previous.pop()
        return last

    def _link(self, owner: int, before: int, after: int) -> None:
        """Makes `after` follow `before` in the owner's list; forgets an owner without rows."""
        if before != _NONE:
            self._next[before] = after
        elif after != _NONE:
            self._first[owner] = after
        else:
            del self._first[owner]
        if after != _NONE:
            self._previous[after] = before

    def _move(self, row: int, to: int) -> None:
        owner, before, after = self._owner[row], self._previous[row], self._next[row]
        self._owner[to], self._previous[to], self._next[to] = owner, before, after
        if before != _NONE:
            self._next[before] = to
        else:
            self._first[owner] = to
        if after != _NONE:
            self._previous[after] = to

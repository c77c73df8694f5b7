"""Unit vectors as rows of int8 codes with one scale each, in blocks that never move."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Vectors

Codes = NDArray[np.int8]
Scales = NDArray[np.float32]

BLOCK_ROWS = 16_384
"""8 MiB at 512 dimensions. The interpreter's lock is taken again after each block, and in a busy server that may take
as long as scanning thousands of rows, so blocks are large."""
_FIRST_ROWS = 64
_MANY_BLOCKS = 8


def quantise(vectors: Vectors) -> tuple[Codes, Scales]:
    """Symmetric codes -127..127, (n, dimension), and the scale of each row: vector ≈ codes x scale.

    A scale per row costs 4 bytes and needs no training; the error of a cosine then has a standard deviation
    of 0.0005 to 0.001 (benchmarks/index.py measures it).
    """
    peaks = np.maximum(np.abs(vectors).max(axis=1), np.float32(1e-12))
    codes = np.rint(vectors * (np.float32(127.0) / peaks)[:, None]).astype(np.int8)
    return codes, (peaks / np.float32(127.0)).astype(np.float32)


class CodeRows:
    """A growing matrix. Only the last block has room to spare, and the first ones double up to `BLOCK_ROWS`.

    So a row is written at most twice, nothing is copied when the matrix grows, and the slack stays below half
    a block, or an eighth of the whole.
    """

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._codes: list[Codes] = []
        self._scales: list[Scales] = []
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def nbytes(self) -> int:
        return sum(block.nbytes for block in self._codes) + sum(block.nbytes for block in self._scales)

    def append(self, codes: Codes, scale: np.float32) -> None:
        """One row, (dimension,)."""
        self.extend(codes[None], np.array([scale], np.float32))

    def extend(self, codes: Codes, scales: Scales) -> None:
        """Rows, (n, dimension), and their scales, (n,)."""
        taken = 0
        while taken < len(codes):
            block, offset = divmod(self._rows, BLOCK_ROWS)
            if block == len(self._codes):
                self._codes.append(np.empty((0, self._dimension), np.int8))
                self._scales.append(np.empty(0, np.float32))
            if offset == len(self._codes[block]):
                self._resize(block, self._wanted(block, offset + len(codes) - taken))
            rows = min(len(codes) - taken, len(self._codes[block]) - offset)
            self._codes[block][offset : offset + rows] = codes[taken : taken + rows]
            self._scales[block][offset : offset + rows] = scales[taken : taken + rows]
            self._rows += rows
            taken += rows

    def delete(self, row: int) -> None:
        """The last row takes the place of this one; its old place is overwritten with zeros."""
        block, offset = divmod(row, BLOCK_ROWS)
        last_block, last = divmod(self._rows - 1, BLOCK_ROWS)
        self._codes[block][offset] = self._codes[last_block][last]
        self._scales[block][offset] = self._scales[last_block][last]
        self._codes[last_block][last] = 0
        self._rows -= 1
        if last == 0:
            self._codes.pop()
            self._scales.pop()

    def take(self, rows: NDArray[np.intp]) -> tuple[Codes, Scales]:
        """The codes, (k, dimension), and scales, (k,), of rows in ascending order."""
        codes, scales = np.empty((len(rows), self._dimension), np.int8), np.empty(len(rows), np.float32)
        bounds = np.searchsorted(rows, np.arange(len(self._codes) + 1) * BLOCK_ROWS).tolist()
        places = rows % BLOCK_ROWS
        for block, (start, end) in enumerate(pairwise(bounds)):
            if start < end:
                wanted = places[start:end]
                self._codes[block].take(wanted, axis=0, out=codes[start:end], mode="clip")
                self._scales[block].take(wanted, out=scales[start:end], mode="clip")
        return codes, scales

    def blocks(self) -> Iterator[tuple[slice, Codes, Scales]]:
        """The rows a block stands for, their codes, (k, dimension), and scales, (k,)."""
        for number, (codes, scales) in enumerate(zip(self._codes, self._scales, strict=True)):
            start = number * BLOCK_ROWS
            used = min(self._rows - start, BLOCK_ROWS)
            yield slice(start, start + used), codes[:used], scales[:used]

    def _wanted(self, block: int, rows: int) -> int:
        """Whole blocks where there are many: what is not filled is not in memory yet, and nothing is copied."""
        if block >= _MANY_BLOCKS:
            return BLOCK_ROWS
        return min(max(2 * len(self._codes[block]), rows, _FIRST_ROWS), BLOCK_ROWS)

    def _resize(self, block: int, rows: int) -> None:
        codes, scales = self._codes[block], self._scales[block]
        self._codes[block] = np.empty((rows, self._dimension), np.int8)
        self._scales[block] = np.empty(rows, np.float32)
        self._codes[block][: len(codes)] = codes
        self._scales[block][: len(scales)] = scales
        codes[:] = 0

"""Vectors as the signs of their components, a bit each, and the rows with the most signs in common."""

from dataclasses import dataclass
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Vectors

Bits = NDArray[np.uint8]

_FEWEST_BITS = 512
_TOGETHER = 4  # probes in one call: each takes 4 KiB for every row it asks for
_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignCoder:
    """One bit for each component: on which side of the centre it lies.

    Of two vectors at an angle of a, the share of bits that differ is a/pi on average (Charikar 2002) if the components
    are alike and do not depend on each other. Those of an embedder of 512 dimensions nearly are; shorter vectors are
    projected on 512 random directions. A direction that all vectors share tells nobody apart and
    would make bits equal, so the mean of the rows is taken off each vector, in proportion to its length.
    """

    centre: NDArray[np.float32]
    directions: NDArray[np.float32] | None

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Centred on the mean direction of these."""
        dimension = vectors.shape[1]
        centre = (vectors / _lengths(vectors)).mean(axis=0)
        return cls(centre=centre, directions=None if dimension >= _FEWEST_BITS else _directions(dimension))

    @property
    def width(self) -> int:
        """Bytes of a row: whole words of 64 bits, the last ones filled with zeros."""
        return -(-max(len(self.centre), _FEWEST_BITS) // 64) * 8

    def __call__(self, vectors: Vectors) -> Bits:
        """(n, width)."""
        sides = vectors - _lengths(vectors) * self.centre
        if self.directions is not None:
            sides = sides @ self.directions
        bits = np.packbits(sides > 0, axis=1)
        return np.pad(bits, ((0, 0), (0, self.width - bits.shape[1])))


class SignRows:
    """A growing matrix of bits in one piece, because a scan of it is over before blocks would pay."""

    def __init__(self, width: int) -> None:
        self._bits = np.empty((0, width), np.uint8)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def nbytes(self) -> int:
        """What is not filled yet is not in memory yet, either."""
        return self._bits.nbytes

    def extend(self, bits: Bits) -> None:
        wanted = self._rows + len(bits)
        if wanted > len(self._bits):
            self._resize(wanted + wanted // 4)
        self._bits[self._rows : wanted] = bits
        self._rows = wanted

    def delete(self, row: int) -> None:
        """The last row takes the place of this one; its old place is overwritten with zeros."""
        self._rows -= 1
        self._bits[row] = self._bits[self._rows]
        self._bits[self._rows] = 0
        if 2 * self._rows < len(self._bits):
            self._resize(self._rows + self._rows // 4)

    def nearest(self, probes: Bits, count: int) -> NDArray[np.int64]:
        """The numbers of the rows that differ least from each probe, (m, count), ascending; `count` is at most the
        number of rows. Of rows that differ equally and are not all among them, the first ones are taken."""
        faiss.omp_set_num_threads(1)  # of the calling thread: more would spin while others want to work
        found = [
            faiss.knn_hamming(
                probes[start : start + _TOGETHER], self._bits[: self._rows], count, variant="mc"
            )[1]
            for start in range(0, len(probes), _TOGETHER)
        ]
        return np.sort(np.concatenate(found), axis=1)

    def _resize(self, rows: int) -> None:
        kept = self._bits[: self._rows]
        self._bits = np.empty((rows, kept.shape[1]), np.uint8)
        self._bits[: self._rows] = kept
        kept[:] = 0


def _lengths(vectors: Vectors) -> NDArray[np.float32]:
    """(n, 1), never 0."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(np.maximum(lengths, 1e-9)[:, None], np.float32)


def _directions(dimension: int) -> NDArray[np.float32]:
    """(dimension, 512), random directions, always the same ones."""
    return np.random.default_rng(_SEED).standard_normal((dimension, _FEWEST_BITS), dtype=np.float32)

"""The keyed orthogonal transform that vectors leave this process through.

It preserves inner products, so the engine proposes what it would propose for plain vectors, and makes the
vectors of one gallery incomparable with those of another gallery, system or model. It is not encryption:
docs/decisions/0013 says what it does not protect.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Vectors
from visavis.domain.errors import ValueInvalid

MOST_DIMENSIONS = 4096  #: 128 MiB of matrix, and half a minute to make it
_LEAST_DIMENSIONS = 2  #: an orthogonal matrix of one number is a sign, and Milvus takes no fewer
_PERSON = b"visavis rotation 1\0"

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rotation:
    """An orthogonal matrix in double precision, so that single precision loses nothing but its last digit."""

    dimension: int
    matrix: Matrix

    @classmethod
    def of(cls, key: bytes, dimension: int) -> "Rotation":
        """A matrix drawn uniformly (Haar measure) from the orthogonal ones, the same for the same key.

        The Q of the QR decomposition of a Gaussian matrix, with the signs that make R's diagonal positive
        (Mezzadri, "How to generate random matrices from the classical compact groups", 2007). The Gaussians come
        from SHAKE-256 of the key, not from numpy's generators, whose streams may differ between versions.
        Raises `ValueInvalid` for a dimension outside 1..4096.
        """
        if not 1 <= dimension <= MOST_DIMENSIONS:
            raise ValueInvalid(f"The dimension of this index lies between 1 and {MOST_DIMENSIONS:,}.")
        size = max(dimension, _LEAST_DIMENSIONS)
        q, r = np.linalg.qr(_gaussians(key, size * size).reshape(size, size))
        return cls(dimension=dimension, matrix=q * np.where(np.diag(r) < 0.0, -1.0, 1.0))

    @property
    def size(self) -> int:
        """Numbers per vector after the transform."""
        return len(self.matrix)

    def __call__(self, vectors: Vectors) -> Vectors:
        """(n, dimension) to (n, size), lengths and inner products unchanged but for rounding."""
        turned = vectors.astype(np.float64) @ self.matrix[: self.dimension]
        return turned.astype(np.float32)

    def __repr__(self) -> str:
        return f"Rotation(dimension={self.dimension})"  # the matrix is secret


def _gaussians(key: bytes, count: int) -> Matrix:
    """Standard normal numbers by the method of Box and Muller, from 53 bits each."""
    pairs = (count + 1) // 2
    stream = hashlib.shake_256(_PERSON + key).digest(16 * pairs)
    bits = np.frombuffer(stream, "<u8") >> np.uint64(11)
    uniform = (bits.astype(np.float64) + 0.5) / 2.0**53
    radius, angle = np.sqrt(-2.0 * np.log(uniform[:pairs])), 2.0 * np.pi * uniform[pairs:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]

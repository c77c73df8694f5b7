"""A scan in two stages: signs of all rows, then int8 codes of the few that have most signs in common with the probe."""

from typing import TYPE_CHECKING

import numkong
import numpy as np
from numpy.typing import NDArray

from visavis.adapters.index.codes import Codes, Scales, quantise
from visavis.adapters.index.exact import ExactIndex
from visavis.application.ports.index import Proposal
from visavis.domain.arrays import Vectors

if TYPE_CHECKING:  # the vendor's library is loaded by the first gallery that is large enough
    from visavis.adapters.index.signs import SignCoder, SignRows

LARGE_ROWS = 20_000
"""From so many rows on the two stages are faster than a scan of the codes (benchmarks/matcher.py)."""
SURVIVORS = 1_000
"""Rows of the second stage. Of mated probes above the threshold for an FMR of 1e-6, searched among a million rows, 250
missed none (benchmarks/RESULTS.md)."""
_ROWS_A_SUBJECT = 16
_SAMPLE = 2048  # rows of each block that the centre is taken from, and rows that become floats at a time
_MOST = 4096  # the memory of a first stage grows with them
_WORTHWHILE = 8  # survivors times this at most are all rows


class CascadeIndex(ExactIndex):
    """As `ExactIndex`, but of a large gallery it reads 64 bytes a row instead of 512.

    A row that matches is among the survivors of the first stage, because a score far above those of strangers means
    far fewer differing signs. The end of a long list of candidates, whose scores are those of strangers, may differ
    from that of an exact scan. The bits are made when the index becomes large and stay until it is cleared.
    """

    def __init__(self, dimension: int, *, large_rows: int = LARGE_ROWS, survivors: int = SURVIVORS) -> None:
        super().__init__(dimension)
        self._large_rows = large_rows
        self._survivors = survivors
        self._coder: SignCoder | None = None
        self._signs: SignRows | None = None

    @property
    def nbytes(self) -> int:
        return super().nbytes + (self._signs.nbytes if self._signs is not None else 0)

    def _reset(self) -> None:
        super()._reset()
        self._coder = self._signs = None

    def _append(self, codes: Codes, scales: Scales) -> None:
        super()._append(codes, scales)
        if self._coder is not None and self._signs is not None:
            self._signs.extend(self._coder(codes * scales[:, None]))
        elif len(self._codes) >= self._large_rows:
            self._build()

    def _delete(self, row: int) -> None:
        super()._delete(row)
        if self._signs is not None:
            self._signs.delete(row)

    def _build(self) -> None:
        from visavis.adapters.index.signs import SignCoder, SignRows

        chosen = [codes[:_SAMPLE] * scales[:_SAMPLE, None] for _, codes, scales in self._codes.blocks()]
        self._coder = SignCoder.of(np.concatenate(chosen))
        self._signs = SignRows(self._coder.width)
        for _, codes, scales in self._codes.blocks():
            for start in range(0, len(codes), _SAMPLE):
                some = slice(start, start + _SAMPLE)
                self._signs.extend(self._coder(codes[some] * scales[some, None]))

    def _proposals(self, probes: Vectors, limit: int) -> list[list[Proposal]]:
        count = self._count(limit)
        if self._coder is None or self._signs is None or not count:
            return super()._proposals(probes, limit)
        rows = self._signs.nearest(self._coder(probes), count)
        codes, scales = quantise(probes)
        enough = min(limit, self.subjects)
        proposals = [
            self._second(code[None], float(scale), some, limit)
            for code, scale, some in zip(codes, scales, rows, strict=True)
        ]
        return [
            found if len(found) >= enough else super(CascadeIndex, self)._proposals(probe[None], limit)[0]
            for probe, found in zip(probes, proposals, strict=True)
        ]

    def _count(self, limit: int) -> int:
        """Rows for the second stage; 0 where an exact scan is the better way."""
        count = max(self._survivors, _ROWS_A_SUBJECT * limit)
        return count if count <= min(_MOST, len(self) // _WORTHWHILE) and len(self) >= self._large_rows else 0

    def _second(self, probe: Codes, scale: float, rows: NDArray[np.int64], limit: int) -> list[Proposal]:
        codes, scales = self._codes.take(rows)
        scores = np.empty((1, len(rows)), np.float32)
        numkong.cdist(probe, codes, "dot", out=scores)
        return self._best(scores[0] * scales, scale, limit, rows)

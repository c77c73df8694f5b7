"""How the search index compares with a float32 matrix product, on one thread, in one run.

    python benchmarks/index.py --rows 100000 --dimension 512

Synthetic unit vectors, one reference per subject. A probe is its subject's reference turned away so that their
cosine is about 0.71. Two kinds of subjects: `spread` ones point anywhere; `clustered` ones share a few
dominant directions (about 52 effective dimensions), which gives the non-mated cosines a standard deviation of
about 0.137, wider than those of real embeddings. Prints a table to the standard error and JSON to the output.
"""

import argparse
import json
import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.index.exact import ExactIndex
from visavis.domain.subject import SubjectId

Matrix = NDArray[np.float32]
GENUINE_COSINE = 0.71
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Faiss(Protocol):
    def search(self, probes: Matrix, count: int) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds per call, the least of several; `ratio` is numpy's time over this: above 1 is faster."""

    engine: str
    probes: int
    least_ms: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Share of probes whose brute-force best subject is first among the proposals (before and after the
    `proposed` candidates were compared again in full precision)."""

    subjects: str
    probes: int
    proposed: int
    unconfirmed: float
    confirmed: float
    score_error_sd: float
    right_subject: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    rows: int
    dimension: int
    timings: list[Timing]
    recalls: list[Recall]
    memory_ratio: float
    matrix_ratio: float
    put_us: float


def unit_rows(values: Matrix) -> Matrix:
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return values


def subjects(rng: np.random.Generator, rows: int, dimension: int, *, clustered: bool) -> Matrix:
    values = rng.standard_normal((rows, dimension), dtype=np.float32)
    if clustered:
        falloff = np.exp(-np.arange(dimension) / 52.0).astype(np.float32)
        values *= falloff[rng.permutation(dimension)]
    return unit_rows(values)


def probes_of(rng: np.random.Generator, references: Matrix, *, clustered: bool) -> Matrix:
    """One probe per reference at a cosine of about `GENUINE_COSINE`, noise of the same kind as the subjects."""
    noise = subjects(rng, len(references), references.shape[1], clustered=clustered)
    noise -= (noise * references).sum(axis=1, keepdims=True) * references
    unit_rows(noise)
    return unit_rows(GENUINE_COSINE * references + np.sqrt(1.0 - GENUINE_COSINE**2) * noise).astype(
        np.float32
    )


def filled(references: Matrix) -> tuple[ExactIndex, float, int]:
    """The index, microseconds per put, bytes it holds (everything: codes, scales, roster, slack)."""
    tracemalloc.start()
    index = ExactIndex(references.shape[1])
    for number in range(len(references)):
        index.put(
            SubjectId(UUID(int=(number << 64) | 0x1234_5678_9ABC_DEF0)), references[number : number + 1]
        )
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    started = time.perf_counter()
    for number in range(1000):
        index.put(
            SubjectId(UUID(int=(number << 64) | 0x1234_5678_9ABC_DEF0)), references[number : number + 1]
        )
    return index, (time.perf_counter() - started) * 1e3, held


def least_ms(calls: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Interleaved, so that a busy machine disturbs all alike."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(repeats):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            best[name] = min(best[name], (time.perf_counter() - started) * 1e3)
    return best


def faiss_indexes(references: Matrix) -> dict[str, Faiss]:
    try:
        import faiss  # a peer for benchmarks only
    except ImportError:
        return {}
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexFlatIP(references.shape[1])
    coded = faiss.IndexScalarQuantizer(
        references.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    coded.train(references[:20_000])
    for index in (flat, coded):
        index.add(references)
    return {"faiss flat float32": flat, "faiss sq8": coded}


def product(probes: Matrix, references: Matrix) -> object:
    return (probes @ references.T).argmax(axis=1)


def timings(index: ExactIndex, references: Matrix, probes: Matrix, repeats: int) -> list[Timing]:
    peers = faiss_indexes(references)
    measured: list[Timing] = []
    for count in (1, 8, 32):
        some = probes[:count]
        calls: dict[str, Callable[[], object]] = {
            "numpy float32": partial(product, some, references),
            "visavis int8": partial(index.propose, some, 10),
        }
        calls |= {name: partial(peer.search, some, 10) for name, peer in peers.items()}
        least = least_ms(calls, repeats)
        base = least["numpy float32"]
        measured += [
            Timing(engine=name, probes=count, least_ms=round(ms, 3), ratio=round(base / ms, 2))
            for name, ms in least.items()
        ]
    return measured


def recall(index: ExactIndex, references: Matrix, probes: Matrix, *, kind: str, proposed: int) -> Recall:
    found = index.propose(probes, proposed)
    first = confirmed = right = 0
    errors: list[float] = []
    for number, (probe, proposals) in enumerate(zip(probes, found, strict=True)):
        exact = references @ probe
        best = int(exact.argmax())
        rows = [proposal.subject_id.int >> 64 for proposal in proposals]
        errors += [proposal.score - float(exact[row]) for row, proposal in zip(rows, proposals, strict=True)]
        first += rows[0] == best
        chosen = max(rows, key=lambda row: float(exact[row]))
        confirmed += chosen == best
        right += chosen == number
    return Recall(
        subjects=kind,
        probes=len(probes),
        proposed=proposed,
        unconfirmed=first / len(probes),
        confirmed=confirmed / len(probes),
        score_error_sd=round(float(np.std(errors)), 6),
        right_subject=right / len(probes),
    )


def measure(rows: int, dimension: int, probes: int, repeats: int, seed: int) -> Report:
    rng = np.random.default_rng(seed)
    recalls: list[Recall] = []
    for clustered in (True, False):
        references = subjects(rng, rows, dimension, clustered=clustered)
        asked = probes_of(rng, references[:probes], clustered=clustered)
        index, put_us, held = filled(references)
        kind = "clustered" if clustered else "spread"
        recalls.append(recall(index, references, asked, kind=kind, proposed=20))
    return Report(
        rows=rows,
        dimension=dimension,
        timings=timings(index, references, asked, repeats),
        recalls=recalls,
        memory_ratio=round(held / references.nbytes, 4),
        matrix_ratio=round(index.nbytes / references.nbytes, 4),
        put_us=round(put_us, 1),
    )


def show(report: Report) -> None:
    out = sys.stderr
    print(f"{report.rows:,} rows x {report.dimension}, one thread, least of several runs", file=out)
    print(f"{'engine':<20}{'probes':>7}{'ms':>10}{'x numpy':>9}", file=out)
    for line in report.timings:
        print(f"{line.engine:<20}{line.probes:>7}{line.least_ms:>10.2f}{line.ratio:>9.2f}", file=out)
    for found in report.recalls:
        print(
            f"recall@1 {found.subjects}: {found.unconfirmed:.4f}, {found.confirmed:.4f} after confirming "
            f"{found.proposed}; score error sd {found.score_error_sd:.5f}; "
            f"right subject {found.right_subject:.4f} ({found.probes} probes)",
            file=out,
        )
    print(
        f"memory: {report.memory_ratio:.1%} of float32 (codes and scales alone {report.matrix_ratio:.1%}); "
        f"put {report.put_us:.0f} us a row",
        file=out,
    )


def on_one_thread() -> None:
    """Starts this script again with the thread counts that libraries read only when they are loaded."""
    if not ONE_THREAD.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)  # noqa: S606


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--probes", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    on_one_thread()
    report = measure(options.rows, options.dimension, options.probes, options.repeats, options.seed)
    show(report)
    print(json.dumps(asdict(report), indent=1))


if __name__ == "__main__":
    main()

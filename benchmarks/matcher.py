"""The matcher of large galleries: speed, recall, memory and start, each against peers or a limit in the same run.

    python benchmarks/matcher.py speed --rows 1000000 --dimension 512
    python benchmarks/matcher.py recall --rows 1000000 --photos DIR          # DIR: one folder for each subject
    python benchmarks/matcher.py memory --rows 1000000 --dimension 512
    python benchmarks/fill_gallery.py --data-dir DIR --references 1000000 && \
        python benchmarks/matcher.py start --data-dir DIR

One thread. Prints a table to the standard error and JSON to the output.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import faiss
import numpy as np
import usearch.index
from identify_gallery import opened
from index import least_ms, on_one_thread
from matcher_people import Matrix, people
from numpy.typing import NDArray

from visavis.adapters.index.cascade import CascadeIndex
from visavis.adapters.index.codes import quantise
from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.index.signs import SignCoder
from visavis.application.search import GallerySearch
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import load_settings

LIMIT = 12  #: subjects that a search asks an index for


def drawn(rows: int, dimension: int, seed: int) -> Matrix:
    """Unit vectors with as many effective dimensions as real templates have."""
    rng = np.random.default_rng(seed)
    falloff = np.exp(-np.arange(dimension) / (dimension / 5)).astype(np.float32)[rng.permutation(dimension)]
    made = rng.standard_normal((rows, dimension), dtype=np.float32)
    turn = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0].astype(np.float32)
    for start in range(0, rows, 50_000):
        part = made[start : start + 50_000]
        part[:] = (part * falloff) @ turn
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return made


def fill(index: ExactIndex, vectors: Matrix) -> None:
    """One row for each subject, in batches as a store gives them."""
    rng = np.random.default_rng(7)
    for start in range(0, len(vectors), 1024):
        some = vectors[start : start + 1024]
        subjects = rng.integers(1 << 63, size=(len(some), 2), dtype=np.uint64)
        index.put_rows(subjects, np.ones(len(some), np.intp), some)


def contestants(vectors: Matrix) -> dict[str, Callable[[Matrix], object]]:
    parts = [vectors[start : start + 50_000] for start in range(0, len(vectors), 50_000)]
    coder = SignCoder.of(vectors[:20_000])
    bits = np.concatenate([coder(part) for part in parts])
    codes = np.concatenate([quantise(part)[0] for part in parts])
    exact, cascade = ExactIndex(vectors.shape[1]), CascadeIndex(vectors.shape[1])
    for index in (exact, cascade):
        fill(index, vectors)
    peer = partial(usearch.index.search, count=LIMIT, exact=True, threads=1)
    inner, hamming = usearch.index.MetricKind.IP, usearch.index.MetricKind.Hamming
    most = min(1000, len(bits))
    return {
        "reading the bits": lambda _: bits.view(np.uint64).max(),
        "reading the int8 codes": lambda _: codes.view(np.uint64).max(),
        "numpy float32": lambda probes: product(probes, vectors),
        "faiss float32": lambda probes: faiss.knn(probes, vectors, LIMIT, faiss.METRIC_INNER_PRODUCT),
        "faiss bits, 1,000 best": lambda probes: faiss.knn_hamming(coder(probes), bits, most),
        "usearch bits": lambda probes: peer(bits, coder(probes), metric=hamming),
        "usearch int8": lambda probes: peer(codes, quantise(probes)[0], metric=inner),
        "visavis exact": lambda probes: exact.propose(probes, LIMIT),
        "visavis cascade": lambda probes: cascade.propose(probes, LIMIT),
    }


def product(probes: Matrix, vectors: Matrix) -> NDArray[np.intp]:
    """The best row only; a list of the best would take longer."""
    scores = vectors @ probes[0] if len(probes) == 1 else probes @ vectors.T
    return np.asarray(np.atleast_2d(scores).argmax(axis=1))


def speed(options: argparse.Namespace) -> list[dict[str, object]]:
    faiss.omp_set_num_threads(1)
    engines = contestants(drawn(options.rows, options.dimension, 1))
    if options.only:
        wanted = {"numpy float32", "reading the bits", *options.only}
        engines = {name: call for name, call in engines.items() if name in wanted}
    found: list[dict[str, object]] = []
    for count in options.probes:
        probes = drawn(count, options.dimension, 2)
        least = least_ms({name: partial(call, probes) for name, call in engines.items()}, options.repeats)
        for name, ms in least.items():
            ratios = [least[peer] / ms for peer in ("numpy float32", "reading the bits")]
            found.append(
                {"engine": name, "probes": count, "ms": round(ms, 2), "x numpy": round(ratios[0], 2)}
            )
            text = f"{name:<26}{count:>4}{ms:>10.2f} ms{ratios[0]:>9.2f} x numpy{1 / ratios[1]:>8.2f} x its bits read"
            print(text, file=sys.stderr)
    return found


def recall(options: argparse.Namespace) -> list[dict[str, object]]:
    """Each mated probe above the threshold: is its reference proposed? It is the only one of its subject in the index,
    all others are strangers."""
    rng = np.random.default_rng(0)
    known = people(options.photos, options.pack, options.templates, options.without)
    threshold, pairs = known.threshold, known.mated(40, rng)
    scores = np.einsum("ij,ij->i", known.references[pairs[:, 0]], known.probes[pairs[:, 1]])
    pairs, scores = pairs[scores >= threshold], scores[scores >= threshold]
    strangers = known.strangers(options.rows, rng)
    index = CascadeIndex(strangers.shape[1], survivors=options.survivors, large_rows=1)
    fill(index, strangers)
    hits = np.zeros(len(pairs), bool)
    for reference in np.unique(pairs[:, 0]):
        index.put_rows(np.zeros((1, 2), np.uint64), np.ones(1, np.intp), known.references[reference][None])
        asked = np.flatnonzero(pairs[:, 0] == reference)
        proposals = index.propose(known.probes[pairs[asked, 1]], LIMIT)
        hits[asked] = [any(one.subject_id.int == 0 for one in row) for row in proposals]
    near = scores < threshold + 0.05
    line = {
        "rows": options.rows,
        "pack": options.pack,
        "survivors": options.survivors,
        "threshold": round(threshold, 4),
        "mated probes": len(pairs),
        "recall": round(float(hits.mean()), 5),
        "within 0.05 of it": int(near.sum()),
        "recall of these": round(float(hits[near].mean()), 5),
    }
    print(line, file=sys.stderr)
    return [line]


def resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def memory(options: argparse.Namespace) -> list[dict[str, object]]:
    """Resident memory that an index adds to a process, against its codes."""
    pattern = drawn(1024, options.dimension, 0)
    fill_distinct(
        CascadeIndex(options.dimension, large_rows=100), pattern, 0
    )  # what libraries take at first is not it
    before, index = resident_mb(), CascadeIndex(options.dimension)
    for start in range(0, options.rows, 1024):
        fill_distinct(index, pattern[: options.rows - start], start)
    taken, width = resident_mb() - before, max(options.dimension, 512) // 8
    codes = options.rows * (options.dimension + 4 + width) / 1e6
    line: dict[str, object] = {"rows": len(index), "resident MB": round(taken), "codes MB": round(codes)}
    line["ratio"] = round(taken / codes, 3)
    print(line, file=sys.stderr)
    return [line]


def fill_distinct(index: ExactIndex, vectors: Matrix, first: int) -> None:
    numbers = np.arange(first, first + len(vectors), dtype=np.uint64)
    subjects = np.stack([numbers * np.uint64(0x9E37_79B9_7F4A_7C15), numbers], axis=1)
    index.put_rows(subjects, np.ones(len(vectors), np.intp), vectors)


def start(options: argparse.Namespace) -> list[dict[str, object]]:
    return [asyncio.run(warmed(options.data_dir))]


async def warmed(data_dir: Path) -> dict[str, object]:
    """From an open store to an index that is ready."""
    async with opened(load_settings(data_dir=data_dir)) as (platform, gallery, _):
        indexes = ProcessIndexes(CascadeIndex)
        search = GallerySearch(store=platform.store, tenant=DEFAULT_TENANT, indexes=indexes)
        before, began, spent = resident_mb(), time.perf_counter(), time.process_time()
        references = await search.warm(gallery)
        line: dict[str, object] = {
            "references": references,
            "seconds": round(time.perf_counter() - began, 1),
            "processor seconds of this process": round(time.process_time() - spent, 1),
            "resident MB": round(resident_mb() - before),
        }
    print(line, file=sys.stderr)
    return line


def main() -> None:
    on_one_thread()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    for table in (speed, recall, memory, start):
        command = commands.add_parser(table.__name__)
        command.set_defaults(table=table)
        command.add_argument("--rows", type=int, default=100_000)
        command.add_argument("--dimension", type=int, default=512)
        command.add_argument("--probes", type=int, nargs="+", default=[1, 16])
        command.add_argument("--only", nargs="+", help="engines beside numpy float32 and reading the bits")
        command.add_argument("--repeats", type=int, default=9)
        command.add_argument("--photos", type=Path)
        command.add_argument("--pack", default="standard")
        command.add_argument("--templates", type=Path, help="extracted templates, kept here")
        command.add_argument(
            "--without", nargs="+", default=[], help="subjects that are known to be mislabelled"
        )
        command.add_argument("--survivors", type=int, default=1_000)
        command.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    print(json.dumps(options.table(options), indent=1))


if __name__ == "__main__":
    main()

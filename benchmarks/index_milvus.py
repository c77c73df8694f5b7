"""How the shared index in Milvus compares with the one in memory, on the same vectors, in one run.

    python benchmarks/index_milvus.py --rows 10000 --dimension 512

Vectors and probes as in benchmarks/index.py: one reference per subject, probes at a cosine of about 0.71, subjects
either spread anywhere or clustered. Without --url, Milvus Lite runs in this process, so its times say little about
a Milvus cluster; that the proposals are the same does not depend on it. Prints JSON.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
from index import Matrix, least_ms, on_one_thread, probes_of, subjects

from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.milvus.collection import Collection, drop
from visavis.adapters.milvus.connection import Connection
from visavis.adapters.milvus.index import MilvusIndex
from visavis.adapters.milvus.rotation import Rotation
from visavis.application.ports.index import Index
from visavis.domain.subject import SubjectId

PROPOSED = 32  #: what a search asks an index for


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Shares of probes (first) and of the `PROPOSED` best subjects (all) in which an index and float64 agree."""

    index: str
    first: float
    all: float
    score_error_max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Least milliseconds of several calls; `ratio` is the time over that of the index in memory."""

    index: str
    probes: int
    least_ms: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    subjects: str
    rows: int
    dimension: int
    fill_s: dict[str, float]
    quality: list[Quality]
    timings: list[Timing]
    rotation_ms: dict[str, float]
    inner_product_error_max: float


def identifier(number: int) -> SubjectId:
    return SubjectId(UUID(int=number))


def fill(index: Index, references: Matrix) -> float:
    """Seconds."""
    started = time.perf_counter()
    for start in range(0, len(references), 1000):
        block = references[start : start + 1000]
        index.put_many([(identifier(start + place), row[None]) for place, row in enumerate(block)])
    index.advance(1)
    return time.perf_counter() - started


def quality(name: str, index: Index, references: Matrix, probes: Matrix) -> Quality:
    truth = probes.astype(np.float64) @ references.T.astype(np.float64)
    first, common, error = 0, 0, 0.0
    for scores, proposals in zip(truth, index.propose(probes, PROPOSED), strict=True):
        best = np.argsort(-scores)[:PROPOSED].tolist()
        found = [proposal.subject_id.int for proposal in proposals]
        first += found[0] == best[0]
        common += len(set(found) & set(best))
        error = max(error, *(abs(p.score - scores[p.subject_id.int]) for p in proposals))
    total = len(probes)
    return Quality(
        index=name, first=first / total, all=common / total / PROPOSED, score_error_max=float(f"{error:.1e}")
    )


def timings(indexes: dict[str, Index], probes: Matrix, repeats: int) -> list[Timing]:
    measured: list[Timing] = []
    for count in (1, 32):
        calls: dict[str, Callable[[], object]] = {
            name: partial(index.propose, probes[:count], PROPOSED) for name, index in indexes.items()
        }
        least = least_ms(calls, repeats)
        measured += [
            Timing(index=name, probes=count, least_ms=round(ms, 2), ratio=round(ms / least["memory"], 1))
            for name, ms in least.items()
        ]
    return measured


def report(kind: str, milvus: MilvusIndex, options: argparse.Namespace) -> Report:
    rng = np.random.default_rng(options.seed)
    clustered = kind == "clustered"
    references = subjects(rng, options.rows, options.dimension, clustered=clustered)
    probes = probes_of(rng, references[: options.probes], clustered=clustered)
    indexes: dict[str, Index] = {"memory": ExactIndex(options.dimension), "milvus": milvus}
    milvus.clear()
    filled = {name: round(fill(index, references), 2) for name, index in indexes.items()}
    turned, some = milvus.rotation(references[:1000]), references[:1000]
    error = np.abs(turned @ turned.T - some @ some.T).max()
    rotating = least_ms(
        {"1": partial(milvus.rotation, probes[:1]), "1000": partial(milvus.rotation, some)}, 5
    )
    return Report(
        subjects=kind,
        rows=options.rows,
        dimension=options.dimension,
        fill_s=filled,
        quality=[quality(name, index, references, probes) for name, index in indexes.items()],
        timings=timings(indexes, probes, options.repeats),
        rotation_ms={rows: round(ms, 3) for rows, ms in rotating.items()},
        inner_product_error_max=float(f"{error:.1e}"),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--probes", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", help="a Milvus; a collection is made there and removed")
    options = parser.parse_args()
    on_one_thread()
    with tempfile.TemporaryDirectory() as folder:
        connection = Connection(options.url or str(Path(folder) / "lite.db"), timeout_s=120.0)
        started = time.perf_counter()
        rotation = Rotation.of(b"benchmark", options.dimension)
        made_ms = (time.perf_counter() - started) * 1e3
        name = f"visavis_benchmark_{uuid4().hex}"
        collection = Collection(connection=connection, name=name, size=rotation.size)
        milvus = MilvusIndex(collection=collection, rotation=rotation, family=name)
        try:
            reports = [report(kind, milvus, options) for kind in ("spread", "clustered")]
        finally:
            drop(connection, name)
            connection.close()
    print(
        json.dumps({"matrix_made_ms": round(made_ms), "reports": [asdict(one) for one in reports]}, indent=1)
    )


if __name__ == "__main__":
    main()

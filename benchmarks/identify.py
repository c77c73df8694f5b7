"""1:N search through the whole product: PostgreSQL, encryption, index, confirmation.

    python benchmarks/identify.py --references 100000 --photos ../shared/data/lfw-dev/images

Fills a gallery of an embedded database, three references for each subject: synthetic ones that share a few
dominant directions (see benchmarks/index.py) and carry the weights and spread of real templates, and, with
--photos, people from a folder of folders. Then one process opens the gallery and searches it, while another one
enrols and erases. float32 means a numpy matrix product over the same rows (references and their means), in the
same run on one thread. Prints a table to the standard error and JSON to the output.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from identify_gallery import EACH, Matrix, fill_apart, opened, partner, synthetic, template

from visavis.adapters.index.exact import ExactIndex
from visavis.adapters.index.process import ProcessIndexes
from visavis.application.search import GallerySearch
from visavis.bootstrap.platform import Platform
from visavis.domain.decision import Calibration
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT, SubjectId
from visavis.domain.template import Template, fuse
from visavis.settings import Settings, load_settings

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(kw_only=True)
class Report:
    """Times in ms unless said; ratios are numpy's float32 product over ours: above 1 is faster than it."""

    references: int
    subjects: int
    rows: int
    dimension: int
    fill_s: float = 0.0
    start_s: float = 0.0
    start_us_per_reference: float = 0.0
    resident_mb: float = 0.0
    held_mb: float = 0.0
    float32_mb: float = 0.0
    held_ratio: float = 0.0
    codes_ratio: float = 0.0
    float32_ms: float = 0.0
    propose_ms: float = 0.0
    propose_ratio: float = 0.0
    threshold: float = 0.0
    synthetic: dict[str, float] = field(default_factory=dict)
    real: dict[str, float] = field(default_factory=dict)
    exchanges: dict[str, float] = field(default_factory=dict)


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def interleaved_ms(calls: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """The least of several, taking turns, so that a busy machine disturbs all alike."""
    least = [float("inf")] * len(calls)
    for _ in range(repeats):
        for number, call in enumerate(calls):
            started = time.perf_counter()
            call()
            least[number] = min(least[number], (time.perf_counter() - started) * 1e3)
    return least


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Every row in float32: references, and the mean of those of a subject; and whose it is."""

    matrix: Matrix
    owners: list[str]

    @classmethod
    async def read(cls, platform: Platform, gallery: Gallery) -> "Truth":
        rows, owners = [], []
        async with platform.store.transaction(DEFAULT_TENANT) as work:
            async for batch in work.references.everything(gallery.id):
                names = await work.subjects.names([one.subject_id for one in batch])
                subjects: dict[SubjectId, list[Template]] = {}
                for one in batch:
                    subjects.setdefault(one.subject_id, []).append(one.template)
                for subject, templates in subjects.items():
                    several = [fuse(templates)] if len(templates) > 1 else []
                    rows += [one.vector for one in (*templates, *several)]
                    owners += [names[subject]] * (len(templates) + len(several))
        return cls(matrix=np.stack(rows), owners=owners)


@dataclass(frozen=True, kw_only=True)
class Run:
    """The process that searches."""

    platform: Platform
    gallery: Gallery
    calibration: Calibration
    search: GallerySearch

    async def best(self, probe: Matrix) -> tuple[str, float, float]:
        """Name and score of the first candidate, and the threshold of the policy."""
        (found,) = await self.search(self.gallery, [template(probe, self.gallery.model)], self.calibration)
        decision = self.gallery.policy.decide_identification(found, self.calibration)
        first = found.best
        return first.name if first else "", first.score.value if first else 0.0, decision.threshold.value

    async def compare(self, probes: Matrix, truth: Truth, report: Report) -> dict[str, float]:
        """Searches each probe alone, and once more by brute force; recall among those above the threshold."""
        hits, above, errors, times = [], [], [], []
        for probe in probes:
            started = time.perf_counter()
            name, score, report.threshold = await self.best(probe)
            times.append((time.perf_counter() - started) * 1e3)
            scores = truth.matrix @ probe
            row = int(scores.argmax())
            above.append(bool(scores[row] >= report.threshold))
            hits.append(name == truth.owners[row])
            if hits[-1]:
                errors.append(abs(score - float(scores[row])))
        reached = np.array(hits)[np.array(above)]
        return {
            "probes": len(probes),
            "above": int(np.sum(above)),
            "recall_above": float(reached.mean()) if reached.size else float("nan"),
            "recall_all": float(np.mean(hits)),
            "largest_score_error": max(errors, default=0.0),
            "p50_ms": float(np.percentile(times, 50)),
            "p95_ms": float(np.percentile(times, 95)),
        }

    async def exchange(self, line: Connection, rounds: int) -> dict[str, float]:
        """Enrolled by the other process, found here; erased there, gone here. Searches without a pause."""
        people = synthetic(2, rounds, self.gallery.model.dimension)
        seen: dict[str, list[float]] = {"enrol": [], "erase": []}
        took: dict[str, list[float]] = {"enrol": [], "erase": []}
        late = {"enrol": 0, "erase": 0}
        for number in range(rounds):
            name, probe = f"late {number}", people.references[number, 0]
            for kind, vectors in (("enrol", people.references[number]), ("erase", None)):
                line.send((name, vectors))
                searches: list[tuple[float, float, str]] = []
                while not searches or (searches[-1][2] == name) != (kind == "enrol"):
                    began = time.monotonic()
                    found, _, _ = await self.best(probe)
                    searches.append((began, time.monotonic(), found))
                order_began, order_ended = await asyncio.to_thread(line.recv)
                took[kind].append((order_ended - order_began) * 1e3)
                seen[kind].append((searches[-1][1] - order_ended) * 1e3)
                wrong = [s for s in searches[:-1] if s[0] > order_ended]
                late[kind] += len(wrong)
        return {
            "rounds": rounds,
            "enrol_p50_ms": float(np.median(took["enrol"])),
            "enrol_to_matched_p50_ms": float(np.median(seen["enrol"])),
            "enrol_to_matched_max_ms": max(seen["enrol"]),
            "searches_begun_after_enrol_that_missed": late["enrol"],
            "erase_p50_ms": float(np.median(took["erase"])),
            "erase_to_gone_max_ms": max(seen["erase"]),
            "searches_begun_after_erase_that_matched": late["erase"],
        }


async def held_mb(platform: Platform, gallery: Gallery) -> float:
    """Everything that an index built once more keeps: codes, scales, roster, counts. Slow, so it comes last."""
    search = GallerySearch(store=platform.store, tenant=DEFAULT_TENANT, indexes=ProcessIndexes(ExactIndex))
    tracemalloc.start()
    await search.warm(gallery)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / 1e6


async def measure(settings: Settings, probes: int, repeats: int, rounds: int) -> Report:
    async with opened(settings) as (platform, gallery, calibration):
        made: list[ExactIndex] = []

        def new_index(dimension: int) -> ExactIndex:
            made.append(ExactIndex(dimension))
            return made[-1]

        search = GallerySearch(store=platform.store, tenant=DEFAULT_TENANT, indexes=ProcessIndexes(new_index))
        before, started = resident_mb(), time.perf_counter()
        references = await search.warm(gallery)
        start_s, more_mb = time.perf_counter() - started, resident_mb() - before
        index = made[-1]  # the first is empty: it is exchanged when the gallery is read
        truth = await Truth.read(platform, gallery)
        asked = np.load(settings.data_dir / "probes.npz")
        probe = asked["synthetic"][0]
        float32_ms, propose_ms = interleaved_ms(
            [lambda: (truth.matrix @ probe).argmax(), lambda: index.propose(probe[None], 32)], repeats
        )
        size_mb = truth.matrix.nbytes / 1e6
        report = Report(
            references=references,
            subjects=index.subjects,
            rows=len(index),
            dimension=gallery.model.dimension,
            start_s=start_s,
            start_us_per_reference=start_s / references * 1e6,
            resident_mb=more_mb,
            float32_mb=size_mb,
            codes_ratio=index.nbytes / 1e6 / size_mb,
            float32_ms=float32_ms,
            propose_ms=propose_ms,
            propose_ratio=float32_ms / propose_ms,
        )
        run = Run(platform=platform, gallery=gallery, calibration=calibration, search=search)
        report.synthetic = await run.compare(asked["synthetic"][:probes], truth, report)
        if len(asked["real"]):
            report.real = await run.compare(asked["real"], truth, report)
        here, there = multiprocessing.get_context("spawn").Pipe()
        process = multiprocessing.get_context("spawn").Process(
            target=partner, args=(str(settings.data_dir), there)
        )
        process.start()
        await asyncio.to_thread(here.recv)
        report.exchanges = await run.exchange(here, rounds)
        here.send(None)
        await asyncio.to_thread(process.join)
        report.held_mb = await held_mb(platform, gallery)
        report.held_ratio = report.held_mb / size_mb
        return report


def show(report: Report) -> None:
    for name, value in asdict(report).items():
        if isinstance(value, dict):
            for key, number in value.items():
                print(f"{name + ': ' + key:<56}{number:>14,.4f}", file=sys.stderr)
        else:
            print(f"{name:<56}{value:>14,.4f}", file=sys.stderr)


def on_one_thread() -> None:
    """Starts this script again with the thread counts that libraries read only when they are loaded."""
    if not ONE_THREAD.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)  # noqa: S606


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--references", type=int, default=100_000)
    parser.add_argument("--probes", type=int, default=2_500)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=30, help="enrolments and erasures by the other process")
    parser.add_argument("--photos", type=Path, help="a folder with one folder per subject")
    parser.add_argument("--most", type=int, default=400, help="real subjects at most")
    options = parser.parse_args()
    on_one_thread()
    # Not a private folder: as root, the database runs as another user, who must be able to pass.
    folder = Path(tempfile.mkdtemp(prefix="visavis-benchmark-"))
    folder.chmod(0o711)
    try:
        data_dir = folder / "data"
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            subjects = -(-options.references // EACH)
            fill_s = pool.apply(fill_apart, (str(data_dir), subjects, options.photos, options.most))
        settings = load_settings(data_dir=data_dir)
        report = asyncio.run(measure(settings, options.probes, options.repeats, options.rounds))
        report.fill_s = fill_s
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(report)
    print(json.dumps(asdict(report), indent=1))


if __name__ == "__main__":
    main()

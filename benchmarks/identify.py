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
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.index.exact import ExactIndex
from visavis.application.search import GallerySearch
from visavis.bootstrap.library import Engine
from visavis.bootstrap.local import open_platform
from visavis.bootstrap.platform import Platform
from visavis.domain.decision import Calibration
from visavis.domain.errors import VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT, Reference, ReferenceId, Subject, SubjectId
from visavis.domain.template import ModelIdentity, Template, fuse
from visavis.settings import Settings, load_settings

Matrix = NDArray[np.float32]
GALLERY = "benchmark"
EACH = 3  #: references of a subject
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
    memory_mb: float = 0.0
    float32_mb: float = 0.0
    memory_ratio: float = 0.0
    codes_ratio: float = 0.0
    float32_ms: float = 0.0
    propose_ms: float = 0.0
    propose_ratio: float = 0.0
    threshold: float = 0.0
    synthetic: dict[str, float] = field(default_factory=dict)
    real: dict[str, float] = field(default_factory=dict)
    exchanges: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class People:
    """Per subject the vectors of its references, (subjects, EACH, dimension), and one probe of each."""

    references: Matrix
    probes: Matrix


def unit(values: Matrix) -> Matrix:
    return np.asarray(values / np.linalg.norm(values, axis=-1, keepdims=True), np.float32)


def synthetic(seed: int, subjects: int, dimension: int) -> People:
    """Samples at a cosine of 0.70 to 0.93 from their subject's centre, and weights between 0.85 and 1.2."""
    rng = np.random.default_rng(seed)
    falloff = np.exp(-np.arange(dimension) / 52.0).astype(np.float32)

    def directions(*shape: int) -> Matrix:
        return unit(rng.standard_normal((*shape, dimension), dtype=np.float32) * falloff)

    centres = directions(subjects)[:, None, :]
    near = rng.uniform(0.70, 0.93, (subjects, EACH + 1, 1)).astype(np.float32)
    noise = directions(subjects, EACH + 1)
    noise = unit(noise - (noise * centres).sum(axis=-1, keepdims=True) * centres)
    weights = rng.uniform(0.85, 1.2, near.shape).astype(np.float32)
    samples = unit(near * centres + np.sqrt(1 - near**2) * noise) * weights
    return People(references=samples[:, :EACH], probes=samples[:, EACH])


def photographed(folder: Path, most: int) -> tuple[list[list[Template]], list[Template]]:
    """Templates of people with two photos or more: the last one of each is the probe."""
    engine, references, probes = Engine(), [], []
    for place in sorted(folder.iterdir()):
        found = []
        for photo in sorted(place.iterdir())[: EACH + 1]:
            try:
                found.append(engine.template(photo, largest=True))
            except VisavisError:
                continue
        if len(found) > 1:
            references.append(found[:-1])
            probes.append(found[-1])
        if len(probes) == most:
            break
    return references, probes


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Platform, Gallery, Calibration]]:
    async with open_platform(settings) as platform:
        try:
            gallery = await platform.galleries.get(GALLERY)
        except VisavisError:
            policy = Policy()
            gallery = await platform.create(GALLERY, pack=platform.models.pack(None), policy=policy)
        yield platform, gallery, platform.models.pack(gallery.pack).calibration(gallery.policy.measure)


def template(vector: Matrix, model: ModelIdentity) -> Template:
    return Template(vector=np.ascontiguousarray(vector), norm=20.0, model=model)


async def keep(
    platform: Platform, gallery: Gallery, people: Sequence[tuple[str, Sequence[Template]]]
) -> None:
    """One transaction."""
    now = datetime.now(UTC)
    async with platform.store.transaction(DEFAULT_TENANT) as work:
        references = []
        for name, templates in people:
            subject = Subject(id=SubjectId(uuid.uuid4()), name=name, created_at=now)
            await work.subjects.add(subject)
            references += [
                Reference(
                    id=ReferenceId(uuid.uuid4()),
                    subject_id=subject.id,
                    gallery_id=gallery.id,
                    template=one,
                    photo=b"",
                    created_at=now,
                )
                for one in templates
            ]
        await work.references.add(references)


async def fill(settings: Settings, subjects: int, photos: Path | None, most: int) -> float:
    """Seconds in the store. Run in a process of its own, so that the measured one starts with nothing."""
    references, probes = photographed(photos, most) if photos else ([], [])
    async with opened(settings) as (platform, gallery, _):
        people = synthetic(1, subjects - len(probes), gallery.model.dimension)
        named = [(f"real {number}", one) for number, one in enumerate(references)]
        named += [
            (f"subject {number}", [template(vector, gallery.model) for vector in vectors])
            for number, vectors in enumerate(people.references)
        ]
        started = time.perf_counter()
        for start in range(0, len(named), 500):
            await keep(platform, gallery, named[start : start + 500])
    real = np.stack([one.vector for one in probes]) if probes else people.probes[:0]
    np.savez(settings.data_dir / "probes.npz", real=real, synthetic=people.probes)
    return time.perf_counter() - started


def fill_apart(data_dir: str, subjects: int, photos: Path | None, most: int) -> float:
    return asyncio.run(fill(load_settings(data_dir=Path(data_dir)), subjects, photos, most))


def partner(data_dir: str, line: Connection) -> None:
    """The other process: enrols and erases when told, and answers when it began and when it had ended."""

    async def work() -> None:
        async with opened(load_settings(data_dir=Path(data_dir))) as (platform, gallery, _):
            line.send(None)
            while (order := line.recv()) is not None:
                name, vectors = order
                began = time.monotonic()
                if vectors is None:
                    await platform.erase(name)
                else:
                    await keep(platform, gallery, [(name, [template(v, gallery.model) for v in vectors])])
                line.send((began, time.monotonic()))

    asyncio.run(work())


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
                searches = []
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


async def measure(settings: Settings, probes: int, repeats: int, rounds: int) -> Report:
    async with opened(settings) as (platform, gallery, calibration):
        made: list[ExactIndex] = []

        def new_index(dimension: int) -> ExactIndex:
            made.append(ExactIndex(dimension))
            return made[-1]

        search = GallerySearch(store=platform.store, tenant=DEFAULT_TENANT, new_index=new_index)
        before, started = resident_mb(), time.perf_counter()
        references = await search.warm(gallery)
        start_s, memory_mb = time.perf_counter() - started, resident_mb() - before
        (index,) = made
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
            memory_mb=memory_mb,
            float32_mb=size_mb,
            memory_ratio=memory_mb / size_mb,
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

"""The inference of a server under load, against the engine called without any server.

    python benchmarks/serving.py --photos ../shared/data/lfw-dev/images

Finds and embeds every face of the photos, in rounds in which the contestants take turns: the engine in as many
plain threads as the server has; `ThreadInference` and `BatchingInference` under a fixed number of concurrent callers
(saturation: each asks again as soon as it is answered); `BatchingInference` under random arrivals at a multiple of
that rate, where it has to refuse most. Latencies count from the planned arrival. Prints a table to the standard
error and JSON to the output; only the ratios mean something on another machine.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from visavis.adapters.inference.batching import BatchingInference
from visavis.adapters.inference.items import ServingLimits
from visavis.adapters.inference.threads import ThreadInference
from visavis.application.ports.inference import Inference, InferenceLoad
from visavis.bootstrap.models import Models
from visavis.domain.errors import Overloaded
from visavis.domain.sample import Sample
from visavis.engine.analyse import Analyser
from visavis.engine.assess import PROBE_GATE
from visavis.engine.photo import FilePhoto
from visavis.engine.ports.decoder import Decoder
from visavis.settings import load_settings


@dataclass(kw_only=True)
class Report:
    """Ratios unless a unit is named; medians over the rounds."""

    photos: int
    faces_per_photo: float
    workers: int
    callers: int
    engine_per_s: float = 0.0
    threads_ratio: float = 0.0  #: throughput of ThreadInference over that of the engine
    batching_ratio: float = 0.0
    mean_batch_faces: float = 0.0
    saturation_p50_ms: float = 0.0
    saturation_p99_ms: float = 0.0
    saturation_shed_share: float = 0.0
    overload: float = 0.0  #: arrivals over the rate at saturation
    overload_accepted_ratio: float = 0.0  #: answered per second over the rate at saturation
    overload_p50_ratio: float = 0.0  #: latency of those accepted over the median at saturation
    overload_p99_ratio: float = 0.0
    overload_shed_share: float = 0.0
    overload_shed_p99_ms: float = 0.0  #: how long a refusal takes
    overload_mean_batch_faces: float = 0.0


@dataclass(kw_only=True)
class Answers:
    """What became of a run's requests; seconds each."""

    accepted: list[float]
    shed: list[float]
    took_s: float

    @property
    def per_s(self) -> float:
        return len(self.accepted) / self.took_s

    @property
    def shed_share(self) -> float:
        return len(self.shed) / max(len(self.shed) + len(self.accepted), 1)

    def ms(self, percent: float) -> float:
        return float(np.percentile(self.accepted, percent)) * 1e3


@dataclass(frozen=True, kw_only=True)
class Load:
    """Asks an inference for the templates of photos, in turn."""

    photos: Sequence[bytes]

    async def one(self, inference: Inference, number: int, since: float, answers: Answers) -> None:
        try:
            found = await inference.samples(self.photos[number % len(self.photos)], gate=PROBE_GATE)
            await inference.templates([face for face in found if isinstance(face, Sample)])
        except Overloaded:
            answers.shed.append(time.perf_counter() - since)
        else:
            answers.accepted.append(time.perf_counter() - since)

    async def closed(self, inference: Inference, callers: int, seconds: float) -> Answers:
        """Every caller asks again at once; one who was refused, a little later."""
        answers, began = Answers(accepted=[], shed=[], took_s=0.0), time.perf_counter()

        async def call(number: int) -> None:
            while time.perf_counter() < began + seconds:
                refused = len(answers.shed)
                await self.one(inference, number, time.perf_counter(), answers)
                number += callers
                if len(answers.shed) > refused:
                    await asyncio.sleep(0.05)

        await asyncio.gather(*(call(number) for number in range(callers)))
        answers.took_s = time.perf_counter() - began
        return answers

    async def open(self, inference: Inference, per_s: float, seconds: float, seed: int) -> Answers:
        """Arrivals of a Poisson process, whatever becomes of those before."""
        gaps = np.random.default_rng(seed).exponential(1.0 / per_s, int(per_s * seconds))
        answers, began = Answers(accepted=[], shed=[], took_s=0.0), time.perf_counter()
        tasks = []
        for number, planned in enumerate(np.cumsum(gaps)):
            due = began + float(planned)
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self.one(inference, number, due, answers)))
        answers.took_s = time.perf_counter() - began
        await asyncio.gather(*tasks)
        return answers


def engine_per_s(analyser: Analyser, decoder: Decoder, photos: Sequence[bytes], workers: int) -> float:
    """Photos per second of plain calls in plain threads."""

    def work(data: bytes) -> None:
        found = analyser.samples(FilePhoto.read(data, decoder), gate=PROBE_GATE)
        analyser.templates([face for face in found if isinstance(face, Sample)])

    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, photos))
    return len(photos) / (time.perf_counter() - began)


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one round measured."""

    engine_per_s: float
    threads: Answers
    batching: Answers
    batching_load: InferenceLoad
    open: Answers
    open_load: InferenceLoad


@dataclass(frozen=True, kw_only=True)
class Bench:
    analyser: Analyser
    decoder: Decoder
    photos: Sequence[bytes]
    workers: int
    limits: ServingLimits
    callers: int
    seconds: float
    overload: float

    async def round(self, seed: int) -> Round:
        load = Load(photos=self.photos)
        engine = engine_per_s(self.analyser, self.decoder, self.photos, self.workers)
        threads = ThreadInference(self.analyser, self.decoder, workers=self.workers)
        on_threads = await load.closed(threads, self.callers, self.seconds)
        async with self.batching() as batching:
            at_saturation = await load.closed(batching, self.callers, self.seconds)
            batching_load = batching.load
        async with self.batching() as batching:
            await load.closed(batching, self.workers, 0.5)  # a server that has run before knows its pace
            opened = await load.open(batching, self.overload * at_saturation.per_s, self.seconds, seed)
            open_load = batching.load
        return Round(
            engine_per_s=engine,
            threads=on_threads,
            batching=at_saturation,
            batching_load=batching_load,
            open=opened,
            open_load=open_load,
        )

    def batching(self) -> BatchingInference:
        return BatchingInference(self.analyser, self.decoder, workers=self.workers, limits=self.limits)


def reported(rounds: Sequence[Round], report: Report) -> Report:
    def median(value: Callable[[Round], float]) -> float:
        return float(np.median([value(one) for one in rounds]))

    report.engine_per_s = median(lambda one: one.engine_per_s)
    report.threads_ratio = median(lambda one: one.threads.per_s / one.engine_per_s)
    report.batching_ratio = median(lambda one: one.batching.per_s / one.engine_per_s)
    report.mean_batch_faces = median(lambda one: one.batching_load.mean_batch_faces or 0.0)
    report.saturation_p50_ms = median(lambda one: one.batching.ms(50))
    report.saturation_p99_ms = median(lambda one: one.batching.ms(99))
    report.saturation_shed_share = median(lambda one: one.batching.shed_share)
    report.overload_accepted_ratio = median(lambda one: one.open.per_s / one.batching.per_s)
    report.overload_p50_ratio = median(lambda one: one.open.ms(50) / one.batching.ms(50))
    report.overload_p99_ratio = median(lambda one: one.open.ms(99) / one.batching.ms(50))
    report.overload_shed_share = median(lambda one: one.open.shed_share)
    report.overload_shed_p99_ms = median(lambda one: float(np.percentile(one.open.shed, 99)) * 1e3)
    report.overload_mean_batch_faces = median(lambda one: one.open_load.mean_batch_faces or 0.0)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder with photos, at any depth")
    parser.add_argument("--most", type=int, default=200, help="photos at most")
    parser.add_argument("--pack", help="model pack")
    parser.add_argument(
        "--callers", type=int, help="concurrent callers at saturation; default 4 for each worker"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--overload", type=float, default=3.0)
    serving = load_settings().serving
    parser.add_argument("--max-wait-ms", type=float, default=serving.max_wait_ms)
    parser.add_argument("--max-queue", type=int, default=serving.max_queue, help="for each worker")
    parser.add_argument("--batch-faces", type=int, default=serving.batch_faces)
    parser.add_argument("--batch-wait-ms", type=float, default=serving.batch_wait_ms)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    models = Models(load_settings())
    files = [file for file in sorted(options.photos.rglob("*")) if file.suffix.lower() in (".jpg", ".png")]
    workers = models.settings.workers
    bench = Bench(
        analyser=models.analyser(models.pack(options.pack)),
        decoder=models.decoder(),
        photos=[file.read_bytes() for file in files[:: max(len(files) // options.most, 1)][: options.most]],
        workers=workers,
        limits=ServingLimits(
            max_queue=options.max_queue,
            max_wait_s=options.max_wait_ms / 1e3,
            batch_faces=options.batch_faces,
            batch_wait_s=options.batch_wait_ms / 1e3,
        ),
        callers=options.callers or 4 * workers,
        seconds=options.seconds,
        overload=options.overload,
    )
    rounds = [asyncio.run(bench.round(seed)) for seed in range(options.rounds)]
    load = rounds[0].batching_load
    report = Report(
        photos=len(bench.photos),
        faces_per_photo=load.batched_faces / max(load.pictures, 1),
        workers=workers,
        callers=bench.callers,
        overload=options.overload,
    )
    for name, value in asdict(reported(rounds, report)).items():
        print(f"{name:<32}{value:>12,.3f}", file=sys.stderr)
    print(json.dumps(asdict(report), indent=1))


if __name__ == "__main__":
    main()

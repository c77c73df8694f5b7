"""How fast is it here? The whole path, against its model runs and against face_recognition."""

import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from visavis.adapters.onnx.factory import detector_on, embedder_on
from visavis.adapters.onnx.session import Runtime, Tensor, open_session
from visavis.adapters.onnx.store import Part
from visavis.bootstrap.models import Models
from visavis.domain.pack import Pack
from visavis.domain.sample import Sample
from visavis.engine.analyse import Analyser
from visavis.engine.photo import FilePhoto
from visavis.engine.ports.decoder import Decoder

Peer = Callable[[bytes], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTiming:
    """Shortest durations, ms, of one photo; see `visavis.wire.bench`."""

    width: int
    height: int
    faces: int
    photo_ms: float
    decode_ms: float
    models_ms: float
    peer_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """`models_per_second`: photos whose recorded model runs alone are repeated, by as many threads at once."""

    photos: tuple[PhotoTiming, ...]
    photos_per_second: float
    models_per_second: float
    workers: int
    machine: str


@dataclass(slots=True)
class RecordingRuntime:
    """Remembers what a model was given, so that the run alone can be repeated."""

    runtime: Runtime
    seen: list[dict[str, Tensor]] = field(default_factory=list)
    recording: bool = False

    def run(self, names: None, feeds: dict[str, Tensor], /) -> list[Tensor]:
        if self.recording:
            self.seen.append({name: tensor.copy() for name, tensor in feeds.items()})
        return self.runtime.run(names, feeds)


def time_photos(models: Models, pack: Pack, photos: Sequence[bytes], *, repeats: int = 12) -> Timing:
    """Times every photo, the contestants taking turns; the minimum counts, since noise only adds."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        bench = Bench.of(models, pack)
        timings = tuple(bench.photo(data, repeats) for data in photos)
        workers = models.settings.workers
        whole, alone = bench.throughput(photos, workers)
        return Timing(
            photos=timings,
            photos_per_second=whole,
            models_per_second=alone,
            workers=workers,
            machine=machine(),
        )
    finally:
        cv2.setNumThreads(before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    analyser: Analyser
    decoder: Decoder
    runtimes: tuple[RecordingRuntime, ...]
    peer: Peer | None
    clock: Callable[[], float] = time.perf_counter

    @classmethod
    def of(cls, models: Models, pack: Pack) -> "Bench":
        models.pull(pack)
        sessions = [open_session(models.store.graph(pack, part)) for part in (Part.DETECTOR, Part.EMBEDDER)]
        runtimes = tuple(RecordingRuntime(session.runtime) for session in sessions)
        find, embed = (replace(s, runtime=r) for s, r in zip(sessions, runtimes, strict=True))
        analyser = Analyser.of(pack, detector_on(pack.detector, find), embedder_on(pack.embedder, embed))
        return cls(analyser=analyser, decoder=models.decoder(), runtimes=runtimes, peer=face_recognition())

    def photo(self, data: bytes, repeats: int) -> PhotoTiming:
        faces, runs = self.recorded(data)
        photo = FilePhoto.read(data, self.decoder)
        tasks: list[Callable[[], object]] = [
            lambda: self.templates(data),
            lambda: FilePhoto.read(data, self.decoder).at(0),
            runs,
        ]
        best = minima(tasks, repeats, self.clock)
        if (peer := self.peer) is not None:  # apart, because it empties the caches for whoever comes after it
            best += minima([lambda: peer(data)], max(repeats // 4, 2), self.clock)
        return PhotoTiming(
            width=photo.original.width,
            height=photo.original.height,
            faces=faces,
            photo_ms=best[0],
            decode_ms=best[1],
            models_ms=best[2],
            peer_ms=best[3] if len(best) > 3 else None,
        )

    def templates(self, data: bytes) -> int:
        found = self.analyser.samples(FilePhoto.read(data, self.decoder))
        return len(self.analyser.templates([face for face in found if isinstance(face, Sample)]))

    def recorded(self, data: bytes) -> tuple[int, Callable[[], object]]:
        """How many templates a photo gives, and what repeats the model runs that it takes, and nothing else."""
        for runtime in self.runtimes:
            runtime.seen.clear()
            runtime.recording = True
        faces = self.templates(data)
        runs = [(runtime.runtime, feeds) for runtime in self.runtimes for feeds in runtime.seen]
        for runtime in self.runtimes:
            runtime.recording = False
        return faces, lambda: [runtime.run(None, feeds) for runtime, feeds in runs]

    def throughput(self, photos: Sequence[bytes], workers: int, rounds: int = 4) -> tuple[float, float]:
        """Photos per second with all workers: of the whole path, and of the model runs alone, which take turns.

        The best of the rounds, over enough copies to keep all workers busy.
        """
        copies = max(1, -(-32 * workers // len(photos)))
        alone = [self.recorded(data)[1] for data in photos]
        whole = [partial(self.templates, data) for data in photos]
        with ThreadPoolExecutor(workers) as pool:
            rates = [(rate(pool, whole * copies), rate(pool, alone * copies)) for _ in range(rounds)]
        return max(one for one, _ in rates), max(other for _, other in rates)


def rate(pool: Executor, tasks: Sequence[Callable[[], object]]) -> float:
    """Tasks per second."""
    start = time.perf_counter()
    for done in [pool.submit(task) for task in tasks]:
        done.result()
    return len(tasks) / (time.perf_counter() - start)


def face_recognition() -> Peer | None:
    """What `face_recognition.face_encodings(image)` does by default, from the same weights; `None` without dlib.

    HOG detection after one upsampling, five landmarks, dlib's ResNet.
    """
    spec = find_spec("face_recognition_models")
    if find_spec("dlib") is None or spec is None or not spec.submodule_search_locations:
        return None
    import dlib

    weights = Path(spec.submodule_search_locations[0]) / "models"
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(weights / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(weights / "dlib_face_recognition_resnet_model_v1.dat"))

    def encodings(data: bytes) -> object:
        image = np.array(Image.open(BytesIO(data)).convert("RGB"))
        boxes = detector(image, 1)
        return [np.array(network.compute_face_descriptor(image, points(image, box), 1)) for box in boxes]

    return encodings


def minima(tasks: Sequence[Callable[[], object]], repeats: int, clock: Callable[[], float]) -> list[float]:
    """The shortest duration of each, ms."""
    best = [float("inf")] * len(tasks)
    for _ in range(repeats):
        for number, task in enumerate(tasks):
            start = clock()
            task()
            best[number] = min(best[number], 1000.0 * (clock() - start))
    return best


def machine() -> str:
    """The processor's name where the system tells it, without the name of the computer."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(names) or '?'} cores"

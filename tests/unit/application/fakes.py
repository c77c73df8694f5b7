"""Inference without models: a picture is text that says which faces it shows."""

import json
from collections.abc import Sequence

import numpy as np

from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.domain.sample import Pose, Quality, Reason, Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate

DIMENSION = 64
MODEL = ModelIdentity(family="test", digest="d" * 64, contract="words", dimension=DIMENSION)
_POINTS = np.array([[2, 5], [8, 5], [5, 10], [3, 15], [7, 15]], np.float32)


def picture(*people: str, noise: float = 0.3, seed: int = 0, quality: float = 80.0, bad: str = "") -> bytes:
    """A picture of these people; equal names look alike up to `noise`, `bad` names a reason of rejection."""
    return json.dumps([people, noise, seed, quality, bad]).encode()


def features(name: str, noise: float, seed: int) -> np.ndarray:
    if "+" in name:  # a face between two, a little nearer to the first
        one, _, other = name.partition("+")
        return (1.1 * features(one, 0.0, 0) + features(other, 0.0, 0)).astype(np.float32)
    base = np.random.default_rng(abs(hash_of(name))).standard_normal(DIMENSION)
    other = np.random.default_rng([abs(hash_of(name)), seed]).standard_normal(DIMENSION)
    return (base + noise * other).astype(np.float32)


def hash_of(name: str) -> int:
    return int.from_bytes(name.encode()[:8].ljust(8, b"\0"), "big")


class WordInference:
    """Implements `Inference` on such pictures."""

    model = MODEL

    async def samples(self, given: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        assert isinstance(given, bytes)
        people, noise, seed, quality, bad = json.loads(given)
        found: list[Sample | Rejection] = []
        for number, name in enumerate(people):
            box = Box(left=number * 100.0, top=0, right=number * 100.0 + 50, bottom=50)
            face = Face(box=box, landmarks=_POINTS, score=0.9)
            measured = Quality(components=(), pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0))
            if bad:
                found.append(Rejection(face=face, reasons=(Reason(bad),), quality=measured))
                continue
            chip = np.frombuffer(json.dumps([name, noise, seed, quality]).encode().ljust(300), np.uint8)
            found.append(Sample(face=face, chip=chip.reshape(10, 10, 3), quality=measured))
        return found

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        made = []
        for sample in samples:
            name, noise, seed, quality = json.loads(sample.chip.tobytes())
            made.append(Template.of(features(name, noise, seed), MODEL, quality=quality))
        return made


def calibration(measure: Measure = Measure.COSINE) -> Calibration:
    """Rates of cosines between random directions of this dimension, roughly."""
    points = ((0.0, 0.5), (0.2, 6e-2), (0.3, 1e-2), (0.45, 2e-4), (0.5, 4e-5), (0.6, 1e-6))
    return Calibration(
        model=MODEL,
        measure=measure,
        data="random directions",
        subjects=100,
        mated=100,
        non_mated=1000,
        points=tuple(CalibrationPoint(score=s, fmr=f, fnmr=0.0) for s, f in points),
    )

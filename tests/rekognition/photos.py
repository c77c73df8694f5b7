"""Pictures that say in a PNG comment whom they show, and inference that reads it: fast, and no face anywhere."""

import json
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.unit.application.fakes import hash_of
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.domain.sample import Component, Pose, Quality, Reason, Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate

WIDTH, HEIGHT = 400, 100


def photo(*people: str, seed: int = 0, noise: float = 0.3, bad: Sequence[str] = ()) -> bytes:
    """A picture of these people, the first one the largest; `bad` are those whose faces are blurred."""
    info = PngInfo()
    info.add_text("people", json.dumps([people, noise, seed, list(bad)]))
    out = BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


class PhotoInference:
    """Implements `Inference`. Equal names look alike up to `noise`; a blurred face passes only without a filter."""

    def __init__(self, model: ModelIdentity) -> None:
        self.model = model

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        assert isinstance(picture, bytes)
        with Image.open(BytesIO(picture)) as image:
            people, noise, seed, bad = json.loads(image.info.get("people", "[[], 0, 0, []]"))
        return [
            self._face(number, name, noise, seed, name in bad, gate) for number, name in enumerate(people)
        ]

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        made = []
        for sample in samples:
            name, noise, seed = json.loads(sample.chip.tobytes())
            base = np.random.default_rng(hash_of(name)).standard_normal(self.model.dimension)
            other = np.random.default_rng([hash_of(name), seed]).standard_normal(self.model.dimension)
            features = (base + noise * other).astype(np.float32)
            made.append(Template.of(features, self.model, quality=80.0))
        return made

    def _face(
        self, number: int, name: str, noise: float, seed: int, bad: bool, gate: QualityGate
    ) -> Sample | Rejection:
        left, side = number * 80.0, 60.0 - number / 4
        box = Box(left=left, top=10, right=left + side, bottom=10 + side)
        points = np.array([[20, 30], [40, 30], [30, 40], [22, 50], [38, 50]], np.float32)
        face = Face(box=box, landmarks=points + np.array([left, 0], np.float32), score=0.9)
        quality = Quality(
            components=(
                (Component.SHARPNESS, 1.0 if bad else 60.0),
                (Component.UNDER_EXPOSURE_PREVENTION, 100.0),
                (Component.OVER_EXPOSURE_PREVENTION, 100.0),
            ),
            pose=Pose(yaw_deg=5, pitch_deg=-3, roll_deg=1),
        )
        if bad and gate.min_sharpness > 1:
            return Rejection(face=face, reasons=(Reason.TOO_BLURRED,), quality=quality)
        chip = np.frombuffer(json.dumps([name, noise, seed]).encode().ljust(300), np.uint8)
        return Sample(face=face, chip=chip.reshape(10, 10, 3), quality=quality)

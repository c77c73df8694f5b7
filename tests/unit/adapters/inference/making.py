"""Models that can be held up, and samples that are told apart by the length of their features."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from tests.unit.engine.fakes import ColourEmbedder, SquareDetector, blank, drawn_face
from visavis.adapters.images.decoder import BoundedDecoder
from visavis.adapters.inference.batching import BatchingInference
from visavis.adapters.inference.items import FacesItem, PictureItem, ServingLimits
from visavis.domain.arrays import Chips, Features, ImageBGR
from visavis.domain.errors import FailureToExtract
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.pack import DetectionPlan
from visavis.domain.sample import Pose, Quality, Rejection, Sample
from visavis.domain.template import Template
from visavis.engine.analyse import Analyser
from visavis.engine.assess import QualityGate

OPEN_GATE = QualityGate(
    min_face_px=1,
    min_sharpness=0,
    min_under_exposure_prevention=0,
    min_over_exposure_prevention=0,
    min_crop=0,
)
POISON = 7
_FACE = Face(
    box=Box(left=0, top=0, right=50, bottom=50),
    landmarks=np.array([[2, 5], [8, 5], [5, 10], [3, 15], [7, 15]], np.float32),
    score=0.9,
)
_QUALITY = Quality(components=(), pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0))


def open_door() -> Event:
    event = Event()
    event.set()
    return event


@dataclass(kw_only=True)
class HeldDetector:
    """Looks only while its door is open."""

    door: Event = field(default_factory=open_door)
    began: Event = field(default_factory=Event)
    looks: int = 0

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        self.looks += 1
        self.began.set()
        assert self.door.wait(30)
        return SquareDetector().detect(images, min_score=min_score)


@dataclass(kw_only=True)
class HeldEmbedder(ColourEmbedder):
    """Embeds only while its door is open, writes down how many at once, and fails on poison."""

    door: Event = field(default_factory=open_door)
    runs: list[int] = field(default_factory=list)

    def embed(self, chips: Chips) -> Features:
        assert self.door.wait(30)
        self.runs.append(len(chips))
        if (chips == POISON).all(axis=(1, 2, 3)).any():
            raise FailureToExtract
        return super().embed(chips)


@dataclass(kw_only=True)
class Models:
    detector: HeldDetector = field(default_factory=HeldDetector)
    embedder: HeldEmbedder = field(default_factory=HeldEmbedder)

    def serving(self, *, workers: int = 1, **limits: float) -> BatchingInference:
        given = {"max_wait_s": 1e9} | limits
        return BatchingInference(
            self.analyser,
            BoundedDecoder(),
            workers=workers,
            limits=ServingLimits(**given),  # type: ignore[arg-type]
        )

    @property
    def analyser(self) -> Analyser:
        return Analyser(
            detector=self.detector,
            embedder=self.embedder,
            plan=DetectionPlan(min_face_px=48, refine=False, retry_rotated=False),
        )


def frame(colour: int = 40) -> Frame:
    pixels = blank(300, 300)
    drawn_face(pixels, 100, 100, 100, (colour, colour, colour))
    return Frame(pixels=pixels, original=Size(width=300, height=300))


def sample(value: int) -> Sample:
    """Its features have the length |value − 120| · √12."""
    return Sample(face=_FACE, chip=np.full((112, 112, 3), value, np.uint8), quality=_QUALITY)


def values(templates: Sequence[Template]) -> list[int]:
    """Which samples, brighter than 120, these are of."""
    return [round(template.norm / 12**0.5 + 120) for template in templates]


def waiting_picture(since_s: float = 0.0) -> PictureItem:
    future: Future[list[Sample | Rejection]] = Future()
    return PictureItem(picture=b"", gate=OPEN_GATE, future=future, since_s=since_s)


def waiting_faces(count: int = 1, *, flip: bool = False, since_s: float = 0.0) -> FacesItem:
    future: Future[list[Template]] = Future()
    return FacesItem(samples=(sample(200),) * count, flip=flip, future=future, since_s=since_s)

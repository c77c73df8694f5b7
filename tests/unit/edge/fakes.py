"""A camera whose pictures are written down, a server and a disk that do as they are told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from visavis.application.ports.readers import Captured, ReaderState
from visavis.domain.errors import VisavisError
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.sample import Component, Pose, Quality, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.wire.edge import CameraConfig
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.v1.tracks import DeviceDecision, TrackRecorded, TrackReport

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODEL = ModelIdentity(family="test", digest="c" * 64, contract="fake", dimension=32)
_LANDMARKS = np.array(((38.3, 51.7), (73.5, 51.5), (56.0, 71.7), (41.5, 92.4), (70.7, 92.2)), np.float32)


def camera(**more: object) -> CameraConfig:
    return CameraConfig.model_validate({"id": "door-1", "reader": "file", "address": "x.mp4", **more})


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A face in a scripted frame. `good` is its quality; `None`: too bad for a template."""

    who: int
    x: float
    y: float = 100.0
    good: float | None = 60.0
    side: float = 112.0


def captured(at_s: float, *, restarted: bool = False, frame: Frame | None = None) -> Captured:
    pixels = np.zeros((8, 8, 3), np.uint8)
    taken = frame or Frame(
        pixels=pixels, original=Size(width=1000, height=600), captured_at=NOON + timedelta(seconds=at_s)
    )
    return Captured(frame=taken, at_s=at_s, restarted=restarted)


@dataclass
class Script:
    """Implements `Looking`: who is there is looked up by the time of the frame."""

    scenes: dict[float, list[Somebody]]
    embeds: bool = True
    sampled: int = 0
    embedded: int = 0
    areas: list[Sequence[Box] | None] = field(default_factory=list)

    def faces(self, frame: Frame, areas: Sequence[Box] | None = None) -> list[Face]:
        self.areas.append(areas)
        return [_face(one) for one in self._scene(frame)]

    def sample(self, frame: Frame, face: Face) -> Sample | None:
        self.sampled += 1
        one = next(one for one in self._scene(frame) if one.x == face.box.left and one.y == face.box.top)
        if one.good is None:
            return None
        chip = np.full((112, 112, 3), one.who, np.uint8)
        chip[0, 0, 0] = int(one.good)
        components = (
            (Component.SHARPNESS, one.good),
            (Component.UNDER_EXPOSURE_PREVENTION, 100.0),
            (Component.OVER_EXPOSURE_PREVENTION, 100.0),
        )
        quality = Quality(components=components, pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0))
        return Sample(face=face, chip=chip, quality=quality)

    def templates(self, samples: Sequence[Sample]) -> list[Template]:
        self.embedded += len(samples)
        return [template(int(one.chip[1, 1, 0]), float(one.chip[0, 0, 0])) for one in samples]

    def _scene(self, frame: Frame) -> list[Somebody]:
        assert frame.captured_at is not None
        return self.scenes.get(round((frame.captured_at - NOON).total_seconds(), 3), [])


def template(who: int, quality: float = 60.0) -> Template:
    features = np.random.default_rng(who).normal(size=MODEL.dimension).astype(np.float32)
    return Template.of(features, MODEL, quality=quality)


def _face(one: Somebody) -> Face:
    box = Box(left=one.x, top=one.y, right=one.x + one.side, bottom=one.y + one.side)
    points = _LANDMARKS * np.float32(one.side / 112) + np.array([one.x, one.y], np.float32)
    return Face(box=box, landmarks=points, score=0.9)


@dataclass
class Outbox:
    """Implements `Outbox`."""

    currents: list[TrackReport] = field(default_factory=list)
    finals: list[TrackReport] = field(default_factory=list)
    galleries: set[str] = field(default_factory=set)

    def current(self, gallery: str, report: TrackReport) -> None:
        self.galleries.add(gallery)
        self.currents.append(report)

    def final(self, gallery: str, report: TrackReport) -> None:
        self.galleries.add(gallery)
        self.finals.append(report)


@dataclass
class Ears:
    """Implements `Told` and `Hook`."""

    heard: list[EdgeDecisionDocument] = field(default_factory=list)

    def tell(self, decision: EdgeDecisionDocument) -> None:
        self.heard.append(decision)


@dataclass
class Oracle:
    """Implements `Decider`: its answers in order, the last one again and again."""

    answers: list[DeviceDecision | None]
    asked: int = 0

    def decide(self, gallery: str, probe: Template) -> DeviceDecision | None:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return answer


@dataclass
class Server:
    """Implements `Platform`: fails as often as it is told to, and keeps what it took."""

    failures: list[VisavisError] = field(default_factory=list)
    refused: dict[UUID, VisavisError] = field(default_factory=dict)
    took: list[TrackReport] = field(default_factory=list)
    answer: TrackRecorded | None = None

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded:
        if self.failures:
            raise self.failures.pop(0)
        if report.track in self.refused:
            raise self.refused[report.track]
        self.took.append(report)
        given = self.answer or TrackRecorded(track="", event_id=None, revised=True, outcome=None)
        return given.model_copy(update={"track": str(report.track)})


@dataclass
class FakeReader:
    """Implements `Reader`: these frames, then perhaps an error, then the end."""

    given: Sequence[Captured]
    error: Exception | None = None
    state: ReaderState = field(default_factory=ReaderState)
    closed: bool = False

    def frames(self) -> Iterator[Captured]:
        for one in self.given:
            if self.closed:
                return
            yield one
        if self.error:
            raise self.error

    def close(self) -> None:
        self.closed = True

"""The agent with cameras that are written down: what it reports, how it is changed, and what stops it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from tests.unit.edge.fakes import (
    NOON,
    Ears,
    FakeReader,
    Oracle,
    Server,
    captured,
)
from tests.unit.engine.fakes import ColourEmbedder, blank, drawn_face
from visavis.application.ports.readers import Captured, Reader, ReaderState, Source
from visavis.domain.arrays import ImageBGR
from visavis.domain.decision import Outcome
from visavis.domain.errors import CameraUnreachable, ModelDown
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.pack import DetectionPlan
from visavis.edge.agent import Agent
from visavis.edge.looking import Eyes
from visavis.engine.analyse import Analyser
from visavis.wire.edge import CameraConfig, Split, TrackingConfig, Workload
from visavis.wire.v1.tracks import DeviceDecision, TrackRecorded


class Squares:
    """Implements `Detector`: finds the bright squares that are drawn, wherever they are."""

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        return [self._one(image) for image in images]

    def _one(self, image: ImageBGR) -> tuple[Face, ...]:
        different = np.abs(image.astype(int) - 120).max(axis=2) > 12
        rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
        if len(rows) < 20 or len(columns) < 20:
            return ()
        left, top, side = float(columns[0]), float(rows[0]), float(columns[-1] - columns[0] + 1)
        points = np.array(((38.3, 51.7), (73.5, 51.5), (56.0, 71.7), (41.5, 92.4), (70.7, 92.2)))
        box = Box(left=left, top=top, right=left + side, bottom=top + side)
        return (Face(box=box, landmarks=(points / 112 * side + (left, top)).astype(np.float32), score=0.9),)


def picture(at_s: float, x: int | None, *, colour: tuple[int, int, int] = (40, 90, 200)) -> Captured:
    pixels = blank(640, 360)
    if x is not None:
        drawn_face(pixels, x, 100, 80, colour)
    frame = Frame(
        pixels=pixels, original=Size(width=640, height=360), captured_at=captured(at_s).frame.captured_at
    )
    return captured(at_s, frame=frame)


def passing(begin_s: float = 0.0, seconds: float = 2.0) -> list[Captured]:
    """Somebody walks by, and then nobody is there."""
    there = [picture(begin_s + n / 10, 40 + 4 * n) for n in range(round(seconds * 10))]
    return [*there, *(picture(begin_s + seconds + n / 10, None) for n in range(20))]


@dataclass
class Parts:
    """Implements `Parts`: a reader for each address, models that may fail to load."""

    given: dict[str, Callable[[], Reader]]
    opened: list[str] = field(default_factory=list)
    fails: bool = False
    loaded: int = 0

    def readers(self) -> "Parts":
        return self

    def open(self, source: Source) -> Reader:
        self.opened.append(source.name)
        return self.given[source.address]()

    def analyser(self, workload: Workload) -> Analyser:
        if self.fails:
            raise ModelDown("There is no such pack.")
        self.loaded += 1
        plan = DetectionPlan(retry_rotated=False, refine=False)
        return Analyser(detector=Squares(), embedder=ColourEmbedder(), plan=plan)


class Endless:
    """Implements `Reader`: a camera in front of which nobody is, until it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self.state = ReaderState(connected=True)

    def frames(self) -> Iterator[Captured]:
        number = 0
        while not self.closed.wait(0.01):
            number += 1
            yield picture(number / 10, None)

    def close(self) -> None:
        self.closed.set()


def one(name: str, address: str, **more: object) -> CameraConfig:
    motion = {"enabled": False}
    return CameraConfig.model_validate(
        {"id": name, "reader": "file", "address": address, "motion": motion, **more}
    )


def agent(folder: Path, parts: Parts, server: Server, *cameras: CameraConfig, **more: object) -> Agent:
    workload = Workload(cameras=cameras, tracking=TrackingConfig(gone_s=1.0), split=Split.TEMPLATES)
    return Agent(parts=parts, folder=folder, platform=server, workload=workload, **more)  # type: ignore[arg-type]


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def test_who_passes_is_reported_once_with_the_right_times(tmp_path: Path) -> None:
    server = Server()
    parts = Parts({"a": lambda: FakeReader([*passing(), *passing(4.0)])})
    working = agent(tmp_path, parts, server, one("door-1", "a"))
    working.start()
    wait(lambda: working.done)
    health = working.snapshot()
    assert working.stop()
    finals = [report for report in server.took if report.ended]
    assert [(r.first_at - NOON).total_seconds() for r in finals] == [0.0, 4.0]
    assert [(r.last_at - NOON).total_seconds() for r in finals] == [1.9, 5.9]
    assert [r.frames for r in finals] == [20, 20]
    assert len({r.track for r in server.took}) == 2
    (door,) = health.cameras
    assert (door.frames, door.faces, door.tracks, door.ended) == (80, 40, 2, True)
    assert health.model == ColourEmbedder.model.key
    assert health.spool.waiting == 0


def test_a_camera_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    def broken() -> Reader:
        return FakeReader([], error=CameraUnreachable("There is no such device."))

    def fault() -> Reader:
        return FakeReader(passing()[:5], error=ZeroDivisionError())

    server = Server()
    parts = Parts({"good": lambda: FakeReader(passing()), "broken": broken, "fault": fault})
    working = agent(tmp_path, parts, server, one("x", "broken"), one("y", "fault"), one("z", "good"))
    working.start()
    wait(lambda: any(r.ended and r.camera == "z" for r in server.took))
    wait(lambda: all(c.failures for c in working.snapshot().cameras if c.id != "z"))
    problems = {c.id: c.problem for c in working.snapshot().cameras}
    assert problems["x"] == "There is no such device."
    assert problems["y"] == "ZeroDivisionError"
    working.stop()
    assert any(r.ended and r.camera == "y" for r in server.took)  # what it saw before is not lost


def test_what_is_followed_is_reported_when_the_agent_is_told_to_stop(tmp_path: Path) -> None:
    server = Server()
    given = passing()[:15]

    class Waiting(FakeReader):
        def frames(self) -> Iterator[Captured]:
            yield from given
            wait(lambda: self.closed)

    working = agent(tmp_path, Parts({"a": lambda: Waiting(given)}), server, one("door-1", "a"))
    working.start()
    wait(lambda: working.snapshot().cameras[0].frames == 15)
    assert not [r for r in server.took if r.ended]
    assert working.stop()
    (final,) = [r for r in server.took if r.ended]
    assert final.frames == 15


def test_while_it_runs_cameras_come_and_go_and_the_others_are_not_disturbed(tmp_path: Path) -> None:
    server, parts = Server(), Parts({"a": Endless, "b": Endless, "c": Endless})
    working = agent(tmp_path, parts, server, one("a", "a"), one("b", "b"))
    working.start()
    wait(lambda: all(c.frames for c in working.snapshot().cameras))
    changed = working.workload.model_copy(
        update={"cameras": (one("a", "a"), one("b", "b", rate=9), one("c", "c"))}
    )
    working.apply(changed)
    assert parts.opened.count("a") <= 1
    wait(lambda: parts.opened.count("b") == 2 and parts.opened.count("c") == 1)
    assert parts.opened.count("a") == 1
    assert parts.loaded == 1
    assert {c.id for c in working.snapshot().cameras} == {"a", "b", "c"}
    working.apply(changed.model_copy(update={"cameras": ()}))
    assert working.snapshot().cameras == ()
    working.stop()


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    parts = Parts({"a": Endless})
    working = agent(tmp_path, parts, Server(), one("a", "a"))
    working.start()
    before = working.workload
    parts.fails = True
    with pytest.raises(ModelDown):
        working.apply(before.model_copy(update={"pack": "other", "cameras": ()}))
    assert working.workload == before
    assert [c.id for c in working.snapshot().cameras] == ["a"]
    working.stop()


@pytest.mark.parametrize(("seconds", "told"), [(5.0, 1), (3600.0, 0)])
def test_hooks_are_told_what_the_server_decides_unless_it_was_long_ago(
    tmp_path: Path, seconds: float, told: int
) -> None:
    ada = uuid4()
    answer = TrackRecorded(
        track="",
        event_id=None,
        revised=True,
        outcome=Outcome.MATCH,
        subject_id=str(ada),
        subject="Ada",
        score=0.6,
    )
    ears, server = Ears(), Server(answer=answer)
    parts = Parts({"a": lambda: FakeReader(passing())})
    now = NOON.timestamp() + seconds
    working = agent(tmp_path, parts, server, one("a", "a"), hooks_told=[ears], now=lambda: now)
    working.start()
    wait(lambda: working.done)
    working.stop()
    assert [(d.subject, d.subject_id, d.by) for d in ears.heard] == [("Ada", ada, "server")] * told


def test_the_device_decides_where_the_split_says_so(tmp_path: Path) -> None:
    ears, server = Ears(), Server()
    decided = DeviceDecision(outcome=Outcome.MATCH, subject_id=uuid4(), score=0.6)
    parts = Parts({"a": lambda: FakeReader(passing())})
    working = agent(tmp_path, parts, server, one("a", "a"), hooks_told=[ears], decider=Oracle([decided]))
    working.workload = working.workload.model_copy(update={"split": Split.MATCH})
    working.start()
    wait(lambda: working.done)
    working.stop()
    assert [d.by for d in ears.heard] == ["device"]
    assert server.took[-1].decided == decided


def test_only_the_region_counts_and_only_faces_that_are_large_enough() -> None:
    left_half = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)
    analyser = Parts({}).analyser(Workload())
    frame = picture(0.0, 100).frame
    far = picture(0.0, 450).frame

    def found(where: Frame, **more: object) -> list[Face]:
        return Eyes.of(analyser, one("a", "a", **more), embeds=True).faces(where)

    assert [face.box.left for face in found(frame, region=left_half)] == pytest.approx([100.0], abs=2)
    assert found(far, region=left_half) == []
    assert len(found(far)) == 1
    assert found(frame, min_face_px=100) == []
    area = [Box(left=80, top=80, right=220, bottom=220)]
    eyes = Eyes.of(analyser, one("a", "a"), embeds=True)
    (face,) = eyes.faces(frame, area)
    assert face.box.left == pytest.approx(100.0, abs=2)
    assert eyes.faces(far, area) == []

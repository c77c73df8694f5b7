"""Small pictures for people who watch."""

import base64

import cv2
import numpy as np

from tests.unit.edge.fakes import NOON, camera
from visavis.application.ports.readers import Captured
from visavis.domain.camera_picture import jpeg_size
from visavis.domain.errors import NotPermitted, VisavisError
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.edge.picturing import Pictures, Picturing
from visavis.wire.v1.camera_pictures import SnapshotReport


class Show:
    def __init__(self) -> None:
        self.reports: list[SnapshotReport] = []

    def __call__(self, name: str, report: SnapshotReport) -> None:
        assert name == "door-1"
        self.reports.append(report)


def noise(at_s: float, width: int = 1280, height: int = 720, *, restarted: bool = False) -> Captured:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    frame = Frame(pixels=pixels, original=Size(width=width, height=height), captured_at=NOON)
    return Captured(frame=frame, at_s=at_s, restarted=restarted)


def shown(report: SnapshotReport) -> "np.typing.NDArray[np.uint8]":
    read = cv2.imdecode(np.frombuffer(base64.b64decode(report.content), np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    return np.asarray(read, np.uint8)


def test_the_newest_now_and_then_and_small() -> None:
    show = Show()
    picturing = Picturing(camera=camera(snapshots="full", snapshot_every_s=5), show=show, conceal=None)
    for at_s in (0.0, 1.0, 4.9, 5.0, 6.0):
        picturing.see(noise(at_s), [])
    picturing.see(noise(6.5, restarted=True), [])
    assert len(show.reports) == 3
    for report in show.reports:
        assert jpeg_size(base64.b64decode(report.content)) == (640, 360)
        assert not report.blurred
    picturing.see(noise(100, 400, 1600), [])
    assert jpeg_size(base64.b64decode(show.reports[-1].content)) == (160, 640)


def test_faces_are_made_unrecognisable_those_that_are_followed_too() -> None:
    show = Show()
    found, followed = (
        Box(left=100, top=100, right=300, bottom=340),
        Box(left=900, top=100, right=1100, bottom=340),
    )
    picturing = Picturing(camera=camera(snapshots="blurred"), show=show, conceal=lambda _: [found])
    picturing.see(noise(0), [followed])
    (report,) = show.reports
    assert report.blurred
    picture = shown(report).astype(float)
    clear = picture[250:350, 250:350]
    for box in (found, followed):
        part = picture[int(box.top / 2) : int(box.bottom / 2), int(box.left / 2) : int(box.right / 2)]
        assert part.std() < 0.35 * clear.std()


class Server:
    def __init__(self, *problems: VisavisError) -> None:
        self.problems = list(problems)
        self.took: list[tuple[str, SnapshotReport]] = []

    def picture(self, name: str, report: SnapshotReport) -> None:
        if self.problems:
            raise self.problems.pop(0)
        self.took.append((name, report))


def test_only_the_newest_is_sent_and_what_is_refused_is_forgotten() -> None:
    server = Server(NotPermitted())
    pictures = Pictures(server)
    reports = [SnapshotReport(content="abcd" * number, at=NOON) for number in (1, 2, 3)]
    pictures.show("a", reports[0])
    pictures.round()
    pictures.show("a", reports[1])
    pictures.show("a", reports[2])
    pictures.show("b", reports[0])
    pictures.round()
    pictures.round()
    assert server.took == [("a", reports[2]), ("b", reports[0])]

"""The agent with MTCNN for its detector: a whole film of two people, from the frames to the reports."""

from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
import pytest

from visavis.bootstrap.edge import EdgeParts
from visavis.bootstrap.models import Models
from visavis.edge.agent import Agent
from visavis.settings import load_settings
from visavis.wire.edge import Workload
from visavis.wire.v1.camera_pictures import SnapshotReport
from visavis.wire.v1.templates import decoded_template
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

pytestmark = pytest.mark.models
FRAMES = 16  #: of each, at five a second


class Server:
    """Takes everything."""

    def __init__(self) -> None:
        self.last: dict[UUID, TrackReport] = {}
        self.pictures: list[SnapshotReport] = []

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded:
        assert gallery == "staff"
        self.last[report.track] = report
        return TrackRecorded(
            track=str(report.track),
            event_id=None,
            revised=False,
            outcome=None,
            subject_id=None,
            subject=None,
            remembered=False,
            score=None,
            fmr=None,
            fpir=None,
            reasons=(),
        )

    def picture(self, camera: str, report: SnapshotReport) -> None:
        self.pictures.append(report)


def walking(portraits: list[Path], folder: Path) -> None:
    """One after the other walks through the picture, with a pause between them."""
    for person, path in enumerate(portraits):
        read = cv2.imread(str(path))
        assert read is not None
        head = cv2.resize(read, (200, round(read.shape[0] * 200 / read.shape[1])))[:300]
        for number in range(FRAMES + 10):
            frame = np.full((360, 640, 3), (120, 130, 140), np.uint8)
            if number < FRAMES:
                left = 10 + 15 * number
                frame[20 : 20 + head.shape[0], left : left + 200] = head
            cv2.imwrite(str(folder / f"{person}-{number:03}.png"), frame)


def test_two_people_are_two_tracks(models: Models, portraits: Path, tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    walking([portraits / "obama.jpg", portraits / "biden.jpg"], frames)
    workload = Workload.model_validate(
        {
            "gallery": "staff",
            "detector": "mtcnn",
            "cameras": [
                {
                    "id": "door-1",
                    "reader": "folder",
                    "address": str(frames),
                    "rate": 5.0,
                    "as_fast_as_possible": True,
                    "snapshots": "blurred",
                    "snapshot_every_s": 1.0,
                }
            ],
        }
    )
    server = Server()
    agent = Agent(
        parts=EdgeParts(settings=load_settings()),
        folder=tmp_path,
        platform=server,
        picture_server=server,
        workload=workload,
    )
    agent.start()
    agent._watching["door-1"].join(240.0)
    assert agent.stop(flush_s=60.0)
    tracks = [one for one in server.last.values() if one.ended]
    assert len(tracks) == 2
    vectors = [
        [decoded_template((shot.template or "").encode()).vector for shot in one.shots] for one in tracks
    ]
    first, second = (np.mean(one, axis=0) for one in vectors)
    assert all(one.frames >= FRAMES * 0.8 for one in tracks)
    assert min(float(a @ first) for a in vectors[0]) > 0.5 > 0.3 > float(first @ second)
    assert server.pictures
    assert all(one.blurred for one in server.pictures)

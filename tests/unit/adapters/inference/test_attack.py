"""The bridge to an attack detector: faces with the whole picture, off the event loop."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from visavis.adapters.inference.attack import ThreadAttacks
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.liveness import AttackFinding, AttackThreshold
from visavis.domain.sample import Pose, Quality, Sample
from visavis.engine.ports.attack import Presentation
from visavis.engine.ports.decoder import Header

pytestmark = pytest.mark.anyio


@dataclass
class Detector:
    name: str = "pad"
    threshold: AttackThreshold | None = None
    seen: list[Presentation] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def assess(self, presentations: Sequence[Presentation]) -> list[AttackFinding | None]:
        self.seen += presentations
        self.threads.append(threading.get_ident())
        return [
            None if one.picture is None else AttackFinding(score=0.25, detector=self.name)
            for one in presentations
        ]


class Decoder:
    def header(self, data: bytes) -> Header:
        raise NotImplementedError

    def decode(
        self, data: bytes, *, header: Header | None = None, min_long_side_px: int = 0, source: str = ""
    ) -> Frame:
        assert min_long_side_px == 0, "boxes are measured at the full size"
        return Frame(pixels=np.full((8, 8, 3), data[0], np.uint8), original=Size(width=8, height=8))


def sample() -> Sample:
    face = Face(box=Box(left=0, top=0, right=4, bottom=4), landmarks=np.zeros((5, 2), np.float32), score=0.9)
    quality = Quality(components=(), pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0))
    return Sample(face=face, chip=np.zeros((112, 112, 3), np.uint8), quality=quality)


async def test_faces_are_judged_with_their_picture_in_another_thread() -> None:
    detector = Detector()
    check = ThreadAttacks(detector, Decoder())
    one, other = sample(), sample()
    found = await check.assess([one, other], b"\x07")
    assert found == [AttackFinding(score=0.25, detector="pad")] * 2
    assert [presentation.sample for presentation in detector.seen] == [one, other]
    assert all(p.picture is not None and p.picture.max() == 7 for p in detector.seen)
    assert detector.threads != [threading.get_ident()]


async def test_without_a_picture_it_is_the_detector_who_says_that_it_cannot_tell() -> None:
    check = ThreadAttacks(Detector(), Decoder())
    assert await check.assess([sample()]) == [None]
    assert await check.assess([], b"\x07") == []
    assert (check.name, check.threshold) == ("pad", None)

"""Values check themselves."""

from datetime import UTC, datetime

import numpy as np
import pytest

from visavis.domain.errors import ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.pack import QualityMap, ScoreBalance
from visavis.domain.sample import Component, Pose, Quality, Reason, Rejection
from visavis.domain.subject import checked_name

BOX = Box(left=0, top=0, right=10, bottom=20)
POINTS = np.array([[2, 5], [8, 5], [5, 10], [3, 15], [7, 15]], np.float32)
FACE = Face(box=BOX, landmarks=POINTS, score=0.9)
QUALITY = Quality(components=((Component.SHARPNESS, 50.0),), pose=Pose(yaw_deg=0, pitch_deg=0, roll_deg=0))


def test_overlap_of_boxes() -> None:
    assert BOX.overlap(BOX) == 1.0
    assert BOX.overlap(Box(left=5, top=0, right=15, bottom=20)) == pytest.approx(1 / 3)
    assert BOX.overlap(Box(left=10, top=0, right=15, bottom=20)) == 0.0


def test_scaling_a_face_scales_everything_but_its_score() -> None:
    twice = FACE.scaled(2.0)
    assert (twice.box.right, twice.score, twice.inter_eye_px) == (20.0, 0.9, 12.0)
    assert twice.landmarks.dtype == np.float32


@pytest.mark.parametrize("corners", [(0, 0, 0, 5), (0, 5, 5, 5), (6, 0, 5, 5)])
def test_empty_boxes_are_refused(corners: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueInvalid):
        Box(left=corners[0], top=corners[1], right=corners[2], bottom=corners[3])


def test_frames_need_bgr_bytes_and_time_zones() -> None:
    size = Size(width=4, height=3)
    pixels = np.zeros((3, 4, 3), np.uint8)
    assert Frame(pixels=pixels, original=Size(width=8, height=6)).reduction == 2.0
    assert Frame(pixels=pixels, original=size, captured_at=datetime.now(UTC)).reduction == 1.0
    for bad in (np.zeros((3, 4), np.uint8), np.zeros((3, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ValueInvalid):
            Frame(pixels=bad, original=size)  # type: ignore[arg-type]
    with pytest.raises(ValueInvalid):
        Frame(pixels=pixels, original=size, captured_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_faces_and_qualities_check_their_ranges() -> None:
    with pytest.raises(ValueInvalid):
        Face(box=BOX, landmarks=POINTS[:4], score=0.9)
    with pytest.raises(ValueInvalid):
        Face(box=BOX, landmarks=POINTS, score=1.1)
    with pytest.raises(ValueInvalid):
        QUALITY.with_unified(100.5)
    with pytest.raises(ValueInvalid):
        Rejection(face=FACE, reasons=(), quality=QUALITY)
    assert QUALITY.component(Component.SHARPNESS) == 50.0
    assert QUALITY.component(Component.DYNAMIC_RANGE) is None


def test_every_reason_gives_advice() -> None:
    for reason in Reason:
        rejection = Rejection(face=FACE, reasons=(reason,), quality=QUALITY)
        assert len(rejection.advice) > 20


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 201, "\x00"])
def test_names_are_bounded(name: str) -> None:
    with pytest.raises(ValueInvalid):
        checked_name(name)


def test_names_lose_only_surrounding_blanks() -> None:
    assert checked_name("  Ada Lovelace ") == "Ada Lovelace"


def test_quality_map_rises_from_0_to_100() -> None:
    mapping = QualityMap(centre=3.0, width=0.5)
    values = [mapping.unified(norm) for norm in (0.0, 2.5, 3.0, 3.5, 1e9)]
    assert values == sorted(values)
    assert values[2] == 50.0
    assert 0.0 <= values[0] < 1.0
    assert 99.0 < values[-1] <= 100.0


def test_score_balance_lowers_long_embeddings_within_bounds() -> None:
    balance = ScoreBalance(reference=3.5, exponent=0.5, low=2.0, high=5.0)
    assert balance.weight(3.5) == 1.0
    assert balance.weight(5.0) == balance.weight(50.0) < 1.0 < balance.weight(2.0) == balance.weight(0.1)
    with pytest.raises(ValueInvalid):
        ScoreBalance(reference=1.0, exponent=0.5, low=2.0, high=5.0)

import numpy as np
import pytest

from visavis.vision.exposure import DARK, brightest, gain_stretched, luma
from visavis.vision.pose import estimated_pose

FRONTAL = np.array([[38.3, 51.7], [73.5, 51.7], [55.9, 73.6], [41.5, 92.4], [70.3, 92.4]], np.float32)


def test_ordinary_pictures_are_left_alone() -> None:
    image = np.random.default_rng(1).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    assert gain_stretched(image) is image


def test_dark_pictures_are_brightened_with_their_colours_in_proportion() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    image[:, 20:] = (30, 40, 50)
    bright = gain_stretched(image)
    assert brightest(luma(bright)) > DARK
    assert (bright[:, :20] == 0).all()
    blue, green, red = bright[0, 30].astype(float)
    assert green / blue == pytest.approx(4 / 3, rel=0.05)
    assert red / blue == pytest.approx(5 / 3, rel=0.05)


def test_a_black_picture_stays_black() -> None:
    image = np.zeros((10, 10, 3), np.uint8)
    assert gain_stretched(image) is image


def test_a_frontal_face_has_no_pose() -> None:
    pose = estimated_pose(FRONTAL)
    assert abs(pose.yaw_deg) < 3
    assert abs(pose.pitch_deg) < 5
    assert abs(pose.roll_deg) < 1


def test_the_nose_shows_where_the_head_turns() -> None:
    left = FRONTAL.copy()
    left[2, 0] += 12
    assert 20 < estimated_pose(left).yaw_deg < 40
    up = FRONTAL.copy()
    up[2, 1] -= 8
    assert estimated_pose(up).pitch_deg > 15


@pytest.mark.parametrize("angle", [-90, -20, 45, 120])
def test_roll_is_the_angle_of_the_eyes_and_does_not_disturb_the_rest(angle: int) -> None:
    radians = np.radians(angle)
    turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    pose = estimated_pose((FRONTAL @ turn.T).astype(np.float32))
    assert pose.roll_deg == pytest.approx(angle, abs=0.5)
    assert pose.yaw_deg == pytest.approx(estimated_pose(FRONTAL).yaw_deg, abs=0.5)


def test_degenerate_landmarks_give_bounded_angles() -> None:
    pose = estimated_pose(np.zeros((5, 2), np.float32))
    assert all(abs(angle) <= 180 for angle in (pose.yaw_deg, pose.pitch_deg, pose.roll_deg))

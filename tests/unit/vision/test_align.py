"""Alignment puts landmarks where the model wants them."""

import numpy as np
import pytest

from visavis.vision.align import aligned_chip, scale_of, similarity

TARGET = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]])


def moved(angle_deg: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (TARGET @ turn.T * scale + np.array(shift)).astype(np.float32)


@pytest.mark.parametrize("angle", [0, 30, 90, 180, -135])
@pytest.mark.parametrize("scale", [0.3, 1.0, 7.0])
def test_a_moved_face_is_brought_back(angle: float, scale: float) -> None:
    source = moved(angle, scale, (200, -30))
    transform = similarity(source, TARGET)
    back = source @ transform[:, :2].T + transform[:, 2]
    assert back == pytest.approx(TARGET, abs=1e-3)
    assert scale_of(transform) == pytest.approx(1 / scale, rel=1e-5)


def test_it_never_mirrors() -> None:
    mirrored = TARGET * [-1, 1]
    transform = similarity(mirrored.astype(np.float32), TARGET)
    assert np.linalg.det(transform[:, :2]) > 0


def test_coinciding_points_do_not_break_it() -> None:
    transform = similarity(np.full((5, 2), 7.0, np.float32), TARGET)
    assert np.isfinite(transform).all()


def picture(side: int) -> np.ndarray:
    """Smooth colours, so that a chip can be compared with what it should show."""
    y, x = np.mgrid[0:side, 0:side] / side
    return np.stack([255 * x, 255 * y, 127 + 100 * np.sin(6 * x) * np.cos(6 * y)], axis=2).astype(np.uint8)


@pytest.mark.parametrize("factor", [1, 3, 8, 20])
def test_large_faces_are_averaged_without_a_shift(factor: int) -> None:
    small = picture(112)
    large = np.repeat(np.repeat(small, factor, axis=0), factor, axis=1)
    # pixel centres: a block of factor × factor px stands for one px of the small picture
    transform = np.array([[1 / factor, 0, 0.5 / factor - 0.5], [0, 1 / factor, 0.5 / factor - 0.5]])
    chip = aligned_chip(large, transform, 112)
    inner = slice(2, -2)
    difference = np.abs(chip[inner, inner].astype(int) - small[inner, inner])
    assert difference.max() <= 3


def test_outside_the_picture_is_black() -> None:
    chip = aligned_chip(np.full((50, 50, 3), 200, np.uint8), np.array([[1.0, 0, 60], [0, 1.0, 60]]), 112)
    assert chip[:60, :60].max() == 0
    assert chip[70, 70].min() == 200
    far = aligned_chip(np.full((50, 50, 3), 200, np.uint8), np.array([[0.1, 0, 500], [0, 0.1, 500]]), 112)
    assert far.shape == (112, 112, 3)
    assert far.max() == 0


@pytest.mark.parametrize("angle", [0, 17, -64])
def test_a_large_picture_is_sampled_as_a_small_one(angle: float) -> None:
    small = picture(300)
    large = np.zeros((900, 900, 3), np.uint8)  # the same, and black beyond: past the size that is copied
    large[:300, :300] = small
    transform = similarity(moved(angle, 1.3, (120, 130)), TARGET)
    np.testing.assert_array_equal(aligned_chip(small, transform, 112), aligned_chip(large, transform, 112))

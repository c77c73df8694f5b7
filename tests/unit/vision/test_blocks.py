"""Averaging blocks gives what OpenCV's area interpolation gives, to the bit."""

import cv2
import numpy as np
import pytest

from visavis.domain.arrays import ImageBGR
from visavis.vision.blocks import averaged


def noise(height: int, width: int, *, extremes: bool = False) -> ImageBGR:
    numbers = np.random.default_rng(height * width)
    if extremes:  # black and white: many averages end in exactly one half
        return (numbers.integers(0, 2, (height, width, 3)) * 255).astype(np.uint8)
    return numbers.integers(0, 256, (height, width, 3), dtype=np.uint8)


def by_opencv(image: ImageBGR, times: int) -> ImageBGR:
    height, width = image.shape[0] // times, image.shape[1] // times
    whole = image[: height * times, : width * times]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


@pytest.mark.parametrize("times", [2, 3, 4, 5, 6, 7, 12, 40, 130])
@pytest.mark.parametrize("extremes", [False, True])
@pytest.mark.parametrize("size", [(140, 133), (401, 650)])
def test_equals_area_interpolation(times: int, extremes: bool, size: tuple[int, int]) -> None:
    image = noise(*size, extremes=extremes)
    np.testing.assert_array_equal(averaged(image, times), by_opencv(image, times))


def test_a_picture_that_takes_several_strips() -> None:
    image = noise(1200, 3000)
    np.testing.assert_array_equal(averaged(image, 3), by_opencv(image, 3))


def test_a_part_of_a_picture_and_a_mirrored_one() -> None:
    image = noise(200, 300)
    part = image[11:160, 7:290]
    np.testing.assert_array_equal(averaged(part, 6), by_opencv(part, 6))
    mirrored = image[:, ::-1]
    np.testing.assert_array_equal(averaged(mirrored, 6), by_opencv(np.ascontiguousarray(mirrored), 6))


def test_less_than_a_block_is_left_alone() -> None:
    image = noise(5, 300)
    assert averaged(image, 6) is image
    assert averaged(image, 1) is image

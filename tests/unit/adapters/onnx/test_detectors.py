"""Decoding of the detector families, on graphs that see a bright cell."""

import numpy as np
import pytest
from onnx_graphs import mean_colour, scrfd, yunet

from visavis.adapters.onnx.rewrite import rewrite_yunet
from visavis.adapters.onnx.scrfd import ScrfdDetector
from visavis.adapters.onnx.session import open_session
from visavis.adapters.onnx.yunet import YunetDetector
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ModelUnsupported
from visavis.domain.face import Face

BLUE, RED = 0, 2
MARKS = (-0.5, -0.25, 0.5, -0.25, 0.0, 0.0, -0.25, 0.5, 0.25, 0.75)  #: x, y of five landmarks, in strides


def picture(width: int, height: int, cell: tuple[int, int], side: int, channel: int) -> ImageBGR:
    """Black, but for one square of one colour, `side` px large, at a column and row counted in squares."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    left, top = cell[0] * side, cell[1] * side
    image[top : top + side, left : left + side, channel] = 255
    return image


def box(face: Face) -> tuple[float, float, float, float]:
    return face.box.left, face.box.top, face.box.right, face.box.bottom


def yunet_detector(stride: int) -> YunetDetector:
    model = yunet(stride, box=(0.25, -0.5, np.log(3.0), np.log(5.0)), marks=MARKS)
    return YunetDetector(open_session(rewrite_yunet(model).SerializeToString()))


def scrfd_detector(stride: int, size: tuple[int | str, int | str] = ("H", "W")) -> ScrfdDetector:
    model = scrfd(stride, box=(0.5, 1.0, 1.5, 2.0), marks=MARKS, size=size)
    return ScrfdDetector(open_session(model.SerializeToString()))


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_yunet_decodes_box_landmarks_and_score(stride: int) -> None:
    column, row = 2, 1
    image = picture(150, 110, (column, row), stride, BLUE)
    ((face,),) = yunet_detector(stride).detect([image], min_score=0.6)
    centre_x, centre_y = (column + 0.25) * stride, (row - 0.5) * stride
    expected = (
        centre_x - 1.5 * stride,
        centre_y - 2.5 * stride,
        centre_x + 1.5 * stride,
        centre_y + 2.5 * stride,
    )
    assert box(face) == pytest.approx(expected, abs=1e-3)
    marks = np.array(MARKS).reshape(5, 2) * stride + (column * stride, row * stride)
    np.testing.assert_allclose(face.landmarks, marks, atol=1e-4)
    assert face.score == pytest.approx(1.0)


def test_yunet_reads_blue_first() -> None:
    images = [picture(64, 64, (1, 1), 8, channel) for channel in (BLUE, RED)]
    found = yunet_detector(8).detect(images, min_score=0.6)
    assert [len(faces) for faces in found] == [1, 0]


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_scrfd_decodes_box_landmarks_and_the_better_anchor(stride: int) -> None:
    column, row = 1, 2
    image = picture(130, 150, (column, row), stride, RED)
    ((face,),) = scrfd_detector(stride).detect([image], min_score=0.6)
    x, y = column * stride, row * stride
    expected = (x - 0.5 * stride, y - stride, x + 1.5 * stride, y + 2 * stride)
    assert box(face) == pytest.approx(expected, abs=1e-3)
    np.testing.assert_allclose(face.landmarks, np.array(MARKS).reshape(5, 2) * stride + (x, y), atol=1e-4)
    white, black = (255 - 127.5) / 128, (0 - 127.5) / 128
    assert face.score == pytest.approx(1 / (1 + np.exp(-10 * white)), abs=1e-6)
    assert 1 / (1 + np.exp(-10 * black)) < 0.6


def test_scrfd_of_fixed_size_shrinks_larger_images_only() -> None:
    detector = scrfd_detector(32, (96, 96))
    large, small = picture(192, 128, (1, 1), 64, RED), picture(64, 64, (1, 1), 32, RED)
    (in_large,), (in_small,) = detector.detect([large, small], min_score=0.6)
    assert box(in_large) == pytest.approx((32, 0, 160, 192), abs=1e-3)
    assert box(in_small) == pytest.approx((16, 0, 80, 96), abs=1e-3)


@pytest.mark.parametrize("make", [yunet_detector, scrfd_detector])
def test_nothing_several_and_order(make: type) -> None:
    detector = make(8)
    channel = BLUE if make is yunet_detector else RED
    two = picture(128, 64, (2, 2), 8, channel) | (picture(128, 64, (12, 3), 8, channel) // 4 * 3)
    nothing = np.zeros((40, 50, 3), dtype=np.uint8)
    found = detector.detect([nothing, two, nothing], min_score=0.5)
    assert [len(faces) for faces in found] == [0, 2, 0]
    assert found[1][0].score >= found[1][1].score
    assert detector.detect([], min_score=0.5) == []


def test_graphs_of_other_families_are_refused() -> None:
    other = open_session(mean_colour(32).SerializeToString())
    fixed = open_session(yunet(8, box=(0, 0, 0, 0), marks=MARKS).SerializeToString())
    odd = open_session(scrfd(8, box=(1, 1, 1, 1), marks=MARKS, size=(100, 100)).SerializeToString())
    for make, session in (
        (YunetDetector, other),
        (YunetDetector, fixed),
        (ScrfdDetector, other),
        (ScrfdDetector, odd),
    ):
        with pytest.raises(ModelUnsupported):
            make(session)

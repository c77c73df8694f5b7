"""Faces of every size, in every direction, are looked for at the right resolution."""

import itertools

import numpy as np
import pytest

from tests.unit.engine.fakes import SquareDetector, blank, drawn_face
from visavis.domain.geometry import Size
from visavis.domain.pack import DetectionPlan
from visavis.engine.search import SEEN_FROM_PX, SEEN_TO_PX, find_faces, needed_long_side, scales

RED = (40, 40, 220)


@pytest.mark.parametrize(
    "size", [(250, 250), (640, 480), (1920, 1080), (4000, 3000), (3000, 4000), (9000, 500)]
)
@pytest.mark.parametrize("min_face_px", [24, 48, 200])
def test_the_passes_leave_no_gap(size: tuple[int, int], min_face_px: int) -> None:
    picture = Size(width=size[0], height=size[1])
    factors = scales(picture, DetectionPlan(min_face_px=min_face_px))
    assert len(factors) <= 4
    seen = [(SEEN_FROM_PX / factor, SEEN_TO_PX / factor) for factor in factors]
    assert seen[0][0] <= min_face_px
    assert seen[-1][1] >= 0.9 * min(size) - 1e-6
    for (_, until), (since, _) in itertools.pairwise(seen):
        assert since < until


def test_small_pictures_are_looked_at_once() -> None:
    assert scales(Size(width=250, height=250), DetectionPlan()) == (1.0,)


def test_a_camera_plan_bounds_the_work() -> None:
    size = Size(width=1280, height=720)
    plan = DetectionPlan(max_side_px=320)
    assert scales(size, plan)[0] == 0.25
    assert needed_long_side(size, plan) == 320


@pytest.mark.parametrize("side", [24, 300, 2700])
def test_faces_of_all_sizes_are_found_in_twelve_megapixels(side: int) -> None:
    picture = blank(4000, 3000)
    drawn_face(picture, 200, 150, side, RED)
    (face,) = find_faces(picture, Size(width=4000, height=3000), DetectionPlan(), SquareDetector())
    assert face.box.left == pytest.approx(200, abs=max(0.04 * side, 2))
    assert face.width_px == pytest.approx(side, rel=0.08)


def test_a_reduced_decoding_reports_original_pixels() -> None:
    picture = blank(500, 400)
    drawn_face(picture, 100, 50, 100, RED)
    (face,) = find_faces(
        picture, Size(width=1000, height=800), DetectionPlan(min_face_px=48), SquareDetector()
    )
    assert face.box.left == pytest.approx(200, abs=4)
    assert face.width_px == pytest.approx(200, abs=6)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_face_on_its_side_is_found_where_it_is(turns: int) -> None:
    upright = blank(300, 200)
    drawn_face(upright, 40, 30, 80, RED)
    expected = SquareDetector().detect([upright], min_score=0.5)[0][0]
    lying = np.ascontiguousarray(np.rot90(upright, turns))
    size = Size(width=lying.shape[1], height=lying.shape[0])
    assert find_faces(lying, size, DetectionPlan(retry_rotated=False), SquareDetector()) == ()
    (face,) = find_faces(lying, size, DetectionPlan(), SquareDetector())
    # where np.rot90 takes the upright landmarks
    points = expected.landmarks.astype(np.float64)
    width, height = 300.0, 200.0
    for _ in range(turns):
        points = np.stack([points[:, 1], width - points[:, 0]], axis=1)
        width, height = height, width
    assert face.landmarks == pytest.approx(points, abs=1.0)
    assert face.box.width == pytest.approx(80, abs=1)


def test_nothing_is_found_in_nothing() -> None:
    assert find_faces(blank(300, 200), Size(width=300, height=200), DetectionPlan(), SquareDetector()) == ()


def test_passes_that_see_the_same_face_report_it_once() -> None:
    picture = blank(1200, 1200)
    drawn_face(picture, 100, 100, 280, RED)
    detector = SquareDetector()
    faces = find_faces(picture, Size(width=1200, height=1200), DetectionPlan(), detector)
    assert len(detector.seen) >= 2
    assert len(faces) == 1


class CountingDetector(SquareDetector):
    """Answers for the squares it is given, which must be small enough."""

    def detect(self, images, *, min_score):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        assert all(image.shape[0] * image.shape[1] <= 2048 * 2048 for image in images)
        return super().detect(images, min_score=min_score)


@pytest.mark.parametrize(("left", "top"), [(100, 100), (1950, 900), (1850, 1880), (3500, 2700), (3970, 2970)])
def test_a_large_picture_is_searched_in_tiles_without_losing_or_doubling_a_face(left: int, top: int) -> None:
    picture = blank(4000, 3000)
    side = min(120, 4000 - left, 3000 - top)
    drawn_face(picture, left, top, side, RED)
    (face,) = find_faces(picture, Size(width=4000, height=3000), DetectionPlan(), CountingDetector())
    assert (face.box.left, face.box.top) == pytest.approx((left, top), abs=2)
    assert face.width_px == pytest.approx(side, abs=3)


def test_a_huge_picture_without_a_face_is_not_searched_at_full_size_again() -> None:
    detector = CountingDetector()
    assert find_faces(blank(9000, 6000), Size(width=9000, height=6000), DetectionPlan(), detector) == ()
    pixels = sum(width * height for width, height in detector.seen)
    assert pixels < 1.6 * 9000 * 6000 + 5 * 1920 * 1280

"""Where marks go, and that they are drawn inside the picture."""

import numpy as np
import pytest

from visavis.domain.geometry import Box, Size
from visavis.vision.draw import (
    LEGIBLE_PX,
    Mark,
    Place,
    Scale,
    Tone,
    blend,
    draw_box,
    enlarged,
    label_place,
    place_of,
    rounded_mask,
)

CANVAS = Size(width=400, height=300)


def box(left: float, top: float, side: float = 60) -> Box:
    return Box(left=left, top=top, right=left + side, bottom=top + side)


def test_a_label_goes_above_the_face() -> None:
    place = label_place(box(100, 100), (80, 20), [], CANVAS, gap=4)
    assert (place.left, place.top) == (100, 76)


def test_a_label_goes_below_where_there_is_no_room_above() -> None:
    place = label_place(box(100, 5), (80, 20), [], CANVAS, gap=4)
    assert place.top == 69


def test_a_label_stays_in_the_picture() -> None:
    for face in (box(-30, -30), box(380, 290), box(-500, 100), box(390, -10)):
        place = label_place(face, (80, 20), [], CANVAS, gap=4)
        assert 0 <= place.left <= CANVAS.width - 80
        assert 0 <= place.top <= CANVAS.height - 20


def test_labels_avoid_each_other_and_other_faces() -> None:
    first = box(100, 100)
    above = Place(left=90, top=60, width=120, height=40)
    place = label_place(first, (80, 20), [above], CANVAS, gap=4)
    assert place.covers(above) == 0
    assert place.covers(place_of(first)) == 0


def test_a_label_wider_than_the_picture_begins_at_its_edge() -> None:
    assert label_place(box(10, 50), (900, 20), [], CANVAS, gap=4).left == 0


@pytest.mark.parametrize(("long_side", "zoom"), [(100, 8.0), (400, 2.0), (LEGIBLE_PX, 1.0), (4000, 1.0)])
def test_small_pictures_are_enlarged_to_be_legible(long_side: int, zoom: float) -> None:
    assert Scale.of(Size(width=long_side, height=long_side // 2)).zoom == zoom


def test_letters_grow_with_the_picture_and_shrink_for_many_small_faces() -> None:
    large = Size(width=4000, height=3000)
    small = [Mark(box=box(100 * n, 50, 60), tone=Tone.MATCH, label="x") for n in range(9)]
    assert Scale.of(large).font > Scale.of(Size(width=1000, height=800)).font
    assert 13 <= Scale.of(large, small).font < Scale.of(large).font


def test_a_frame_is_drawn_where_the_face_is_and_nowhere_else() -> None:
    pixels = np.full((200, 200, 3), 128, np.uint8)
    draw_box(pixels, box(50, 50, 80), Tone.MATCH.value, 2)
    assert (pixels[90, 48:53] != 128).any()
    assert (pixels[60:120, 60:120] == 128).all()
    assert (pixels[:45] == 128).all()


def test_a_frame_that_reaches_beyond_the_picture_does_no_harm() -> None:
    pixels = np.zeros((50, 50, 3), np.uint8)
    draw_box(pixels, box(-40, -40, 200), Tone.MATCH.value, 3)
    draw_box(pixels, box(30, 30, 200), Tone.MATCH.value, 3)
    assert pixels.any()


def test_a_rounded_mask_is_full_inside_and_empty_in_its_corners() -> None:
    mask = rounded_mask(60, 30, 8)
    assert mask.shape == (30, 60)
    assert mask[15, 30] == 1.0
    assert mask[0, 0] < 0.2
    assert mask.min() >= 0.0


def test_blending_is_cut_at_the_edge() -> None:
    pixels = np.zeros((10, 10, 3), np.uint8)
    blend(pixels, Place(left=6, top=6, width=8, height=8), (255, 255, 255), np.ones((8, 8), np.float32))
    assert (pixels[6:, 6:] == 255).all()
    assert pixels[:6].sum() == 0


def test_enlarging_copies_in_every_case() -> None:
    pixels = np.zeros((10, 20, 3), np.uint8)
    assert enlarged(pixels, 1.0) is not pixels
    assert enlarged(pixels, 2.5).shape == (25, 50, 3)

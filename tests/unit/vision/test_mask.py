"""Painted masks lie where masks lie."""

import cv2
import numpy as np
import pytest

from visavis.domain.face import Face
from visavis.domain.geometry import Box
from visavis.vision.mask import LOOKS, MaskLook, MaskShape, masked

POINTS = np.array([[80, 90], [120, 90], [100, 115], [85, 135], [115, 135]], np.float32)
FACE = Face(box=Box(left=60, top=50, right=140, bottom=165), landmarks=POINTS, score=0.9)
SKIN = np.full((220, 200, 3), (120, 150, 200), np.uint8)


def turned(degrees: float) -> tuple[np.ndarray, Face]:
    turn = cv2.getRotationMatrix2D((100, 110), degrees, 1.0)
    points = (POINTS @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    return turn, Face(box=FACE.box, landmarks=points, score=0.9)


def changed(picture: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(picture.astype(int) - SKIN).max(axis=2) > 8)


@pytest.mark.parametrize("look", LOOKS)
def test_mouth_nose_tip_and_chin_are_covered_and_eyes_are_not(look: MaskLook) -> None:
    painted = masked(SKIN, FACE, look)
    cover = changed(painted)
    assert all(cover[y, x] for x, y in ((100, 117), (85, 135), (115, 135), (100, 160)))
    assert not cover[:95].any()
    assert not cover[:, :58].any()
    assert not cover[:, 142:].any()
    assert 0.05 < cover.mean() < 0.2


def test_the_picture_itself_stays_as_it_was() -> None:
    before = SKIN.copy()
    painted = masked(SKIN, FACE, LOOKS[0])
    assert (before == SKIN).all()
    assert painted.dtype == np.uint8
    assert painted.shape == SKIN.shape


def test_both_halves_of_an_upright_face_are_covered_alike() -> None:
    cover = changed(masked(SKIN, FACE, MaskLook(colour=(40, 40, 40))))
    assert abs(int(cover[:, :100].sum()) - int(cover[:, 101:].sum())) < 0.03 * cover.sum()


@pytest.mark.parametrize("degrees", [-40.0, 25.0, 90.0])
def test_a_mask_turns_with_the_face(degrees: float) -> None:
    turn, face = turned(degrees)
    cover = changed(masked(SKIN, face, MaskLook(colour=(40, 40, 40))))
    for x, y in ((100, 117), (100, 140), (88, 135), (112, 135)):
        at = np.rint(turn @ [x, y, 1]).astype(int)
        assert cover[at[1], at[0]]
    for x, y in ((80, 90), (120, 90)):
        at = np.rint(turn @ [x, y, 1]).astype(int)
        assert not cover[at[1], at[0]]


def test_faces_at_the_border_and_beyond_do_not_fail() -> None:
    for dx, dy in ((-90, 0), (90, 100), (-500, -500), (0, 400)):
        box = Box(left=60 + dx, top=50 + dy, right=140 + dx, bottom=165 + dy)
        face = Face(box=box, landmarks=POINTS + np.array([dx, dy], np.float32), score=0.9)
        assert masked(SKIN, face, LOOKS[0]).shape == SKIN.shape


def test_landmarks_in_one_place_do_not_fail() -> None:
    face = Face(box=FACE.box, landmarks=np.full((5, 2), 100, np.float32), score=0.5)
    assert masked(SKIN, face, LOOKS[0]).shape == SKIN.shape


def test_cloth_takes_the_light_of_the_picture() -> None:
    white = MaskLook(colour=(240, 240, 240), shape=MaskShape.CUP)
    bright, dark = (
        masked((SKIN * factor).astype(np.uint8), FACE, white)[135, 95].mean() for factor in (1.0, 0.35)
    )
    assert dark < 0.6 * bright

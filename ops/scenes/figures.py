"""Cut out of photographs: a head on shoulders, to be drawn anywhere in a picture."""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ops.scenes.plan import Step

Picture: TypeAlias = NDArray[np.uint8]  #: (height, width, 3), blue first
Drawing: TypeAlias = NDArray[np.float32]  #: the same while it is worked on

_SIDE = 250  # photos are brought to this size
_FACE = 92.0  # width of a face in the middle of such a photo, as detectors see it
_BELOW = 170  # of the body, drawn under the photo
_ROLL_DEG = 5.0
_TURN = 0.10  # by how much a face gets narrower while it turns


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """`colours` (height, width, 3) and how much they cover, `cover` (height, width), 0..1."""

    colours: Drawing
    cover: Drawing


@lru_cache(maxsize=64)
def figure(photo: Path) -> Figure:
    """The head of a photo in whose middle the face is, with shoulders in a colour of their own."""
    read = cv2.imread(str(photo))
    if read is None:
        raise ValueError(f"{photo} is no picture.")
    side = min(read.shape[:2])
    top, left = (read.shape[0] - side) // 2, (read.shape[1] - side) // 2
    square = cv2.resize(
        read[top : top + side, left : left + side], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA
    )
    colours = np.zeros((_SIDE + _BELOW, _SIDE, 3), np.float32)
    rng = np.random.default_rng(sum(photo.name.encode()))
    colours[:] = rng.integers(30, 170, 3)
    colours[:_SIDE] = square
    cover = np.zeros(colours.shape[:2], np.uint8)
    cv2.ellipse(cover, (125, 122), (66, 88), 0, 0, 360, 255, -1)
    head = cv2.GaussianBlur(cover, (0, 0), 5.0)
    body = np.zeros_like(cover)
    cv2.ellipse(body, (125, 300), (118, 105), 0, 180, 360, 255, -1)
    cv2.rectangle(body, (7, 300), (243, body.shape[0]), 255, -1)
    cv2.rectangle(body, (100, 180), (150, 260), 255, -1)
    plain = colours.copy()
    plain[:] = colours[-1, 0]
    shown = (head / 255.0).astype(np.float32)[..., None]
    return Figure(
        colours=shown * colours + (1.0 - shown) * plain,
        cover=np.maximum(head, cv2.GaussianBlur(body, (0, 0), 3.0)).astype(np.float32) / 255.0,
    )


def draw(scene: Picture, one: Figure, place: Step, sway: float, speed_px: float) -> None:
    """Into the picture: turned and swung as by steps, blurred by speed, lit from the left."""
    height, width = scene.shape[:2]
    swing = math.sin(2.0 * math.pi * 0.9 * place.at_s + sway)
    scale = place.face_px / _FACE
    narrow = scale * (1.0 - _TURN * (0.5 + 0.5 * math.sin(1.3 * place.at_s + 2.0 * sway)))
    angle = math.radians(_ROLL_DEG * math.sin(1.7 * place.at_s + sway))
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = place.x * width, place.y * height + 0.05 * place.face_px * swing
    left, right = max(int(x - 1.6 * place.face_px), 0), min(int(x + 1.6 * place.face_px) + 1, width)
    top = max(int(y - 1.3 * place.face_px), 0)
    if right <= left:
        return
    turn = np.array([[narrow * cos, -scale * sin], [narrow * sin, scale * cos]])
    shift = np.array([x - left, y - top]) - turn @ np.array([_SIDE / 2, _SIDE / 2])
    matrix, size = np.hstack([turn, shift[:, None]]), (right - left, height - top)
    light, blur = 0.72 + 0.5 * (1.0 - place.x) + 0.06 * swing, 0.4 + 0.12 * speed_px
    lit = cv2.warpAffine(one.colours, matrix, size, flags=cv2.INTER_AREA) * light
    cover = cv2.warpAffine(one.cover, matrix, size, flags=cv2.INTER_LINEAR)
    colours, mask = cv2.GaussianBlur(lit, (0, 0), blur), cv2.GaussianBlur(cover, (0, 0), blur)[..., None]
    behind = scene[top:, left:right]
    behind[:] = np.clip(mask * colours + (1.0 - mask) * behind, 0.0, 255.0).astype(np.uint8)


def face_box(place: Step, width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the face in pixels."""
    x, y = place.x * width, place.y * height
    return (
        x - 0.5 * place.face_px,
        y - 0.62 * place.face_px,
        x + 0.5 * place.face_px,
        y + 0.62 * place.face_px,
    )

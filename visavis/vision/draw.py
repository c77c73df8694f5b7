"""Where marks on a picture go, and drawing the parts of them that are not text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import ImageBGR
from visavis.domain.geometry import Box, Size

BGR = tuple[int, int, int]

LEGIBLE_PX = 800
"""Smaller pictures are enlarged until their long side has this, so that labels can be read."""


class Tone(Enum):
    """What a mark says, as a colour (blue, green, red) that stands out on skin, cloth and walls."""

    FOUND = (214, 155, 47)
    MATCH = (113, 179, 46)
    UNSURE = (45, 163, 237)
    UNKNOWN = (180, 160, 148)
    REFUSED = (111, 91, 224)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A face to be marked, with a label and a fainter remark after it. Pixels of the upright original."""

    box: Box
    tone: Tone
    label: str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes that suit a picture, px. `zoom` is how far the picture is enlarged first."""

    zoom: float
    line: int
    font: int
    padding: int
    gap: int

    @classmethod
    def of(cls, size: Size, marks: Sequence[Mark] = ()) -> "Scale":
        """Letters of 1/50 of the long side, smaller where faces are small and many, never below 13 px."""
        zoom = max(LEGIBLE_PX / size.long_side, 1.0)
        long_side = size.long_side * zoom
        font = long_side / 50
        if len(marks) > 1:
            widths = sorted(mark.box.width for mark in marks)
            font = min(font, max(widths[len(widths) // 2] * zoom / 4.5, long_side / 90))
        font = max(font, 13.0)
        return cls(
            zoom=zoom,
            line=max(round(long_side / 450), 2),
            font=round(font),
            padding=max(round(font * 0.42), 4),
            gap=max(round(font * 0.3), 3),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A rectangle of whole pixels."""

    left: int
    top: int
    width: int
    height: int

    def covers(self, other: "Place") -> int:
        """Pixels that both have."""
        width = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        height = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(width, 0) * max(height, 0)


def place_of(box: Box) -> Place:
    return Place(left=round(box.left), top=round(box.top), width=round(box.width), height=round(box.height))


def label_place(box: Box, label: tuple[int, int], taken: Sequence[Place], canvas: Size, gap: int) -> Place:
    """Where a label of this width and height goes: above the face, else below or inside its lower edge.

    Of the places that lie in the picture, the first that covers nothing `taken` (other faces and labels), or
    the one that covers least.
    """
    width, height = label
    lefts = (box.left, box.right - width, box.centre[0] - width / 2)
    tops = (box.top - gap - height, box.bottom + gap, box.bottom - gap - height)
    candidates = [_inside(left, top, label, canvas) for top in tops for left in lefts]
    own = place_of(box)
    # a place that had to be moved onto the face hides it
    costs = [sum(one.covers(other) for other in taken) + one.covers(own) for one in candidates]
    return candidates[costs.index(min(costs))]


def _inside(left: float, top: float, label: tuple[int, int], canvas: Size) -> Place:
    width, height = label
    return Place(
        left=round(min(max(left, 0), max(canvas.width - width, 0))),
        top=round(min(max(top, 0), max(canvas.height - height, 0))),
        width=width,
        height=height,
    )


def enlarged(pixels: ImageBGR, zoom: float) -> ImageBGR:
    """The picture `zoom` times as large, ≥ 1; a copy in every case."""
    if zoom <= 1.0:
        return pixels.copy()
    size = (round(pixels.shape[1] * zoom), round(pixels.shape[0] * zoom))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def draw_box(pixels: ImageBGR, box: Box, colour: BGR, line: int) -> None:
    """A rounded, anti-aliased frame around a face, with a thin dark rim so that it shows on every ground."""
    radius = min(box.width, box.height) * 0.12
    for tint, thickness in (((24, 24, 27), line + 2), (colour, line)):
        cv2.polylines(
            pixels, [_outline(box, radius)], isClosed=True, color=tint, thickness=thickness,
            lineType=cv2.LINE_AA, shift=4,
        )  # fmt: skip


def rounded_mask(width: int, height: int, radius: float) -> NDArray[np.float32]:
    """A filled rounded rectangle, (height, width), 0..1, anti-aliased."""
    fine = 4
    mask = np.zeros((height * fine, width * fine), np.uint8)
    box = Box(left=0.0, top=0.0, right=width * fine - 1.0, bottom=height * fine - 1.0)
    cv2.fillPoly(mask, [_outline(box, radius * fine)], (255,), lineType=cv2.LINE_AA, shift=4)
    reduced = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    return (reduced / np.float32(255.0)).astype(np.float32)


def blend(pixels: ImageBGR, place: Place, colour: BGR, mask: NDArray[np.float32]) -> None:
    """Lays a colour over a part of the picture, as opaque as the mask (0..1) says; parts outside are cut."""
    region = pixels[place.top : place.top + place.height, place.left : place.left + place.width]
    alpha = mask[: region.shape[0], : region.shape[1], None]
    mixed = region * (1.0 - alpha) + np.array(colour, np.float32) * alpha
    region[:] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _outline(box: Box, radius: float) -> NDArray[np.int32]:
    """Corners as quarter circles of 8 steps; coordinates in 1/16 px, as OpenCV's shift 4 reads them."""
    angles = np.linspace(0.0, np.pi / 2, 8)
    quarter = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
    right, bottom = box.right - radius, box.bottom - radius
    left, top = box.left + radius, box.top + radius
    corners = [
        np.array([right, bottom]) + quarter,
        np.array([left, bottom]) + quarter[::-1] * (-1, 1),
        np.array([left, top]) - quarter,
        np.array([right, top]) + quarter[::-1] * (1, -1),
    ]
    return np.rint(np.concatenate(corners) * 16).astype(np.int32)

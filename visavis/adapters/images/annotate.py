"""Marks faces on a picture: a frame, and a dark chip with white letters."""

from collections.abc import Sequence
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Size
from visavis.vision.draw import (
    BGR,
    Mark,
    Place,
    Scale,
    blend,
    draw_box,
    enlarged,
    label_place,
    place_of,
    rounded_mask,
)

_GROUND: BGR = (39, 24, 17)
_GROUND_OPACITY = 0.86
_WHITE: BGR = (255, 255, 255)
_FAINT: BGR = (219, 213, 209)
_LONGEST = 28  #: characters of a label
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def annotated(pixels: ImageBGR, marks: Sequence[Mark]) -> ImageBGR:
    """A copy of the picture with the marks on it; small pictures come back enlarged."""
    size = Size(width=pixels.shape[1], height=pixels.shape[0])
    scale = Scale.of(size, marks)
    canvas = enlarged(pixels, scale.zoom)
    bounds = Size(width=canvas.shape[1], height=canvas.shape[0])
    font = ImageFont.load_default(scale.font)
    boxes = [mark.box.scaled(scale.zoom) for mark in marks]
    for mark, box in zip(marks, boxes, strict=True):
        draw_box(canvas, box, mark.tone.value, scale.line)
    taken: list[Place] = []
    for number, (mark, box) in enumerate(zip(marks, boxes, strict=True)):
        others = [place_of(other) for index, other in enumerate(boxes) if index != number]
        chip = _Chip(mark, font, scale)
        place = label_place(box, chip.size, [*taken, *others], bounds, scale.gap)
        chip.draw(canvas, place)
        taken.append(place)
    return canvas


def encoded(pixels: ImageBGR, suffix: str) -> bytes:
    """The picture as a file; `suffix` is .jpg, .jpeg, .png or .webp. Raises `ValueInvalid` for others."""
    kind = _FORMATS.get(suffix.lower())
    if kind is None:
        raise ValueInvalid(
            f"A picture cannot be written as {suffix or 'a file without a suffix'}.",
            hint=f"Choose one of {', '.join(_FORMATS)}.",
        )
    target = BytesIO()
    picture = Image.fromarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
    picture.save(target, format=kind, quality=92)
    return target.getvalue()


class _Chip:
    """A label: a stripe in the tone's colour, the label in white, the remark fainter."""

    def __init__(self, mark: Mark, font: Font, scale: Scale) -> None:
        self._tone: BGR = mark.tone.value
        self._pad = scale.padding
        self._stripe = max(scale.line * 2, 4)
        label = mark.label if len(mark.label) <= _LONGEST else mark.label[: _LONGEST - 1] + "…"
        self._label = _text_mask(label, font, scale.font)
        self._remark = _text_mask(mark.remark, font, scale.font) if mark.remark else None
        self._height = round(scale.font * 1.2)
        self._between = round(scale.font * 0.45)

    @property
    def size(self) -> tuple[int, int]:
        width = self._stripe + 2 * self._pad + self._label.shape[1]
        if self._remark is not None:
            width += self._between + self._remark.shape[1]
        return width + self._pad // 2, self._height + self._pad

    def draw(self, canvas: ImageBGR, place: Place) -> None:
        radius = place.height * 0.24
        ground = rounded_mask(place.width, place.height, radius)
        blend(canvas, place, _GROUND, ground * np.float32(_GROUND_OPACITY))
        stripe = ground.copy()
        stripe[:, self._stripe :] = 0
        blend(canvas, place, self._tone, stripe)
        left = place.left + self._stripe + self._pad
        top = place.top + (place.height - self._label.shape[0]) // 2
        _write(canvas, self._label, left, top, _WHITE)
        if self._remark is not None:
            _write(canvas, self._remark, left + self._label.shape[1] + self._between, top, _FAINT)


def _write(canvas: ImageBGR, mask: NDArray[np.float32], left: int, top: int, colour: BGR) -> None:
    place = Place(left=left, top=top, width=mask.shape[1], height=mask.shape[0])
    blend(canvas, place, colour, mask)


def _text_mask(text: str, font: Font, size: int) -> NDArray[np.float32]:
    """The text as opacity 0..1; all texts of one size have one height, so that base lines agree."""
    width = max(round(font.getlength(text)), 1)
    ground = Image.new("L", (width, round(size * 1.2)), 0)
    ImageDraw.Draw(ground).text((0, round(size * 0.96)), text, fill=255, font=font, anchor="ls")
    return (np.asarray(ground, np.float32) / np.float32(255.0)).astype(np.float32)

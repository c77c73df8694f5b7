"""Paints a face mask into a picture, to see what masks do to recognition where there are no masked photos.

Real masks differ in ways that no painting has, so figures on painted ones are a first guess, and optimistic.
"""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import ImageBGR
from visavis.domain.face import Face

BGR = tuple[int, int, int]
_Points = NDArray[np.float64]  #: (n, 2), px

_FINE = 4  #: sub-pixels along a side, for soft edges


class MaskShape(StrEnum):
    SURGICAL = "surgical"  # wide, with level pleats
    CUP = "cup"  # a respirator: close to the cheeks, with an upright fold


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskLook:
    """The colour is that of cloth in the face's brightest light (blue, green, red)."""

    colour: BGR
    shape: MaskShape = MaskShape.SURGICAL


LOOKS = (
    MaskLook(colour=(222, 196, 150)),
    MaskLook(colour=(240, 240, 238), shape=MaskShape.CUP),
    MaskLook(colour=(52, 48, 46)),
    MaskLook(colour=(238, 236, 232)),
    MaskLook(colour=(170, 196, 128)),
    MaskLook(colour=(60, 56, 54), shape=MaskShape.CUP),
)
"""Light blue, white and green as in hospitals, black as in the street; two respirators."""

_OUTLINES = {
    MaskShape.SURGICAL: (
        (0.0, -0.02),
        (0.5, 0.14),
        (0.93, 0.3),
        (0.93, 0.68),
        (0.74, 0.92),
        (0.4, 1.04),
        (0.0, 1.06),
    ),
    MaskShape.CUP: (
        (0.0, -0.1),
        (0.34, 0.12),
        (0.8, 0.42),
        (0.84, 0.62),
        (0.62, 0.9),
        (0.34, 1.05),
        (0.0, 1.1),
    ),
}
"""The right half from the bridge of the nose to below the chin: across in half face widths, down from the middle
between eyes and nose tip (0) to the chin (1)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """Where a mask lies on a face: its upper middle, the way down to the chin, and half widths to both sides."""

    top: _Points  # (2,)
    down: _Points  # (2,), from the upper middle to the chin
    right: _Points  # (2,), from the middle to the picture's left edge of the face
    left: _Points  # (2,)

    def at(self, across: float, down: float) -> _Points:
        """`across` is negative towards the picture's left."""
        side = self.left if across >= 0 else self.right
        return np.asarray(self.top + abs(across) * side + down * self.down)


def masked(image: ImageBGR, face: Face, look: MaskLook) -> ImageBGR:
    """A copy of the picture in which the face (in its pixels) wears a mask from the bridge of the nose to the chin.

    The cloth takes the light that falls on the face, and grows darker where it turns away from the viewer.
    """
    fit = _fitted(face)
    if fit is None:
        return image.copy()
    outline = _outline(fit, look.shape)
    left, top, right, bottom = _region(outline, image)
    if left >= right or top >= bottom:
        return image.copy()
    part = image[top:bottom, left:right].astype(np.float32)
    shift = np.array([left, top], np.float64)
    cover = _filled(outline - shift, part.shape[1], part.shape[0])
    cloth = _cloth(part, cover, look, fit, shift)
    painted = image.copy()
    mixed = part * (1.0 - cover[..., None]) + cloth * cover[..., None]
    painted[top:bottom, left:right] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return painted


def _fitted(face: Face) -> _Fit | None:
    """The chin is where the box ends, but no farther below the mouth than the mouth is below the eyes; `None` for
    faces of less than a pixel."""
    points = face.landmarks.astype(np.float64)
    eyes, mouth, nose = points[:2].mean(axis=0), points[3:].mean(axis=0), points[2]
    height = float(np.linalg.norm(mouth - eyes))
    if height < 1.0:
        return None
    down = (mouth - eyes) / height
    across = np.array([-down[1], down[0]])
    if (points[1] - points[0]) @ across < 0:
        across = -across
    top = eyes + 0.5 * (nose - eyes)
    to_box = float((np.array([face.box.centre[0], face.box.bottom]) - mouth) @ down)
    chin = mouth + np.clip(to_box, 0.62 * height, 1.0 * height) * down
    half = face.box.width / 2
    centre = float((np.array(face.box.centre) - top) @ across)
    return _Fit(
        top=top,
        down=chin - top,
        right=-across * max(half - centre, 0.2 * half),
        left=across * max(half + centre, 0.2 * half),
    )


def _outline(fit: _Fit, shape: MaskShape) -> _Points:
    """A smooth closed curve through the fitted points (Catmull and Rom, 1974)."""
    half = _OUTLINES[shape]
    corners = np.array([*(fit.at(x, y) for x, y in half), *(fit.at(-x, y) for x, y in half[-2:0:-1])])
    before, after, beyond = (np.roll(corners, step, axis=0) for step in (1, -1, -2))
    steps = np.linspace(0.0, 1.0, 8, endpoint=False)[None, :, None]
    here, one, two, three = (
        part[:, None, :]
        for part in (
            2 * corners,
            after - before,
            2 * before - 5 * corners + 4 * after - beyond,
            3 * corners - before - 3 * after + beyond,
        )
    )
    curve = 0.5 * (here + one * steps + two * steps**2 + three * steps**3)
    return np.asarray(curve.reshape(-1, 2))


def _region(outline: _Points, image: ImageBGR) -> tuple[int, int, int, int]:
    """The part of the picture that the mask can touch: left, top, right, bottom."""
    low = np.floor(outline.min(axis=0)).astype(int) - 1
    high = np.ceil(outline.max(axis=0)).astype(int) + 2
    height, width = image.shape[:2]
    return max(low[0], 0), max(low[1], 0), min(high[0], width), min(high[1], height)


def _filled(outline: _Points, width: int, height: int) -> NDArray[np.float32]:
    """How much of each pixel the outline covers, 0..1."""
    fine = np.zeros((height * _FINE, width * _FINE), np.uint8)
    cv2.fillPoly(fine, [np.rint(outline * _FINE).astype(np.int32)], (255,))
    cover = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cover / np.float32(255.0), np.float32)


def _cloth(
    part: NDArray[np.float32], cover: NDArray[np.float32], look: MaskLook, fit: _Fit, shift: _Points
) -> NDArray[np.float32]:
    """The mask's colour in the light of this part of the picture, (height, width, 3)."""
    light = cv2.GaussianBlur(part.mean(axis=2), (0, 0), max(0.12 * part.shape[1], 1.0))
    bright = max(float(np.percentile(light[cover > 0.5], 90)) if (cover > 0.5).any() else 128.0, 1.0)
    exposure = np.clip(bright / 155.0, 0.25, 1.15)
    shade = np.clip(light / bright, 0.45, 1.1) * exposure
    across, down = _coordinates(fit, part.shape[1], part.shape[0], shift)
    shade = shade * (1.0 - 0.22 * np.clip(np.abs(across), 0, 1.2) ** 2.5) * _folds(look.shape, across, down)
    return np.asarray(np.array(look.colour) * shade[..., None], np.float32)


def _coordinates(
    fit: _Fit, width: int, height: int, shift: _Points
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each pixel: across in half widths, -1..1, and down from the upper edge (0) to the chin (1)."""
    y, x = np.mgrid[0:height, 0:width]
    offset = np.stack([x, y], axis=-1) + shift - fit.top
    down = offset @ fit.down / (fit.down @ fit.down)
    sideways = offset - down[..., None] * fit.down
    on_left = sideways @ fit.left > 0
    across = np.where(
        on_left,
        sideways @ fit.left / (fit.left @ fit.left),
        -(sideways @ fit.right) / (fit.right @ fit.right),
    )
    return across, down


def _folds(shape: MaskShape, across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shadows of pleats, or of the fold down the middle; 1 where there is none."""
    if shape is MaskShape.CUP:
        return 1.0 - 0.16 * np.exp(-((across / 0.03) ** 2)) - 0.05 * (across > 0)
    curved = down - 0.1 * across**2
    shadows = sum(np.exp(-(((curved - place) / 0.022) ** 2)) for place in (0.36, 0.54, 0.72))
    return np.asarray(1.0 - 0.14 * shadows)

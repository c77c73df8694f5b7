"""Where does something move? Scenes in which nothing does need not be searched for faces.

A small grey picture is compared with a running average of the scene, pixel by pixel, against the noise that each
pixel usually shows (as in Wren et al., "Pfinder", PAMI 1997, with one Gaussian per pixel). What the light does to the
whole picture, brighter, darker, more or less contrast, is fitted and taken out first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Box

Polygon: TypeAlias = Sequence[tuple[float, float]]
"""Corners, as shares of width and height."""
_Plane: TypeAlias = NDArray[np.float32]
_Mask: TypeAlias = NDArray[np.bool_]

SIDE_PX = 160
"""Long side of the small picture."""
_AVERAGE_S, _NOISE_S, _LOUD_S = (
    8.0,
    4.0,
    20.0,
)  #: how fast the average and the noise of calm and moving pixels follow
_STILL_S = 6.0  #: what does not change for so long belongs to the scene, wherever it came from
_FRESH_S = 1.5  #: so long after its last change a pixel that differs from the scene counts as moving
_CUT = 0.6  #: share of the picture from which on the light or the camera has changed, not something in front of it
_PAD, _LEAST_PAD = 0.35, 0.06  #: around what moves: of its size, of the picture's long side
_WHOLE = 0.6  #: share of the picture from which on parts are not worth it


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionPlan:
    """`sensitivity` from 0, large and strong changes only, to 1, every flicker; `hold_s` is how long after the last
    motion a place is still looked at. Only what lies in the polygons of `region` is looked at; none: all."""

    sensitivity: float = 0.5
    hold_s: float = 2.0
    region: Sequence[Polygon] = ()

    def __post_init__(self) -> None:
        if not (0.0 <= self.sensitivity <= 1.0 and self.hold_s >= 0.0):
            raise ValueInvalid("A sensitivity lies between 0 and 1, and a time is not below 0.")
        if any(len(polygon) < 3 for polygon in self.region):
            raise ValueInvalid("A polygon has three corners or more.")

    @property
    def sigmas(self) -> float:
        """How many times the usual noise a change has to be."""
        return 9.0 - 6.0 * self.sensitivity

    @property
    def least_levels(self) -> float:
        """... and how many grey levels of 255."""
        return 12.0 - 9.0 * self.sensitivity

    @property
    def most_levels(self) -> float:
        """A change of so many is one, however noisy the place."""
        return 4.0 * self.least_levels

    @property
    def least_share(self) -> float:
        """Of the picture, that has to move in one place."""
        return float(0.006 * 10.0 ** (-2.0 * self.sensitivity))


@dataclass(slots=True, eq=False)
class _Scene:
    """What is known of each pixel, at the size of the small picture. Times are seconds."""

    average: _Plane
    noise: _Plane
    changed_s: _Plane  #: when it last changed
    moved_s: _Plane  #: when it was last part of something that moves
    last: _Plane  #: the picture before

    @classmethod
    def of(cls, grey: _Plane, at_s: float) -> "_Scene":
        """Nobody knows yet what moves, so everything does."""
        now = np.full_like(grey, at_s)
        return cls(
            average=grey.copy(), noise=np.ones_like(grey), changed_s=now, moved_s=now.copy(), last=grey
        )


@dataclass(slots=True, eq=False)
class MotionGate:
    """Of one camera. Frames come in order of time, all of one size; another size begins anew."""

    plan: MotionPlan = field(default_factory=MotionPlan)
    _scene: _Scene | None = None
    _inside: _Mask | None = None
    _at_s: float = 0.0

    def update(self, image: ImageBGR, at_s: float) -> tuple[Box, ...]:
        """The parts of the frame in which something moves or has just moved, padded; pixels. Empty: nothing does."""
        grey = _small(image)
        if self._scene is None or self._scene.last.shape != grey.shape:
            self._begin(grey, at_s)
        else:
            self._learn(self._scene, grey, at_s)
        self._at_s = at_s
        return self._parts(image.shape[1], image.shape[0])

    def hold(self, box: Box, width: int, height: int) -> None:
        """Somebody is there: this part of the frame stays open as if something had moved now. Pixels of the frame."""
        if self._scene is None:
            return
        rows, columns = self._scene.moved_s.shape
        left, right = (int(x / width * columns) for x in (box.left, box.right))
        top, bottom = (int(y / height * rows) for y in (box.top, box.bottom))
        self._scene.moved_s[max(top, 0) : max(bottom, 0) + 1, max(left, 0) : max(right, 0) + 1] = self._at_s

    def _begin(self, grey: _Plane, at_s: float) -> None:
        self._scene = _Scene.of(grey, at_s)
        self._inside = None
        if self.plan.region:
            self._inside = polygon_mask(self.plan.region, grey.shape[1], grey.shape[0])

    def _learn(self, scene: _Scene, grey: _Plane, at_s: float) -> None:
        limit = np.clip(self.plan.sigmas * scene.noise, self.plan.least_levels, self.plan.most_levels)
        difference = np.abs(grey - _relit(scene.average, grey, limit))
        scene.changed_s[np.abs(grey - _relit(scene.last, grey, limit)) > 0.6 * limit] = at_s
        fresh = cv2.dilate(scene.changed_s, np.ones((5, 5), np.uint8)) >= at_s - _FRESH_S
        differs = difference > limit
        moving = self._large(differs & fresh)
        scene.moved_s[moving] = at_s
        scene.last = grey
        self._remember(scene, grey, difference, differs, moving, at_s)

    def _remember(
        self, scene: _Scene, grey: _Plane, difference: _Plane, differs: _Mask, moving: _Mask, at_s: float
    ) -> None:
        """What is calm teaches most; of what moves, only its noise is learned, and slowly."""
        passed = max(at_s - self._at_s, 1e-3)
        follow, calm, loud = (np.float32(1.0 - np.exp(-passed / t)) for t in (_AVERAGE_S, _NOISE_S, _LOUD_S))
        still = differs & (scene.changed_s < at_s - _STILL_S)
        rate = np.where(still, np.float32(1.0), np.where(moving, np.float32(0.1) * follow, follow))
        if np.count_nonzero(differs) > _CUT * differs.size:
            rate = np.maximum(rate, np.float32(0.5))
        scene.average += rate * (grey - scene.average)
        scene.noise += np.where(differs, loud, calm) * (np.float32(1.25) * difference - scene.noise)

    def _large(self, mask: _Mask) -> _Mask:
        """Without single pixels and small spots, and without what lies outside the region."""
        if self._inside is not None:
            mask = mask & self._inside
        if not mask.any():
            return mask
        joined = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
        _, labels = cv2.connectedComponents(joined, connectivity=8)
        counts = np.bincount(labels[mask], minlength=int(labels.max()) + 1)
        large = counts >= max(self.plan.least_share * mask.size, 2.0)
        large[0] = False
        return np.asarray(mask & large[labels], np.bool_)

    def _parts(self, width: int, height: int) -> tuple[Box, ...]:
        scene = self._scene
        if scene is None:
            return ()
        active = scene.moved_s >= self._at_s - self.plan.hold_s
        if self._inside is not None:
            active &= self._inside
        if not active.any():
            return ()
        rows, columns = active.shape
        _, _, found, _ = cv2.connectedComponentsWithStats(active.astype(np.uint8), connectivity=8)
        boxes = [_padded(x, y, w, h, max(rows, columns)) for x, y, w, h, _ in found[1:].tolist()]
        grown = _merged([_clipped(box, columns, rows) for box in boxes])
        if sum(box.area for box in grown) > _WHOLE * rows * columns:
            grown = [Box(left=0, top=0, right=columns, bottom=rows)]
        x, y = width / columns, height / rows
        return tuple(
            Box(left=box.left * x, top=box.top * y, right=box.right * x, bottom=box.bottom * y)
            for box in grown
        )


def polygon_mask(region: Sequence[Polygon], width: int, height: int) -> _Mask:
    """Which pixels lie in one of the polygons: (height, width)."""
    mask = np.zeros((height, width), np.uint8)
    corners = [
        np.round(np.array(polygon, np.float64) * (width, height)).astype(np.int32) for polygon in region
    ]
    cv2.fillPoly(mask, corners, 1)
    return mask.astype(np.bool_)


def inside(region: Sequence[Polygon], x: float, y: float) -> bool:
    """Whether a point, as shares of width and height, lies in one of the polygons; without any, it does."""
    return not region or any(
        cv2.pointPolygonTest(np.array(polygon, np.float32).reshape(-1, 1, 2), (x, y), False) >= 0
        for polygon in region
    )


def masked(image: ImageBGR, region: Sequence[Polygon]) -> ImageBGR:
    """The image, black outside the polygons; without any, as it is."""
    if not region:
        return image
    mask = polygon_mask(region, image.shape[1], image.shape[0])
    return image * mask[:, :, None].astype(np.uint8)


def _small(image: ImageBGR) -> _Plane:
    """Grey, each pixel the average of sixteen: all of them would cost more than they tell."""
    height, width = image.shape[:2]
    factor = min(SIDE_PX / max(height, width), 1.0)
    size = (max(round(width * factor), 2), max(round(height * factor), 2))
    seen = cv2.resize(image, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR)
    coarse = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(coarse, cv2.COLOR_BGR2GRAY).astype(np.float32)


def _relit(scene: _Plane, grey: _Plane, limit: _Plane) -> _Plane:
    """The scene as it would look in the light of the picture: a line is fitted to the pixels that did not change.

    Every fourth pixel is enough for that.
    """
    x, y, near = scene[::2, ::2].ravel(), grey[::2, ::2].ravel(), 2.0 * limit[::2, ::2].ravel()
    gain, shift = 1.0, float(np.median(y - x))
    for _ in range(2):
        calm = (np.abs(y - (gain * x + shift)) <= near).astype(np.float32)
        count = float(calm.sum())
        if count < 0.2 * x.size:
            break
        mean_x, mean_y = float(calm @ x) / count, float(calm @ y) / count
        away = (x - mean_x) * calm
        spread = float(away @ away) / count
        if spread < 1.0:
            break
        gain = float(np.clip(float(away @ (y - mean_y)) / count / spread, 0.5, 2.0))
        shift = mean_y - gain * mean_x
    return np.float32(gain) * scene + np.float32(shift)


def _padded(x: float, y: float, width: float, height: float, long_side: int) -> Box:
    pad = max(_PAD * max(width, height), _LEAST_PAD * long_side)
    return Box(left=x - pad, top=y - pad, right=x + width + pad, bottom=y + height + pad)


def _clipped(box: Box, width: int, height: int) -> Box:
    return Box(
        left=max(box.left, 0.0),
        top=max(box.top, 0.0),
        right=min(box.right, float(width)),
        bottom=min(box.bottom, float(height)),
    )


def _merged(boxes: list[Box]) -> list[Box]:
    """Boxes that touch become one."""
    found: list[Box] = []
    for box in boxes:
        joined = box
        while (near := next((one for one in found if _touch(one, joined)), None)) is not None:
            found.remove(near)
            joined = Box(
                left=min(near.left, joined.left),
                top=min(near.top, joined.top),
                right=max(near.right, joined.right),
                bottom=max(near.bottom, joined.bottom),
            )
        found.append(joined)
    return found


def _touch(one: Box, other: Box) -> bool:
    return (
        one.left <= other.right
        and other.left <= one.right
        and one.top <= other.bottom
        and other.top <= one.bottom
    )

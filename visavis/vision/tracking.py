"""Which face of this frame is which of the last ones?

Faces are associated as ByteTrack does it (Zhang et al., ECCV 2022): first those good enough for a template, by
overlap with where the track was heading and by likeness; then the others by overlap alone, so that a turned or
blurred face does not break its track. Likeness also forbids: a face that resembles the track far less than one
human resembles himself starts a track of its own, as after a cut; and where a track was out of sight, as behind
somebody else, only a face that resembles it goes on with it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from visavis.domain.arrays import Vector
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingPlan:
    """When two looks belong to one track.

    `overlap`: intersection over union that neighbouring boxes have at least. `alike`: similarity from which on
    a face is taken for the track's although it jumped, up to `reach` face widths for each second that it was
    away (who walks past at 1.4 m/s does 9), or was not seen in the last frame. `unlike`: similarity below which it
    is not, however well it fits. A track ends when it was not seen for `patience_s`.
    """

    overlap: float = 0.25
    alike: float = 0.35
    unlike: float = 0.2
    reach: float = 12.0
    patience_s: float = 1.5

    def __post_init__(self) -> None:
        if not (0.0 < self.overlap < 1.0 and self.unlike <= self.alike and self.patience_s > 0.0):
            raise ValueInvalid("A tracking plan needs an overlap between 0 and 1, and unlike below alike.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """A detection: its box and, if it is good enough for a template, the template's vector."""

    box: Box
    vector: Vector | None = None


@dataclass(slots=True, eq=False)
class _Path:
    """What is known of a track while it lasts."""

    number: int
    box: Box
    at_s: float
    vector: Vector | None
    speed: tuple[float, float] = (0.0, 0.0)

    def expected(self, at_s: float) -> Box:
        """The last box, moved on as it moved last, at most for half a second."""
        ahead = min(at_s - self.at_s, 0.5)
        right, down = self.speed[0] * ahead, self.speed[1] * ahead
        box = self.box
        return Box(
            left=box.left + right, top=box.top + down, right=box.right + right, bottom=box.bottom + down
        )

    def follow(self, look: Look, at_s: float) -> None:
        passed = at_s - self.at_s
        if passed > 0:
            (x, y), (old_x, old_y) = look.box.centre, self.box.centre
            now = (x - old_x) / passed, (y - old_y) / passed
            self.speed = (self.speed[0] + now[0]) / 2, (self.speed[1] + now[1]) / 2
        self.box, self.at_s = look.box, at_s
        if look.vector is not None:
            mean = look.vector if self.vector is None else 0.8 * self.vector + 0.2 * look.vector
            self.vector = (mean / np.linalg.norm(mean)).astype(np.float32)


@dataclass(slots=True, eq=False)
class Tracker:
    """Follows the faces of one source. Frames come in order of time."""

    plan: TrackingPlan = field(default_factory=TrackingPlan)
    _paths: list[_Path] = field(default_factory=list)
    _known: int = 0
    _last_s: float = -math.inf

    @property
    def alive(self) -> frozenset[int]:
        """The tracks that may still be seen again."""
        return frozenset(path.number for path in self._paths)

    def likely(self, boxes: Sequence[Box], at_s: float) -> list[int | None]:
        """The track that each box continues by its place alone, `None` for a new face or one that jumped.

        Changes nothing. Whoever wants to save templates computes them for the others, and for those who are close
        to somebody else, before `update`.
        """
        free = {place for place, path in enumerate(self._paths) if at_s - path.at_s <= self.plan.patience_s}
        looks = [Look(box=box) for box in boxes]
        matches = dict(self._matches(looks, range(len(looks)), free, at_s))
        return [
            self._paths[matches[place]].number if place in matches else None for place in range(len(looks))
        ]

    def update(self, looks: Sequence[Look], at_s: float) -> list[int]:
        """The number of each look's track, in order; new tracks get new numbers, 0, 1, 2, …"""
        self._paths = [path for path in self._paths if at_s - path.at_s <= self.plan.patience_s]
        numbers = dict[int, int]()
        free = set(range(len(self._paths)))
        for good in (True, False):
            places = [place for place, look in enumerate(looks) if (look.vector is not None) is good]
            for place, path in self._matches(looks, places, free, at_s):
                free.discard(path)
                numbers[place] = self._paths[path].number
                self._paths[path].follow(looks[place], at_s)
        for place, look in enumerate(looks):
            if place not in numbers:
                numbers[place] = self._begin(look, at_s)
        self._last_s = at_s
        return [numbers[place] for place in range(len(looks))]

    def _begin(self, look: Look, at_s: float) -> int:
        number, self._known = self._known, self._known + 1
        path = _Path(number=number, box=look.box, at_s=at_s, vector=None)
        path.follow(look, at_s)
        self._paths.append(path)
        return number

    def _matches(
        self, looks: Sequence[Look], places: Sequence[int], free: set[int], at_s: float
    ) -> list[tuple[int, int]]:
        """The best pairs of a look and a path, each used once."""
        fits = [
            (fit, place, path)
            for place in places
            for path in free
            if (fit := self._fit(looks[place], self._paths[path], at_s)) is not None
        ]
        taken: list[tuple[int, int]] = []
        used_places, used_paths = set[int](), set[int]()
        for _, place, path in sorted(fits, key=lambda one: (-one[0], one[1], one[2])):
            if place not in used_places and path not in used_paths:
                used_places.add(place)
                used_paths.add(path)
                taken.append((place, path))
        return taken

    def _fit(self, look: Look, path: _Path, at_s: float) -> float | None:
        """How well a look continues a path; `None` if it does not."""
        overlap = max(path.expected(at_s).overlap(look.box), path.box.overlap(look.box))
        if look.vector is None or path.vector is None:
            return overlap if overlap >= self.plan.overlap else None
        likeness = float(path.vector @ look.vector / np.linalg.norm(look.vector))
        if likeness < (self.plan.unlike if path.at_s >= self._last_s else self.plan.alike):
            return None
        if overlap < self.plan.overlap and not (likeness >= self.plan.alike and self._near(look, path, at_s)):
            return None
        return overlap + likeness

    def _near(self, look: Look, path: _Path, at_s: float) -> bool:
        (x, y), (old_x, old_y) = look.box.centre, path.box.centre
        away = float(np.hypot(x - old_x, y - old_y)) / max(path.box.width, look.box.width)
        return away <= self.plan.reach * max(at_s - path.at_s, 0.1)

"""Real faces pass a camera, at times that are known: pictures for `RtspServer`, rendered from photographs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_SIZE = 640, 480
_SIDE = 220  #: of a photograph in the scene


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with photographs to be enrolled from, and another that passes the camera."""

    name: str
    known: Sequence[Path]
    shown: Path


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An appearance in the loop, seconds from its beginning."""

    person: str
    begin_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A loop in which everybody passes once, `stay_s` long, a new one every `every_s` seconds: two at a time or none.

    Neighbours in time walk in different rows, so that nobody takes another's place.
    """

    people: Sequence[Person]
    fps: float = 10.0
    stay_s: float = 2.5
    every_s: float = 2.0

    @property
    def length_s(self) -> float:
        return len(self.people) * self.every_s + self.stay_s + 1.0

    @property
    def visits(self) -> list[Visit]:
        return [
            Visit(
                person=one.name,
                begin_s=0.5 + place * self.every_s,
                end_s=0.5 + place * self.every_s + self.stay_s,
            )
            for place, one in enumerate(self.people)
        ]

    def between(self, epoch: float, since: float, until: float) -> list[tuple[str, float, float]]:
        """Who appears entirely in this time, from when to when, in seconds since 1970; `epoch` is when a loop began."""
        first, last = int((since - epoch) / self.length_s) - 1, int((until - epoch) / self.length_s) + 1
        found = [
            (visit.person, begin, end)
            for turn in range(first, last + 1)
            for visit in self.visits
            if since <= (begin := epoch + turn * self.length_s + visit.begin_s)
            and (end := epoch + turn * self.length_s + visit.end_s) <= until
        ]
        return sorted(found, key=lambda one: one[1])

    def render(self, folder: Path) -> Path:
        """The pictures of one loop."""
        folder.mkdir(parents=True, exist_ok=True)
        photos = [_photo(one.shown) for one in self.people]
        ground = _ground()
        for number in range(round(self.length_s * self.fps)):
            picture = ground.copy()
            for place, (photo, visit) in enumerate(zip(photos, self.visits, strict=True)):
                passed = number / self.fps - visit.begin_s
                if 0.0 <= passed < self.stay_s:
                    _show(picture, photo, place % 2, passed / self.stay_s)
            cv2.imwrite(str(folder / f"{number:06}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        return folder


def people_of(folder: Path, count: int, *, known: int = 2) -> list[Person]:
    """From a folder with a folder for each human, those with the most photographs first.

    Raises `ValueError` if fewer have enough of them: `known` to be enrolled from, and one more.
    """
    places = [(sorted(one.glob("*.jpg")), one.name) for one in sorted(folder.iterdir()) if one.is_dir()]
    chosen = sorted((one for one in places if len(one[0]) > known), key=lambda one: -len(one[0]))[:count]
    if len(chosen) < count:
        raise ValueError(f"{len(chosen)} of {count} people there have more than {known} photographs (*.jpg)")
    return [Person(name=name, known=files[:known], shown=files[known]) for files, name in chosen]


def _photo(path: Path) -> Picture:
    read = cv2.imread(str(path))
    if read is None:
        raise ValueError(f"{path.name} is no photograph")
    return np.asarray(cv2.resize(read, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _ground() -> Picture:
    """Something that is no face, and not quite flat."""
    coarse = np.random.default_rng(7).integers(90, 150, (6, 8, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, _SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def _show(picture: Picture, photo: Picture, row: int, progress: float) -> None:
    left = int(10 + progress * (_SIZE[0] - _SIDE - 20))
    top = 10 + row * (_SIDE + 15)
    picture[top : top + _SIDE, left : left + _SIDE] = photo

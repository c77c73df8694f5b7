"""Who walks where, and when: drawn by a generator with a seed, so that a scene can be rendered again."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

LEAST_PHOTOS = 6  #: of each human: to be enrolled from, and one for each appearance
_PORTRAITS = 2
_EVERY_S = 3.2  #: from one visitor to the next
_BETWEEN_S = (2.0, 5.0)  #: from one camera to the next
_STAY_S = (4.5, 7.5)


Fit: TypeAlias = Callable[[Path], bool]
"""Whether a photo could be of somebody who walks past."""


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str
    photos: tuple[Path, ...]

    @property
    def portraits(self) -> tuple[Path, ...]:
        return self.photos[:_PORTRAITS]

    def photo(self, number: int) -> Path:
        """Another one for every appearance, as long as there are any."""
        return self.photos[_PORTRAITS + number % (len(self.photos) - _PORTRAITS)]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Where the middle of the face is, as shares of the picture, and how wide the face is, px."""

    at_s: float
    x: float
    y: float
    face_px: float


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One appearance to be rendered."""

    person: Person
    photo: Path
    start_s: float
    steps: tuple[Step, ...]  #: from the start on
    sway: float  #: where in its swing the body begins, radians

    @property
    def end_s(self) -> float:
        return self.start_s + self.steps[-1].at_s

    def at(self, now_s: float) -> Step | None:
        """Between two steps one moves evenly, and slows down at both."""
        passed = now_s - self.start_s
        if not 0.0 <= passed <= self.steps[-1].at_s:
            return None
        for one, other in zip(self.steps, self.steps[1:], strict=False):
            if passed <= other.at_s:
                share = (passed - one.at_s) / (other.at_s - one.at_s)
                share = share * share * (3.0 - 2.0 * share)
                return Step(
                    at_s=now_s,
                    x=one.x + share * (other.x - one.x),
                    y=one.y + share * (other.y - one.y),
                    face_px=one.face_px + share * (other.face_px - one.face_px),
                )
        return None


def chosen(photos: Path, count: int, seed: int, fit: Fit) -> list[Person]:
    """So many of those with enough photos that fit. Raises `ValueError` if there are not so many."""
    folders = [folder for folder in sorted(photos.iterdir()) if folder.is_dir()]
    random.Random(seed).shuffle(folders)
    people: list[Person] = []
    for folder in folders:
        files = sorted(file for file in folder.glob("*") if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
        if len(files) < LEAST_PHOTOS:
            continue
        files = [file for file in files if fit(file)]
        if len(files) >= LEAST_PHOTOS:
            people.append(Person(name=folder.name, photos=tuple(files)))
        if len(people) == count:
            return people
    raise ValueError(
        f"{photos} has {len(people)} people with {LEAST_PHOTOS} fit photos or more, not {count}."
    )


def planned(people: Sequence[Person], cameras: int, days: int, seed: int) -> list[list[list[Walk]]]:
    """Walks by day and camera. Two thirds come every day, the others on one day only; whoever comes passes all the
    cameras one after the other, and every third goes back to the first one."""
    rng = random.Random(seed + 1)
    used = {person.name: 0 for person in people}
    plan = [[list[Walk]() for _ in range(cameras)] for _ in range(days)]
    for day in range(days):
        today = [one for place, one in enumerate(people) if place % 3 != 2 or (place // 3) % days == day]
        rng.shuffle(today)
        for number, person in enumerate(today):
            now = 0.5 + number * _EVERY_S + rng.uniform(0.0, 0.8)
            route = [*range(cameras), *([0] if number % 3 == 2 and cameras > 1 else [])]
            for camera in route:
                walk = _walk(person, used[person.name], now, number, camera, rng)
                used[person.name] += 1
                plan[day][camera].append(walk)
                now = walk.end_s + rng.uniform(*_BETWEEN_S)
    return plan


def _walk(person: Person, used: int, start_s: float, number: int, camera: int, rng: random.Random) -> Walk:
    """Neighbours in time walk against each other; every fourth on the same line, so that they cross."""
    lane = 0.30 if (number + (number % 4 == 3)) % 2 else 0.60
    way = 1 if (number + camera) % 2 else -1
    stay, y = rng.uniform(*_STAY_S), lane + rng.uniform(-0.04, 0.04)
    near, far = rng.uniform(80, 125), rng.uniform(48, 75)
    first, last = (-0.12, 1.12) if way > 0 else (1.12, -0.12)
    style = rng.choice(["cross", "linger", "approach"])
    if style == "cross":
        steps = [(0.0, first, y, near), (1.0, last, y, near * 0.9)]
    elif style == "linger":
        middle = rng.uniform(0.35, 0.65)
        steps = [
            (0.0, first, y, near),
            (0.35, middle, y, near),
            (0.65, middle, y, near * 1.05),
            (1.0, last, y, near),
        ]
    else:
        steps = [(0.0, first, y, far), (0.5, 0.5, y, (near + far) / 2), (1.0, last, y + 0.05, near * 1.2)]
    return Walk(
        person=person,
        photo=person.photo(used),
        start_s=start_s,
        steps=tuple(Step(at_s=share * stay, x=x, y=y, face_px=px) for share, x, y, px in steps),
        sway=rng.uniform(0.0, 6.28),
    )

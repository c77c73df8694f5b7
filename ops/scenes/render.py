"""Walks become videos: one file for each camera and day, and the truth about them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np

from ops.scenes.figures import Picture, draw, face_box, figure
from ops.scenes.plan import Fit, Step, Walk, chosen, planned
from ops.scenes.truth import Appearance, Spot, Take, Truth

SITE = "shop"
ZONES = ("entrance", "hall", "till", "yard")
_SIZE = 960, 540
_STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_INSIDE = 0.8  #: share of the face's box within the picture from which on it counts as seen


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a camera makes of what is in front of it."""

    gain: float
    gamma: float
    warmth: float
    noise: float
    crf: int  #: of H.264: more is worse


LOOKS = (
    Look(gain=1.0, gamma=1.0, warmth=0.0, noise=3.0, crf=23),
    Look(gain=0.8, gamma=1.15, warmth=0.08, noise=8.0, crf=29),
    Look(gain=1.15, gamma=0.9, warmth=-0.06, noise=5.0, crf=26),
    Look(gain=0.7, gamma=1.0, warmth=0.04, noise=10.0, crf=27),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which scene."""

    photos: Path
    people: int = 12
    cameras: int = 2
    days: int = 2
    seed: int = 1
    rate: int = 10

    def __post_init__(self) -> None:
        if not (1 <= self.cameras <= len(LOOKS) and self.days >= 1 and self.people >= 1):
            raise ValueError(f"A scene has 1 to {len(LOOKS)} cameras, and at least a day and a human.")


def render(wanted: Wanted, out: Path, fit: Fit) -> Truth:
    """Writes the videos and the truth into a folder. Raises `ValueError` if there are too few photos."""
    people = chosen(wanted.photos, wanted.people, wanted.seed, fit)
    out.mkdir(parents=True, exist_ok=True)
    takes = []
    for day, cameras in enumerate(planned(people, wanted.cameras, wanted.days, wanted.seed)):
        for camera, walks in enumerate(cameras):
            file = f"camera-{camera + 1}-day-{day + 1}.mp4"
            _film(out / file, walks, camera, wanted.rate, seed=wanted.seed * 100 + day)
            takes.append(
                Take(
                    file=file,
                    camera=f"camera-{camera + 1}",
                    site=SITE,
                    zone=ZONES[camera],
                    started_at=_STARTED + timedelta(days=day),
                    rate=float(wanted.rate),
                    appearances=tuple(seen for walk in walks if (seen := _seen(walk, walks, wanted.rate))),
                )
            )
    truth = Truth(
        takes=tuple(takes), portraits={person.name: tuple(map(str, person.portraits)) for person in people}
    )
    truth.write(out)
    return truth


def _film(target: Path, walks: Sequence[Walk], camera: int, rate: int, *, seed: int) -> None:
    look = LOOKS[camera]
    with av.open(str(target), "w") as container:
        stream = container.add_stream(
            "libx264", rate=rate, options={"crf": str(look.crf), "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        for picture in _pictures(walks, camera, rate, seed):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())


def _pictures(walks: Sequence[Walk], camera: int, rate: int, seed: int) -> Iterator[Picture]:
    rng = np.random.default_rng([seed, camera])
    ground = _ground(camera)
    grains = rng.normal(0.0, LOOKS[camera].noise, (4, _SIZE[1] + 64, _SIZE[0] + 64)).astype(np.int16)
    grains, curves = np.repeat(grains[..., None], 3, axis=3), _curves(LOOKS[camera])
    total = max((walk.end_s for walk in walks), default=0.0) + 1.0
    for number in range(math.ceil(total * rate)):
        now, scene = number / rate, ground.copy()
        present = [(walk, place) for walk in walks if (place := walk.at(now)) is not None]
        for walk, place in sorted(present, key=lambda one: one[1].face_px):
            later = walk.at(now + 0.02) or place
            speed = math.hypot((later.x - place.x) * _SIZE[0], (later.y - place.y) * _SIZE[1])
            draw(scene, figure(walk.photo), place, walk.sway, min(speed, 12.0))
        down, right = rng.integers(0, 64, 2)
        grain = grains[rng.integers(4), down : down + _SIZE[1], right : right + _SIZE[0]]
        yield np.asarray(cv2.add(cv2.LUT(scene, curves), grain, dtype=cv2.CV_8U), np.uint8)


def _curves(look: Look) -> Picture:
    """What becomes of each brightness of each colour, (1, 256, 3)."""
    seen = 255.0 * np.power(np.clip(np.arange(256) * look.gain / 255.0, 0.0, 1.0), look.gamma)
    warmth = np.array([1.0 - look.warmth, 1.0, 1.0 + look.warmth])
    return np.asarray(np.clip(seen[None, :, None] * warmth, 0.0, 255.0), np.uint8)


def _ground(camera: int) -> Picture:
    """What is always there: light and dark, and things with straight edges."""
    rng = np.random.default_rng(camera)
    ground = cv2.resize(
        rng.integers(90, 150, (6, 10, 3), dtype=np.uint8), _SIZE, interpolation=cv2.INTER_CUBIC
    )
    for _ in range(9):
        left, top = rng.integers(0, _SIZE[0] - 80), rng.integers(0, _SIZE[1] - 60)
        right, bottom = left + rng.integers(40, 260), top + rng.integers(30, 200)
        colour = tuple(int(one) for one in rng.integers(70, 170, 3))
        cv2.rectangle(ground, (int(left), int(top)), (int(right), int(bottom)), colour, -1)
    return np.asarray(cv2.GaussianBlur(ground, (0, 0), 1.0), np.uint8)


def _seen(walk: Walk, walks: Sequence[Walk], rate: int) -> Appearance | None:
    spots = []
    for number in range(math.floor(walk.start_s * rate), math.ceil(walk.end_s * rate) + 1):
        place = walk.at(number / rate)
        if place is None or _is_hidden(place, walks):
            continue
        left, top, right, bottom = face_box(place, *_SIZE)
        width = min(right, _SIZE[0]) - max(left, 0.0)
        height = min(bottom, _SIZE[1]) - max(top, 0.0)
        if width > 0 and height > 0 and width * height >= _INSIDE * (right - left) * (bottom - top):
            spots.append(Spot(at_s=number / rate, left=left, top=top, right=right, bottom=bottom))
    return Appearance(person=walk.person.name, photo=walk.photo.name, spots=tuple(spots)) if spots else None


def _is_hidden(place: Step, walks: Sequence[Walk]) -> bool:
    """Whether somebody who is nearer stands before the middle of this face."""
    for walk in walks:
        other = walk.at(place.at_s)
        if other is None or other.face_px <= place.face_px:
            continue
        across = abs(other.x - place.x) * _SIZE[0] / other.face_px
        below = (place.y - other.y) * _SIZE[1] / other.face_px
        if (across < 0.7 and abs(below) < 0.9) or (across < 1.2 and below > 0.7):
            return True
    return False

"""The motion gate: what moves opens it, light does not."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Box
from visavis.vision.motion import MotionGate, MotionPlan, inside, masked

WIDTH, HEIGHT, RATE = 640, 360, 5
Scene = Callable[[float], "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"]


def room() -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Smooth light and dark places, with edges."""
    rng = np.random.default_rng(7)
    coarse = cv2.resize(rng.uniform(60, 190, (9, 16, 3)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    coarse[200:, 400:] *= 0.6
    return np.asarray(coarse, np.float64)


ROOM = room()
NOISE = np.random.default_rng(1).normal(0.0, 3.0, (7, HEIGHT, WIDTH, 3))


def seen(scene: Scene, seconds: float, plan: MotionPlan | None = None) -> list[tuple[float, tuple[Box, ...]]]:
    """Frames with noise, and what the gate says of each."""
    gate = MotionGate(plan or MotionPlan())
    found = []
    for number in range(int(seconds * RATE)):
        at = number / RATE
        noisy = scene(at) + NOISE[number % len(NOISE)]
        found.append((at, gate.update(np.clip(noisy, 0, 255).astype(np.uint8), at)))
    return found


def open_share(found: list[tuple[float, tuple[Box, ...]]], since: float, until: float = 1e9) -> float:
    return float(np.mean([bool(boxes) for at, boxes in found if since <= at < until]))


def walker(
    at: float, size: tuple[int, int] = (60, 200)
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Somebody crosses between the seconds 10 and 20."""
    scene = ROOM.copy()
    if 10.0 <= at < 20.0:
        left = int((at - 10.0) * 55)
        scene[120 : 120 + size[1], left : left + size[0]] = (40, 60, 120)
    return scene


def test_at_first_everything_is_looked_at() -> None:
    (_, boxes), *_ = seen(lambda _: ROOM, 1)
    assert boxes == (Box(left=0, top=0, right=WIDTH, bottom=HEIGHT),)


def test_an_empty_room_is_not_looked_at() -> None:
    assert open_share(seen(lambda _: ROOM, 20), since=3) == 0.0


@pytest.mark.parametrize(
    "light",
    [
        lambda at: ROOM * (1.0 - 0.5 * at / 30.0),
        lambda at: ROOM * (0.5 if at > 10.0 else 1.0),
        lambda at: ROOM * (1.0 + 0.1 * np.sin(at * 31.0)),
        lambda at: ROOM * (1.0 + 0.08 * np.sin(np.arange(HEIGHT)[:, None, None] / 30.0 + at * 17.0)),
    ],
    ids=["dusk", "lamp", "flicker", "bands"],
)
def test_light_alone_does_not_open_it_for_long(light: Scene) -> None:
    found = seen(light, 30)
    assert open_share(found, since=18) == 0.0
    assert open_share(found, since=3) < 0.3


@pytest.mark.parametrize("size", [(60, 200), (20, 60)], ids=["near", "far"])
def test_who_walks_through_is_followed(size: tuple[int, int]) -> None:
    found = seen(lambda at: walker(at, size), 30)
    assert open_share(found, since=3, until=10) == 0.0
    for at, boxes in found:
        if 10.4 <= at < 19.0:
            x, y = (at - 10.0) * 55 + size[0] / 2, 120 + size[1] / 2
            assert any(box.left <= x <= box.right and box.top <= y <= box.bottom for box in boxes)
            assert sum(box.area for box in boxes) < 0.75 * WIDTH * HEIGHT or size == (60, 200)
    assert open_share(found, since=24) == 0.0


def test_what_is_left_behind_becomes_part_of_the_room() -> None:
    def scene(at: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        picture = ROOM.copy()
        if at > 8.0:
            picture[150:300, 300:380] = (30, 30, 30)
        return picture

    found = seen(scene, 30)
    assert open_share(found, since=8.2, until=9.5) == 1.0
    assert open_share(found, since=20) == 0.0


def test_it_stays_open_while_somebody_is_there_who_does_not_move() -> None:
    gate, picture = MotionGate(), ROOM.astype(np.uint8)
    face = Box(left=300, top=100, right=360, bottom=180)
    for number in range(60):
        boxes = gate.update(picture, number / RATE)
        gate.hold(face, WIDTH, HEIGHT)
    assert boxes
    assert boxes[0].left <= 300
    assert boxes[0].right >= 360
    for number in range(60, 80):
        boxes = gate.update(picture, number / RATE)
    assert not boxes


def test_only_the_region_counts() -> None:
    right = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
    found = seen(walker, 30, MotionPlan(region=(right,), hold_s=0.5))
    assert open_share(found, since=10.4, until=13.0) == 0.0
    assert open_share(found, since=16.5, until=19.0) == 1.0


def test_sensitivity_is_what_it_says() -> None:
    def scene(at: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        picture = ROOM.copy()
        left = int(at * 20) % 500
        picture[100:140, left : left + 20] += 9.0
        return picture

    shares = [
        open_share(seen(scene, 10, MotionPlan(sensitivity=value)), since=5) for value in (0.0, 0.5, 1.0)
    ]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[2] > 0.9


def test_another_size_begins_anew() -> None:
    gate = MotionGate()
    gate.update(ROOM.astype(np.uint8), 0.0)
    assert gate.update(np.zeros((100, 50, 3), np.uint8), 0.2) == (Box(left=0, top=0, right=50, bottom=100),)


def test_polygons() -> None:
    triangle = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    assert inside((triangle,), 0.2, 0.2)
    assert not inside((triangle,), 0.9, 0.9)
    assert inside((), 0.9, 0.9)
    image: ImageBGR = np.full((10, 10, 3), 9, np.uint8)
    assert masked(image, (triangle,))[0, 0, 0] == 9
    assert masked(image, (triangle,))[9, 9, 0] == 0
    assert masked(image, ()) is image
    with pytest.raises(ValueInvalid):
        MotionPlan(region=(((0, 0), (1, 1)),))
    with pytest.raises(ValueInvalid):
        MotionPlan(sensitivity=1.5)


def test_people_in_a_real_clip_are_followed_and_the_empty_room_is_not(shared_data: Path) -> None:
    pytest.importorskip("av", reason="needs the extra visavis[video]")
    from visavis.adapters.video.files import VideoFiles

    gate, found = MotionGate(), []
    for one in VideoFiles().frames(shared_data / "clips" / "one-by-one-person-detection.mp4", RATE):
        found.append((one.at_s, gate.update(one.frame.pixels, one.at_s)))
        if one.at_s > 20.0:
            break
    assert open_share(found, since=3.0, until=5.5) == 0.0  # nobody
    assert open_share(found, since=7.0, until=20.0) == 1.0  # somebody comes and stands there

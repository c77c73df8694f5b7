"""Faces that move, cross, turn away, jump and are cut."""

import numpy as np
import pytest

from visavis.domain.arrays import Vector
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Box
from visavis.vision.tracking import Look, Tracker, TrackingPlan


def face(seed: int, noise: float = 0.02, at: int = 0) -> Vector:
    """The same human from look to look, with a little noise; other seeds are other humans."""
    human = np.random.default_rng(seed).normal(size=512)
    human /= np.linalg.norm(human)
    other = np.random.default_rng((seed, at)).normal(size=512) * noise
    return ((human + other) / np.linalg.norm(human + other)).astype(np.float32)


def look(x: float, y: float = 100, *, of: int | None = None, at: int = 0, side: float = 100) -> Look:
    box = Box(left=x, top=y, right=x + side, bottom=y + side)
    return Look(box=box, vector=None if of is None else face(of, at=at))


def test_a_face_that_moves_is_one_track() -> None:
    tracker = Tracker()
    numbers = [tracker.update([look(40 * n, of=1, at=n)], n * 0.2) for n in range(20)]
    assert numbers == [[0]] * 20


def test_two_who_cross_keep_their_numbers() -> None:
    tracker = Tracker()
    for n in range(21):
        one, two = look(40 * n, of=1, at=n), look(800 - 40 * n, of=2, at=n)
        if n % 2:
            assert tracker.update([two, one], n * 0.2) == [1, 0]
        else:
            assert tracker.update([one, two], n * 0.2) == [0, 1]


def test_a_turned_face_does_not_break_its_track() -> None:
    tracker = Tracker()
    numbers = [
        tracker.update([look(10 * n, of=None if 3 <= n <= 6 else 1, at=n)], n * 0.2) for n in range(10)
    ]
    assert numbers == [[0]] * 10


def test_after_a_cut_another_face_in_the_same_place_is_another_track() -> None:
    tracker = Tracker()
    assert tracker.update([look(100, of=1)], 0.0) == [0]
    assert tracker.update([look(100, of=2)], 0.2) == [1]


def test_a_jump_is_followed_by_likeness_only_as_far_as_one_can_go() -> None:
    tracker = Tracker()
    tracker.update([look(100, of=1)], 0.0)
    assert tracker.update([look(280, of=1, at=1)], 0.5) == [0]  # 1.8 widths in half a second
    assert tracker.update([look(900, of=1, at=2)], 0.7) == [1]  # 6 widths in a fifth of a second


def test_a_track_ends_after_its_patience() -> None:
    tracker = Tracker(TrackingPlan(patience_s=1.0))
    tracker.update([look(100, of=1)], 0.0)
    tracker.update([], 0.9)
    assert tracker.alive == {0}
    assert tracker.update([look(100, of=1, at=1)], 1.1) == [1]
    assert tracker.alive == {1}


def test_no_track_is_given_twice_in_a_frame() -> None:
    tracker = Tracker()
    tracker.update([look(100, of=1)], 0.0)
    numbers = tracker.update([look(105, of=1, at=1), look(110), look(95)], 0.2)
    assert len(set(numbers)) == 3
    assert numbers[0] == 0


@pytest.mark.parametrize("wrong", [{"overlap": 0.0}, {"unlike": 0.5, "alike": 0.3}, {"patience_s": 0.0}])
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueInvalid):
        TrackingPlan(**wrong)

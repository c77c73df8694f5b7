"""When a picture was taken."""

from datetime import UTC, datetime, timedelta

import pytest

from visavis.adapters.video.clock import SourceClock

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Time:
    """Both clocks of a machine; the wall clock can be set."""

    def __init__(self) -> None:
        self.passed = 1000.0
        self.set_by = timedelta()

    def ticks(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed - 1000.0) + self.set_by


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def clock(time: Time) -> SourceClock:
    return SourceClock(now=time.now, ticks=time.ticks)


def test_a_picture_on_its_way_for_longer_was_taken_when_its_stamp_says(
    clock: SourceClock, time: Time
) -> None:
    clock.stamp(50.0)
    time.passed += 3.0
    late = clock.stamp(51.0)
    assert late.at_s == pytest.approx(1.0, abs=0.01)
    assert late.late_s == pytest.approx(2.0, abs=0.01)
    assert late.captured_at == pytest.approx(NOON + timedelta(seconds=1), abs=timedelta(seconds=0.01))


def test_the_picture_that_came_fastest_sets_the_clock(clock: SourceClock, time: Time) -> None:
    clock.stamp(50.0)  # a picture out of a buffer, half a second old
    time.passed += 0.5
    fast = clock.stamp(51.0)
    assert fast.late_s == 0.0
    assert fast.captured_at == NOON + timedelta(seconds=0.5)


def test_time_never_goes_back(clock: SourceClock, time: Time) -> None:
    stamps = []
    for shown in (10.0, 11.0, 3.0, 4.0, 90_000.0, None, 2.0):
        time.passed += 1.0
        stamps.append(clock.stamp(shown))
    times = [one.captured_at for one in stamps]
    assert times == sorted(times)
    assert [one.at_s for one in stamps] == sorted(one.at_s for one in stamps)


def test_a_new_connection_may_count_from_elsewhere(clock: SourceClock, time: Time) -> None:
    clock.stamp(5000.0)
    time.passed += 60.0
    clock.begin()
    assert clock.stamp(0.0).at_s == pytest.approx(60.0)


def test_a_slow_clock_is_followed(clock: SourceClock, time: Time) -> None:
    """The source counts 100 millionths too slowly; after hours that would be seconds."""
    for number in range(40_000):
        clock.stamp(number * 0.9999)
        time.passed += 1.0
    assert clock.stamp(40_000 * 0.9999).late_s < 0.1


def test_the_source_is_believed_if_its_clock_is_set(clock: SourceClock) -> None:
    said = NOON - timedelta(seconds=0.4)
    assert clock.stamp(1.0, said).captured_at == said


def test_a_clock_that_was_never_set_is_not_believed(clock: SourceClock) -> None:
    assert clock.stamp(1.0, datetime(1970, 1, 2, tzinfo=UTC)).captured_at == NOON


def test_when_our_clock_is_set_its_times_count_from_then_on(clock: SourceClock, time: Time) -> None:
    clock.stamp(1.0)
    time.passed, time.set_by = time.passed + 1.0, timedelta(hours=-1)
    back = clock.stamp(2.0)
    assert back.captured_at == NOON + timedelta(seconds=1, hours=-1)
    assert back.at_s == pytest.approx(1.0)

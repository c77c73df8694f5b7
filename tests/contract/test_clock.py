"""The contracts of time and identity."""

from datetime import UTC, datetime, timedelta

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock


class TestSystemClock:
    def test_tells_the_present_in_utc(self) -> None:
        now = SystemClock().now()
        assert now.utcoffset() == timedelta(0)
        assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)


class TestRandomIdentifiers:
    def test_never_repeats(self) -> None:
        identifiers = RandomIdentifiers()
        assert len({identifiers.new() for _ in range(1000)}) == 1000

"""Token buckets in the memory of this process: others count for themselves."""

import time
from collections.abc import Callable

from visavis.domain.account import Rate


class MemoryLimiter:
    """A bucket holds `rate.capacity` at most and gets `rate.per_minute` a minute; it is forgotten when full again.

    `now` is a monotonic clock in seconds.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, most: int = 100_000) -> None:
        self._now = now
        self._most = most
        self._buckets: dict[str, tuple[float, float, float]] = {}  # left, at, full again at

    async def take(self, name: str, rate: Rate) -> float:
        now, per_second = self._now(), rate.per_minute / 60
        left, at, _ = self._buckets.pop(name, (float(rate.capacity), now, now))
        left = min(left + (now - at) * per_second, float(rate.capacity))
        wait_s = 0.0 if left >= 1 else (1 - left) / per_second
        if wait_s == 0.0:
            left -= 1
        self._make_room(now)
        self._buckets[name] = (left, now, now + (rate.capacity - left) / per_second)
        return wait_s

    def _make_room(self, now: float) -> None:
        """Full buckets say nothing. If all of this many say something, the one that was not asked for longest goes."""
        if len(self._buckets) < self._most:
            return
        self._buckets = {name: one for name, one in self._buckets.items() if one[2] > now}
        while len(self._buckets) >= self._most:
            del self._buckets[next(iter(self._buckets))]

"""Token buckets."""

import pytest

from visavis.adapters.memory.limiter import MemoryLimiter
from visavis.domain.account import Rate

pytestmark = pytest.mark.anyio


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_burst_passes_and_then_the_rate() -> None:
    time = Time()
    limiter = MemoryLimiter(now=time)
    rate = Rate(per_minute=60, burst=3)
    assert [await limiter.take("a", rate) for _ in range(4)] == [0, 0, 0, 1.0]
    time.now = 0.5
    assert await limiter.take("a", rate) == pytest.approx(0.5)
    assert await limiter.take("b", rate) == 0
    time.now = 1.0
    assert [await limiter.take("a", rate) for _ in range(2)] == [0, 1.0]
    time.now = 1000.0
    assert [await limiter.take("a", rate) for _ in range(4)] == [0, 0, 0, 1.0]


async def test_over_time_exactly_the_rate_passes() -> None:
    time = Time()
    limiter = MemoryLimiter(now=time)
    passed = 0
    for tick in range(6001):
        time.now = tick / 10
        passed += await limiter.take("a", Rate(per_minute=30, burst=1)) == 0
    assert passed in (300, 301)


async def test_memory_is_bounded_and_full_buckets_go_first() -> None:
    time = Time()
    limiter = MemoryLimiter(now=time, most=10)
    slow, fast = Rate(per_minute=1), Rate(per_minute=6000, burst=1)
    await limiter.take("slow", slow)
    for number in range(100):
        time.now += 0.1
        await limiter.take(f"fast {number}", fast)
    assert await limiter.take("slow", slow) > 0


async def test_among_too_many_the_one_not_asked_for_longest_goes() -> None:
    limiter = MemoryLimiter(now=Time(), most=3)
    slow = Rate(per_minute=1)
    for name in ("a", "b", "c", "a", "d"):
        await limiter.take(name, slow)
    assert await limiter.take("a", slow) > 0
    assert await limiter.take("b", slow) == 0

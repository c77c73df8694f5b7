"""Streams at the same place look into the log once for all of them, and none misses what it heard of."""

import asyncio

import pytest

from visavis.api.streams import Line, Looks

pytestmark = pytest.mark.anyio


def a_line(sequence: int) -> Line:
    return Line(sequence=sequence, event="identified", data="{}")


async def test_twenty_streams_look_once() -> None:
    looks, asked = Looks(), 0

    async def look() -> list[Line]:
        nonlocal asked
        asked += 1
        return [a_line(7)]

    found = await asyncio.gather(*(looks(("events", 6), look) for _ in range(20)))
    assert (found, asked) == (20 * [[a_line(7)]], 1)
    await asyncio.gather(looks(("events", 7), look), looks(("alerts", 7), look))
    assert asked == 3


async def test_who_comes_while_one_looks_already_gets_a_look_of_her_own() -> None:
    looks, log = Looks(), [a_line(1)]
    looking, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> list[Line]:
        seen = list(log)
        looking.set()
        await go_on.wait()
        return seen

    first = asyncio.create_task(looks("events", slowly))
    await looking.wait()
    log.append(a_line(2))
    second = asyncio.create_task(looks("events", slowly))
    go_on.set()
    assert (await first, await second) == ([a_line(1)], [a_line(1), a_line(2)])


async def test_who_leaves_takes_nobody_with_her() -> None:
    looks = Looks()

    async def look() -> list[Line]:
        return [a_line(1)]

    leaves, stays = asyncio.create_task(looks("events", look)), asyncio.create_task(looks("events", look))
    await asyncio.sleep(0)
    leaves.cancel()
    assert await stays == [a_line(1)]


async def test_a_failure_is_everybodys_and_the_next_look_is_new() -> None:
    looks, problems = Looks(), [OSError("gone")]

    async def look() -> list[Line]:
        if problems:
            raise problems.pop()
        return []

    told = await asyncio.gather(looks("events", look), looks("events", look), return_exceptions=True)
    assert [type(one) for one in told] == [OSError, OSError]
    assert await looks("events", look) == []

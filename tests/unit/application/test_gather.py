"""Small writes of many callers in one transaction."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from visavis.application.gather import Gather
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.errors import StoreDown, ValueInvalid
from visavis.domain.subject import DEFAULT_TENANT, TenantId

pytestmark = pytest.mark.anyio


@dataclass
class Log:
    """A store that keeps lines; a transaction keeps all of its lines or none. `slow` holds commits until it is set."""

    transactions: list[list[str]] = field(default_factory=list)
    slow: asyncio.Event = field(default_factory=asyncio.Event)
    fails: int = 0

    @contextlib.asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[UnitOfWork]:
        lines: list[str] = []
        yield cast("UnitOfWork", lines)
        await self.slow.wait()
        if self.fails:
            self.fails -= 1
            raise StoreDown
        self.transactions.append(lines)

    @property
    def lines(self) -> list[str]:
        return [line for lines in self.transactions for line in lines]


def gather(log: Log) -> Gather:
    return Gather(store=cast("Store", log), tenant=DEFAULT_TENANT)


async def write(gathered: Gather, text: str) -> str:
    async def note(work: UnitOfWork) -> str:
        cast("Any", work).append(text)
        return text

    return await gathered(note)


async def refuse(gathered: Gather) -> None:
    async def note(work: UnitOfWork) -> None:
        cast("Any", work).append("refused")
        raise ValueInvalid("This write is wrong.")

    await gathered(note)


async def start(*calls: Any) -> "list[asyncio.Task[Any]]":
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_one_commits_is_committed_together_in_order() -> None:
    log = Log()
    together = gather(log)
    tasks = await start(*(write(together, str(number)) for number in range(5)))
    log.slow.set()
    assert await asyncio.gather(*tasks) == ["0", "1", "2", "3", "4"]
    assert log.transactions == [["0"], ["1", "2", "3", "4"]]


async def test_nobody_is_answered_before_the_commit() -> None:
    log = Log()
    (task,) = await start(write(gather(log), "a"))
    await asyncio.sleep(0.01)
    assert not task.done()
    assert log.lines == []
    log.slow.set()
    assert await task == "a"


async def test_a_failing_write_spoils_no_other() -> None:
    log = Log()
    together = gather(log)
    tasks = await start(write(together, "a"), write(together, "b"), refuse(together), write(together, "c"))
    log.slow.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [r for r in results if isinstance(r, str)] == ["a", "b", "c"]
    assert [type(r) for r in results if isinstance(r, Exception)] == [ValueInvalid]
    assert log.lines == ["a", "b", "c"]


async def test_all_are_told_when_the_store_is_away_and_nothing_is_written_twice() -> None:
    log = Log(fails=2)
    together = gather(log)
    tasks = await start(*(write(together, text) for text in "abc"))
    log.slow.set()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in told] == [StoreDown] * 3
    assert await write(together, "d") == "d"
    assert log.transactions == [["d"]]


async def test_a_caller_who_leaves_takes_nobody_with_it() -> None:
    log = Log()
    together = gather(log)
    first, second, third = await start(*(write(together, text) for text in "abc"))
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    log.slow.set()
    assert await third == "c"
    assert log.lines[-1] == "c"
    assert "b" not in log.lines

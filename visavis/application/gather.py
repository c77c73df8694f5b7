"""Small writes of many callers in one transaction: one wait for the disk instead of one each."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.errors import Unavailable
from visavis.domain.subject import TenantId

T = TypeVar("T")
Write = Callable[[UnitOfWork], Awaitable[T]]

_MOST = 64  #: writes in one transaction, so that none waits long for the others


@dataclass(slots=True, eq=False)
class _Waiting:
    write: Write[Any]
    done: "asyncio.Future[Any]"


@dataclass(slots=True, kw_only=True)
class Gather:
    """For one tenant and event loop. The log and the audit chain are written one transaction after the other, so
    while one commits, what comes meanwhile is gathered for the next.

    A write that fails is tried again alone: it spoils no other. When the call returns, its write is committed. While
    the store is away, all that wait together are told so.
    """

    store: Store
    tenant: TenantId
    _waiting: list[_Waiting] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, write: Write[T]) -> T:
        """`write` may be called twice; it does nothing but write."""
        own = _Waiting(write, asyncio.get_running_loop().create_future())
        self._waiting.append(own)
        try:
            async with self._turn:
                while not own.done.done():
                    await self._commit()
        finally:
            if own in self._waiting:
                self._waiting.remove(own)
        result: T = own.done.result()
        return result

    async def _commit(self) -> None:
        batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            async with self.store.transaction(self.tenant) as work:
                results = [await one.write(work) for one in batch]
        except asyncio.CancelledError:
            self._waiting = [*batch, *self._waiting]  # whoever is next in turn does it
            raise
        except Unavailable as error:
            for one in batch:
                one.done.set_exception(error)
            return
        except Exception as error:  # noqa: BLE001 (given to the one whose write failed)
            await self._one_by_one(batch, error)
            return
        for one, result in zip(batch, results, strict=True):
            one.done.set_result(result)

    async def _one_by_one(self, batch: list[_Waiting], error: Exception) -> None:
        if len(batch) == 1:
            batch[0].done.set_exception(error)
            return
        for number, one in enumerate(batch):
            try:
                async with self.store.transaction(self.tenant) as work:
                    result = await one.write(work)
                one.done.set_result(result)
            except asyncio.CancelledError:
                self._waiting = [*(w for w in batch[number:] if not w.done.done()), *self._waiting]
                raise
            except Exception as reason:  # noqa: BLE001
                one.done.set_exception(reason)

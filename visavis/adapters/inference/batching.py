"""Runs the engine in worker threads for a server: bounded, with the faces of different requests put together.

The threads take their work from one line by themselves, so that they never wait for the event loop between two
pieces of work, however busy it is.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

import anyio.to_thread

from visavis.adapters.inference.items import (
    BatchTurn,
    FacesItem,
    PictureItem,
    PictureTurn,
    ServingLimits,
    Turn,
)
from visavis.adapters.inference.line import Line
from visavis.application.ports.inference import InferenceLoad
from visavis.domain.errors import Draining
from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.analyse import Analyser
from visavis.engine.assess import QualityGate
from visavis.engine.photo import photo_of
from visavis.engine.ports.decoder import Decoder

_Result = TypeVar("_Result")


@dataclass(slots=True)
class _Slot:
    """What one call of a thread has taken; outlives an exception."""

    turn: Turn | None = None


class BatchingInference:
    """Implements `visavis.application.ports.inference.ServingInference` for one event loop.

    At most `workers` threads are at work, each on the faces of one picture or on one batch of faces. A request of
    more faces than a batch holds is cut, so that it neither keeps others waiting nor waits for one thread alone.
    When a batch fails, its requests are tried again one by one, and only the guilty one fails. The work of callers
    who are cancelled is dropped before it begins.

    A task whose picture was accepted is never refused the templates of its faces. `aclose` refuses everybody else
    with `Draining` and waits until every call has returned and its caller has asked for nothing more; a server
    calls it after its last request. Cancelling `aclose` refuses what still waits, too.
    """

    def __init__(
        self,
        analyser: Analyser,
        decoder: Decoder,
        *,
        workers: int,
        limits: ServingLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._analyser = analyser
        self._decoder = decoder
        self._limits = limits or ServingLimits()
        self._clock = clock
        self._line = Line(limits=self._limits, workers=workers, clock=clock)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="visavis-inference")
        self._accepted: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._inside = 0
        self._left = asyncio.Event()
        self._draining = False
        self._closed = False

    @property
    def model(self) -> ModelIdentity:
        return self._analyser.model

    @property
    def load(self) -> InferenceLoad:
        return self._line.load

    def require_room(self) -> None:
        if self._draining:
            raise Draining
        self._line.require_room()

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        if self._draining:
            raise Draining
        item = PictureItem(picture=picture, gate=gate, future=Future(), since_s=self._clock())
        with self._entered():
            self._line.enter(item)
            self._call_threads(1)
            self._accept()
            return await self._outcome(item.future)

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        accepted = asyncio.current_task() in self._accepted
        if self._closed or (self._draining and not accepted):
            raise Draining
        if not samples:
            return []
        now, step = self._clock(), self._limits.batch_faces
        parts = [tuple(samples[start : start + step]) for start in range(0, len(samples), step)]
        items = [FacesItem(samples=part, flip=flip, future=Future(), since_s=now) for part in parts]
        with self._entered():
            self._line.enter_faces(items, accepted=accepted)
            self._call_threads(len(items))
            try:
                return [made for item in items for made in await self._outcome(item.future)]
            finally:
                for item in items:
                    self._drop(item.future)

    async def aclose(self) -> None:
        self._draining = True
        try:
            while self._inside:
                await self._left.wait()
        finally:
            self._closed = True
            self._refuse_waiting(Draining())
            self._threads.shutdown(wait=False)
        await anyio.to_thread.run_sync(self._threads.shutdown)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """Counts a call. A caller who goes straight on to the next call is never seen outside by `aclose`."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._left.set()
                self._left = asyncio.Event()

    def _accept(self) -> None:
        if (task := asyncio.current_task()) is not None:
            self._accepted.add(task)

    async def _outcome(self, future: Future[_Result]) -> _Result:
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._drop(future)

    def _drop(self, future: Future[Any]) -> None:
        if future.cancelled() or not future.done():
            self._line.leave(future)

    def _call_threads(self, pieces: int) -> None:
        """As many calls as there are pieces of work; a call that finds none left, since they were put together
        or dropped, is over at once."""
        for _ in range(pieces):
            slot = _Slot()
            self._threads.submit(self._work, slot).add_done_callback(partial(self._failed, slot))

    def _work(self, slot: _Slot) -> None:
        """In a worker thread."""
        slot.turn = self._line.take()
        match slot.turn:
            case PictureTurn(item=item) as turn:
                found = self._analyser.samples(photo_of(item.picture, self._decoder), gate=item.gate)
                self._line.done(turn, faces=sum(isinstance(one, Sample) for one in found))
                item.future.set_result(found)
            case BatchTurn(items=items) as turn:
                made = iter(self._analyser.templates(turn.samples, flip=items[0].flip))
                self._line.done(turn, faces=len(turn.samples))
                for one in items:
                    one.future.set_result(list(islice(made, len(one.samples))))

    def _failed(self, slot: _Slot, call: Future[None]) -> None:
        """In the thread whose call has ended: hands an exception to whoever awaits it."""
        error = call.exception()
        if error is None or slot.turn is None:
            return
        self._line.done(slot.turn, faces=None)
        if isinstance(slot.turn, PictureTurn):
            slot.turn.item.future.set_exception(error)
        elif len(slot.turn.items) == 1:
            slot.turn.items[0].future.set_exception(error)
        else:
            self._line.again(slot.turn.items)
            try:
                self._call_threads(len(slot.turn.items))
            except RuntimeError:  # closed meanwhile: no thread takes anything any more
                self._refuse_waiting(error)

    def _refuse_waiting(self, error: BaseException) -> None:
        for item in self._line.empty():
            item.future.set_exception(error)

"""The client without any input or output: generators that say what to do next and are told what came of it.

So retries, pages, reconnection and waiting are written once; `synchronous` and `asynchronous` only carry the steps
out. A test plays the server by answering the steps.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from visavis.client.connection import Connection
from visavis.client.failures import failure_of
from visavis.client.requests import Request
from visavis.domain.errors import VisavisError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. Of a stream, `content` is empty unless the server refused. Names of headers: lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Send it and read the whole answer, a `Reply`."""

    request: Request


@dataclass(frozen=True, slots=True)
class Open:
    """Send it and leave the body of the answer, a `Reply`, to `Read`. Ends the stream before."""

    request: Request


@dataclass(frozen=True, slots=True)
class Read:
    """The next bytes of the open stream; none at its end."""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Give:
    """One of the results, for the caller who iterates."""

    value: object


Step = Send | Open | Read | Pause | Give
Flow = Generator[Step, object, T]
"""Ends with a `T`. Errors of a step are thrown into it."""


class Course(Generic[T]):
    """A flow on its way: what it wants next, until it has its result."""

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self._results: list[T] = []
        self.step: Step | None = None
        self._advance(lambda: next(flow))

    def answer(self, value: object) -> None:
        self._advance(lambda: self._flow.send(value))

    def fail(self, error: VisavisError) -> None:
        self._advance(lambda: self._flow.throw(error))

    def close(self) -> None:
        self._flow.close()

    @property
    def result(self) -> T:
        return self._results[0]

    def _advance(self, move: Callable[[], Step]) -> None:
        try:
            self.step = move()
        except StopIteration as end:
            self.step = None
            self._results.append(end.value)


def exchanged(connection: Connection, request: Request, *, stream: bool = False) -> Flow[Reply]:
    """The answer, if it is one of success; errors that may pass are waited for. Raises what the server said.

    A server that cannot be reached, and one that sheds, is asked again as often as `connection.retries` says; a
    longer Retry-After than it allows is the caller's to wait for.
    """
    retries, tries = connection.retries, 0
    while True:
        tries += 1
        try:
            reply = yield from _once(request, stream=stream)
        except VisavisError as error:
            wait = retries.wait_s(tries, connection.chance(), error.retry_after_s)
            if not error.retryable or wait is None:
                raise
            yield Pause(wait)
        else:
            return reply


def _once(request: Request, *, stream: bool) -> Flow[Reply]:
    reply = yield Open(request) if stream else Send(request)
    if not isinstance(reply, Reply):
        raise TypeError("A request is answered by a reply.")
    if reply.status >= 300:
        raise failure_of(reply.status, reply.headers, reply.content)
    return reply


def chunk() -> Flow[bytes]:
    """The next bytes of the open stream; none at its end."""
    found = yield Read()
    if not isinstance(found, bytes):
        raise TypeError("A stream gives bytes.")
    return found


class Lines:
    """Lines of the open stream, ended by \\n (or \\r\\n) and nothing else: names may hold other line separators."""

    def __init__(self) -> None:
        self._rest = b""
        self._ready: list[str] = []
        self._ended = False

    def next(self) -> "Flow[str | None]":
        """Without its end; `None` after the last."""
        while not self._ready:
            found = b"" if self._ended else (yield from chunk())
            if not found:
                self._ended = True
                rest, self._rest = self._rest, b""
                return rest.decode() if rest else None
            *ready, self._rest = (self._rest + found).split(b"\n")
            self._ready = [line.removesuffix(b"\r").decode() for line in ready]
        return self._ready.pop(0)

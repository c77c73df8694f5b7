"""Operations that are written once and called in two ways.

An operation is a method that returns a `Flow`. Called on a resource of the synchronous client it gives the result,
on one of the asynchronous client something to await; a listing gives an iterator or an asynchronous one. Type
checkers see the one or the other, with the parameters of the method.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, cast, final, overload

from pydantic import BaseModel, ValidationError

from visavis.client.connection import Connection
from visavis.client.flows import Flow, Give, Reply, exchanged
from visavis.client.requests import Request
from visavis.domain.errors import VisavisError
from visavis.wire.v1.pages import Page

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M")
N = TypeVar("N", bound=BaseModel)
PageT = TypeVar("PageT", bound=Page)


@final
class Sync:
    """Results are returned."""


@final
class Async:
    """Results are awaited."""


class Runner(Protocol):
    """Carries flows out, in its own way."""

    @property
    def connection(self) -> Connection: ...

    def run(self, flow: Flow[object]) -> object:
        """The result, or what gives it when it is awaited."""

    def iterate(self, flow: Flow[None]) -> object:
        """An iterator, or an asynchronous one, over what the flow gives."""


class Resource(Generic[M]):
    """A group of operations on one server."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @property
    def _connection(self) -> Connection:
        return self._runner.connection

    def _ask(self, request: Request, model: type[N]) -> Flow[N]:
        """The answer to a request, as this model."""
        reply = yield from exchanged(self._connection, request)
        return parsed(model, reply)

    def _do(self, request: Request) -> Flow[None]:
        """A request whose answer is empty."""
        yield from exchanged(self._connection, request)

    def _write(self, request: Request) -> Request:
        """The request with a key of its own: however often it is sent, it is done once."""
        return request.with_header("Idempotency-Key", self._connection.new_key())

    def _pages(
        self, request: Request, model: type[PageT], entries: Callable[[PageT], Sequence[object]]
    ) -> Flow[None]:
        """Gives every entry of every page."""
        cursor: str | None = None
        while True:
            page = yield from self._ask(request.with_query(cursor=cursor), model)
            for entry in entries(page):
                yield Give(entry)
            cursor = page.next_cursor
            if cursor is None:
                return


def parsed(model: type[N], reply: Reply) -> N:
    """Raises `VisavisError` for an answer that this version cannot read."""
    try:
        return model.model_validate_json(reply.content)
    except ValidationError as error:
        raise VisavisError(
            "The answer of the server cannot be read.",
            hint="Is the client older than the server, or is it another server?",
            request_id=reply.headers.get("x-request-id", ""),
        ) from error


class operation(Generic[P, T]):  # noqa: N801 (a decorator)
    """A method that returns a flow of one result."""

    def __init__(self, build: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self._build = build
        self.__doc__ = build.__doc__
        self.__wrapped__ = build

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, owner: Resource[Sync], kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, owner: Resource[Async], kind: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, owner: Resource[Any] | None, kind: type) -> object:
        if owner is None:
            return self
        build, runner = self._build, owner._runner

        @wraps(build)
        def call(*args: P.args, **kwargs: P.kwargs) -> object:
            return runner.run(cast("Flow[object]", build(owner, *args, **kwargs)))

        return call


class listing(Generic[P, T]):  # noqa: N801 (a decorator)
    """A method that returns a flow which gives results one by one; `kind` is what they are."""

    def __init__(self, build: Callable[Concatenate[Any, P], Flow[None]], result: type[T]) -> None:
        self._build = build
        self._result = result
        self.__doc__ = build.__doc__
        self.__wrapped__ = build

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, owner: Resource[Sync], kind: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, owner: Resource[Async], kind: type) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, owner: Resource[Any] | None, kind: type) -> object:
        if owner is None:
            return self
        build, runner = self._build, owner._runner

        @wraps(build)
        def call(*args: P.args, **kwargs: P.kwargs) -> object:
            return runner.iterate(build(owner, *args, **kwargs))

        return call


def listing_of(result: type[T]) -> "Callable[[Callable[Concatenate[Any, P], Flow[None]]], listing[P, T]]":
    """Makes a listing of a method whose flow gives these."""

    def decorate(build: Callable[Concatenate[Any, P], Flow[None]]) -> listing[P, T]:
        return listing(build, result)

    return decorate

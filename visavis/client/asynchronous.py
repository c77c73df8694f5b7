"""The client whose calls are awaited."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypeVar, Unpack

import anyio
import httpx

from visavis.client.bodies import arguments, client_options, reply_of, unreachable
from visavis.client.connection import Connection, Options, connection_to
from visavis.client.flows import Course, Flow, Give, Open, Pause, Read, Reply, Send, Step
from visavis.client.resource import Async
from visavis.client.surface import Surface
from visavis.domain.errors import VisavisError

T = TypeVar("T")


class AsyncClient(Surface[Async]):
    """A server of Visavis, for asyncio and trio. Close it, or use it in an `async with` statement.

        async with AsyncClient("https://faces.example.org", key) as client:
            await client.enrol("staff", "ada", "ada-1.jpg", "ada-2.jpg")

    Address and key are taken from VISAVIS_URL and VISAVIS_KEY if they are left out.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        connection = connection_to(url, key, options)
        self._http = httpx.AsyncClient(transport=transport, **client_options(connection))
        super().__init__(AsyncRunner(connection, self._http))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncRunner:
    """Implements `visavis.client.resource.Runner`."""

    def __init__(
        self,
        connection: Connection,
        http: httpx.AsyncClient,
        *,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.connection = connection
        self._http = http
        self._sleep = sleep

    async def run(self, flow: Flow[T]) -> T:
        course = Course(flow)
        async for _ in self._course(course):
            raise TypeError("This flow gives results one by one.")
        return course.result

    def iterate(self, flow: Flow[None]) -> AsyncIterator[object]:
        return self._course(Course(flow))

    async def _course(self, course: Course[T]) -> AsyncIterator[object]:
        stream = _Stream()
        try:
            while course.step is not None:
                if isinstance(course.step, Give):
                    yield course.step.value
                    course.answer(None)
                    continue
                try:
                    found = await self._do(course.step, stream)
                except httpx.TransportError as error:
                    course.fail(unreachable(error))
                except VisavisError as error:
                    course.fail(error)
                else:
                    course.answer(found)
        finally:
            course.close()
            await stream.close()

    async def _do(self, step: Step, stream: "_Stream") -> object:
        match step:
            case Send(request=request):
                with ExitStack() as files:
                    response = await self._http.send(
                        self._http.build_request(**arguments(request, self.connection, files))
                    )
                return reply_of(response, response.content)
            case Open(request=request):
                await stream.close()
                with ExitStack() as files:
                    wanted = self._http.build_request(**arguments(request, self.connection, files))
                    return await stream.open(await self._http.send(wanted, stream=True))
            case Read():
                return await stream.read()
            case Pause(seconds=seconds):
                await self._sleep(seconds)
                return None
            case _:
                raise TypeError("This step is not one to be done.")


class _Stream:
    """The answer that is being read bit by bit, if there is one."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self._chunks: AsyncIterator[bytes] | None = None

    async def open(self, response: httpx.Response) -> Reply:
        if response.status_code >= 300:
            try:
                return reply_of(response, await response.aread())
            finally:
                await response.aclose()
        self._response, self._chunks = response, response.aiter_bytes()
        return reply_of(response, b"")

    async def read(self) -> bytes:
        return b"" if self._chunks is None else await anext(self._chunks, b"")

    async def close(self) -> None:
        response, self._response = self._response, None
        self._chunks = None
        if response is not None:
            await response.aclose()

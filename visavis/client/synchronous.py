"""The client whose calls return results."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from visavis.client.bodies import arguments, client_options, reply_of, unreachable
from visavis.client.connection import Connection, Options, connection_to
from visavis.client.flows import Course, Flow, Give, Open, Pause, Read, Reply, Send, Step
from visavis.client.resource import Sync
from visavis.client.surface import Surface
from visavis.domain.errors import VisavisError

T = TypeVar("T")


class Client(Surface[Sync]):
    """A server of Visavis. Close it, or use it in a `with` statement; threads may share it.

        with Client("https://faces.example.org", key) as client:
            client.enrol("staff", "ada", "ada-1.jpg", "ada-2.jpg")

    Address and key are taken from VISAVIS_URL and VISAVIS_KEY if they are left out.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[Options],
    ) -> None:
        connection = connection_to(url, key, options)
        self._http = httpx.Client(transport=transport, **client_options(connection))
        super().__init__(SyncRunner(connection, self._http))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SyncRunner:
    """Implements `visavis.client.resource.Runner`."""

    def __init__(
        self, connection: Connection, http: httpx.Client, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.connection = connection
        self._http = http
        self._sleep = sleep

    def run(self, flow: Flow[T]) -> T:
        course = Course(flow)
        for _ in self._course(course):
            raise TypeError("This flow gives results one by one.")
        return course.result

    def iterate(self, flow: Flow[None]) -> Iterator[object]:
        return self._course(Course(flow))

    def _course(self, course: Course[T]) -> Iterator[object]:
        stream = _Stream()
        try:
            while course.step is not None:
                if isinstance(course.step, Give):
                    yield course.step.value
                    course.answer(None)
                    continue
                try:
                    found = self._do(course.step, stream)
                except httpx.TransportError as error:
                    course.fail(unreachable(error))
                except VisavisError as error:
                    course.fail(error)
                else:
                    course.answer(found)
        finally:
            stream.close()
            course.close()

    def _do(self, step: Step, stream: "_Stream") -> object:
        match step:
            case Send(request=request):
                with ExitStack() as files:
                    response = self._http.send(
                        self._http.build_request(**arguments(request, self.connection, files))
                    )
                return reply_of(response, response.content)
            case Open(request=request):
                stream.close()
                with ExitStack() as files:
                    wanted = self._http.build_request(**arguments(request, self.connection, files))
                    return stream.open(self._http.send(wanted, stream=True))
            case Read():
                return next(stream.chunks, b"")
            case Pause(seconds=seconds):
                self._sleep(seconds)
                return None
            case _:
                raise TypeError("This step is not one to be done.")


class _Stream:
    """The answer that is being read bit by bit, if there is one."""

    def __init__(self) -> None:
        self._response: httpx.Response | None = None
        self.chunks: Iterator[bytes] = iter(())

    def open(self, response: httpx.Response) -> Reply:
        if response.status_code >= 300:
            try:
                return reply_of(response, response.read())
            finally:
                response.close()
        self._response, self.chunks = response, response.iter_bytes()
        return reply_of(response, b"")

    def close(self) -> None:
        response, self._response = self._response, None
        self.chunks = iter(())
        if response is not None:
            response.close()

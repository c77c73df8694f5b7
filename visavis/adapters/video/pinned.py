"""Connections to one checked address and nowhere else, whatever a name resolves to later and a server answers.

For whoever opens an address that somebody else has written: names are not resolved again (DNS rebinding), and no
redirection is followed.
"""

import http.client
import re
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

_CHUNK: Final = 65_536
_REDIRECTION: Final = re.compile(rb"RTSP/\S{0,64}\s{1,64}[+-]?0{0,16}3")
"""How FFmpeg reads a status line of RTSP (RFC 2326, section 11.3): it would connect to wherever it is sent."""
_LONGEST_LINE: Final = 160


def pinned_handlers(address: str) -> list[urllib.request.BaseHandler]:
    """What speaks HTTP with this address only; certificates are checked against the name in the URL."""

    def dial(
        place: tuple[str, int], timeout: float | None = None, source: tuple[str, int] | None = None
    ) -> socket.socket:
        return socket.create_connection((address, place[1]), timeout, source)

    class Plain(http.client.HTTPConnection):
        def __init__(self, host: str, **options: Any) -> None:  # noqa: ANN401 (what urllib passes on)
            super().__init__(host, **options)
            self._create_connection = dial

    class Secure(http.client.HTTPSConnection):
        def __init__(self, host: str, **options: Any) -> None:  # noqa: ANN401 (what urllib passes on)
            super().__init__(host, **options)
            self._create_connection = dial

    class OverHttp(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class OverHttps(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req)

    return [OverHttp(), OverHttps()]


@contextmanager
def relayed(address: str, port: int, timeout_s: float) -> Iterator[int]:
    """A port of this machine that leads to that address once, until the server there tries to send us elsewhere.

    FFmpeg connects by itself and follows RTSP's redirections; it is given this port instead.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(timeout_s)
        relay = _Relay(listening=listening, address=address, port=port, timeout_s=timeout_s)
        thread = threading.Thread(target=relay.run, name="visavis-relay", daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            relay.end()
            thread.join(1.0)


@dataclass(slots=True, kw_only=True, eq=False)
class _Relay:
    listening: socket.socket
    address: str
    port: int
    timeout_s: float
    _ends: list[socket.socket] = field(default_factory=list)

    def run(self) -> None:
        with suppress(OSError):
            asking, _ = self.listening.accept()
            self._ends.append(asking)
            answering = socket.create_connection((self.address, self.port), self.timeout_s)
            self._ends.append(answering)
            back = threading.Thread(
                target=self._pass, args=(answering, asking, _Watch().let), name="visavis-relay", daemon=True
            )
            back.start()
            self._pass(asking, answering, lambda _data: True)
        self.end()

    def end(self) -> None:
        for one in self._ends:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _pass(self, source: socket.socket, target: socket.socket, let: Callable[[bytes], bool]) -> None:
        with suppress(OSError):
            source.settimeout(None)
            while data := source.recv(_CHUNK):
                if not let(data):
                    break
                target.sendall(data)
        self.end()


@dataclass(slots=True)
class _Watch:
    """Over what a server says, however it is cut into pieces."""

    _tail: bytes = b""

    def let(self, data: bytes) -> bool:
        seen = self._tail + data
        self._tail = seen[-_LONGEST_LINE:]
        return _REDIRECTION.search(seen) is None

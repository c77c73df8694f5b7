"""Reports over one gRPC stream: each is answered when the log has it, and a stream that broke is opened anew.

Only imported where the configuration says so: it needs grpcio and protobuf (the extra visavis[edge-grpc]).
"""

import logging
import queue
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

import grpc

from visavis.domain.errors import (
    FileUnreadable,
    NotAuthenticated,
    NotPermitted,
    PathNotFound,
    QuotaExceeded,
    ServerUnreachable,
    VisavisError,
)
from visavis.wire.edge import ServerConfig
from visavis.wire.grpc import error_of
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.track_messages import answer_of, report_message
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

logger = logging.getLogger(__name__)

_METHOD: Final = "/visavis.v1.Cameras/ReportTracks"
_PORT: Final = 8421  #: of the gRPC API, unless the configuration names another
_OPTIONS: Final = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.primary_user_agent", "visavis-edge"),
)
_KINDS: Final[dict[grpc.StatusCode, type[VisavisError]]] = {
    grpc.StatusCode.UNAUTHENTICATED: NotAuthenticated,
    grpc.StatusCode.PERMISSION_DENIED: NotPermitted,
    grpc.StatusCode.UNIMPLEMENTED: PathNotFound,
    grpc.StatusCode.RESOURCE_EXHAUSTED: QuotaExceeded,
    grpc.StatusCode.INTERNAL: VisavisError,
    grpc.StatusCode.UNKNOWN: VisavisError,
}
"""What a status means that came from no Visavis, or from an older one; everything else is about the way."""


@dataclass(slots=True, eq=False)
class _Stream:
    """One call. What goes up is taken from a queue by gRPC's own thread; what comes down is put into another by ours,
    because there is no other way to wait for an answer only so long."""

    sent: "queue.SimpleQueue[pb.TrackReport | None]" = field(default_factory=queue.SimpleQueue)
    told: "queue.SimpleQueue[pb.TrackAnswer | VisavisError]" = field(default_factory=queue.SimpleQueue)
    call: grpc.Call | None = None

    def requests(self) -> Iterator[pb.TrackReport]:
        while (report := self.sent.get()) is not None:
            yield report

    def listen(self, call: Iterator[pb.TrackAnswer]) -> None:
        """Until the stream ends, in a thread of its own."""
        try:
            for answer in call:
                self.told.put(answer)
            self.told.put(ServerUnreachable("The server ended the stream."))
        except grpc.RpcError as error:
            self.told.put(_failure(error))

    def end(self) -> None:
        self.sent.put(None)
        if self.call is not None:
            self.call.cancel()  # type: ignore[no-untyped-call]  # in its stubs


@dataclass(slots=True, eq=False)
class StreamPlatform:
    """Implements `visavis.edge.sending.Platform`. One report at a time; retries are the sender's."""

    server: ServerConfig
    key: str = field(repr=False)
    timeout_s: float = 15.0
    _channel: grpc.Channel | None = None
    _stream: _Stream | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded:
        """Raises what the server says of the report, and `ServerUnreachable` for one that nobody answered."""
        message = report_message(gallery, report)
        with self._turn:
            stream = self._open_stream()
            stream.sent.put(message)
            try:
                answer = self._answer(stream, message.track)
            except VisavisError:
                self._drop()
                raise
        return answer_of(answer)

    def close(self) -> None:
        with self._turn:
            self._drop()
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    def _answer(self, stream: _Stream, track: str) -> pb.TrackAnswer:
        try:
            told = stream.told.get(timeout=self.timeout_s)
        except queue.Empty:
            raise ServerUnreachable(f"The server did not answer within {self.timeout_s:g} s.") from None
        if isinstance(told, VisavisError):
            raise told
        if told.track != track:
            raise ServerUnreachable("The server answered another report than was sent.")
        return told

    def _open_stream(self) -> _Stream:
        """A stream that ended while nothing was to be said needs no retry."""
        if self._stream is not None and not self._stream.told.empty():
            self._drop()
        if self._stream is None:
            self._stream = self._opened()
        return self._stream

    def _opened(self) -> _Stream:
        if self._channel is None:
            self._channel = channel_of(self.server)
        ask = self._channel.stream_stream(
            _METHOD,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=pb.TrackAnswer.FromString,
        )
        stream = _Stream()
        call = ask(stream.requests(), metadata=(("authorization", f"Bearer {self.key}"),))
        stream.call = call
        threading.Thread(target=stream.listen, args=(call,), name="track-stream", daemon=True).start()
        logger.info("a stream of tracks begins")
        return stream

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.end()


def channel_of(server: ServerConfig) -> grpc.Channel:
    """Opened by the first call. Raises `FileUnreadable` for a certificate."""
    parts = urlsplit(server.grpc_url or server.url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    target = f"dns:///{host}:{(parts.port if server.grpc_url else None) or _PORT}"
    if parts.scheme == "http":
        return grpc.insecure_channel(target, options=_OPTIONS)
    shown = server.identity_files
    credentials = grpc.ssl_channel_credentials(
        root_certificates=_content(server.ca) if server.ca else None,
        certificate_chain=_content(shown[0]) if shown else None,
        private_key=_content(shown[1]) if shown else None,
    )
    return grpc.secure_channel(target, credentials, options=_OPTIONS)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (as the paths of a configuration are: text)
            return file.read()
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def _failure(error: grpc.RpcError) -> VisavisError:
    """What the server said, or what the way to it did."""
    metadata = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    told = error_of(error.details() or "", metadata)
    if told is not None:
        return told
    kind = _KINDS.get(error.code())
    if kind is None:
        return ServerUnreachable(f"The server cannot be reached over gRPC: {error.code().name.lower()}.")
    return kind(f"The server answered with the gRPC status {error.code().name.lower()}.")

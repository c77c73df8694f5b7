"""Live streams through FFmpeg's libraries (PyAV): RTSP cameras and devices of Linux."""

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

import av
from av.container import InputContainer
from av.error import ExitError, FFmpegError, InvalidDataError
from av.packet import Packet
from av.video.frame import VideoFrame as Decoded
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from visavis.adapters.video.live import Arrival, Late
from visavis.adapters.video.pictures import LEAST_SIDE_PX, DecodedPicture
from visavis.adapters.video.pinned import relayed
from visavis.domain.errors import CameraUnreachable

VideoPacket: TypeAlias = "Packet[VideoStream]"

OPEN_S, READ_S = 5.0, 5.0
"""So long a source may say nothing, while it is opened and afterwards."""
_RTSP_PORT = 554
_FAULTS = 100  #: packets in a row that cannot be decoded
_PATIENCE = 500  #: packets left out while waiting for a picture that needs no other
_INTRA = frozenset({"mjpeg", "rawvideo"})  #: codecs of which every picture stands alone
_RTSP: Mapping[str, str] = {
    "rtsp_transport": "tcp",
    "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls",
    "allowed_media_types": "video",
    "fpsprobesize": "0",  # or seconds pass before the first picture
    "analyzeduration": "1000000",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What FFmpeg is told to open."""

    url: str = field(repr=False)
    options: Mapping[str, str]
    format: str | None = None


def rtsp(address: str) -> Opening:
    return Opening(url=address, options=_RTSP)


def device(path: str) -> tuple[Opening, ...]:
    """The ways to open a device, best first: JPEG, which cameras give in full size and at full rate, or anything."""
    return tuple(
        Opening(url=path, options=options, format="v4l2")
        for options in ({"input_format": "mjpeg", "video_size": "hd720"}, {"input_format": "mjpeg"}, {})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConnection:
    """Implements `Connect`; the first of `openings` that works."""

    openings: tuple[Opening, ...]
    max_pixels: int
    pinned_to: str | None = None
    opener: Callable[..., InputContainer] = av.open  #: another one in tests

    @contextmanager
    def __call__(self, late: Late) -> Iterator[Iterator[Arrival]]:
        with self._leading() as openings, self._container(openings) as container:
            if not container.streams.video:
                raise CameraUnreachable("The stream has no pictures.")
            stream = container.streams.video[0]
            stream.codec_context.options = {"max_pixels": str(self.max_pixels)}
            stream.codec_context.thread_type = "SLICE"  # threads by frames would delay each by some
            self._check(stream.width, stream.height)
            yield self._arrivals(container, stream, late)

    @contextmanager
    def _leading(self) -> Iterator[tuple[Opening, ...]]:
        """To where they say, or through a relay to the address that was checked."""
        if self.pinned_to is None:
            yield self.openings
            return
        (opening,) = self.openings
        parts = urlsplit(opening.url)
        login, at, _ = parts.netloc.rpartition("@")
        with relayed(self.pinned_to, parts.port or _RTSP_PORT, OPEN_S) as port:
            place = parts._replace(netloc=f"{login}{at}127.0.0.1:{port}")
            yield (replace(opening, url=urlunsplit(place)),)

    def _container(self, openings: tuple[Opening, ...]) -> InputContainer:
        problem: CameraUnreachable | None = None
        for opening in openings:
            try:
                return self.opener(
                    opening.url,
                    format=opening.format,
                    options=dict(opening.options),
                    timeout=(OPEN_S, READ_S),
                )
            except (FFmpegError, OSError, ValueError) as error:
                problem = _unreachable(error)
        raise problem or CameraUnreachable

    def _arrivals(self, container: InputContainer, stream: VideoStream, late: Late) -> Iterator[Arrival]:
        decoder = _Decoder(stream)
        try:
            for packet in container.demux(stream):
                if not packet.size:  # the end
                    return
                if decoder.alone:
                    yield decoder.undecoded(packet)
                    continue
                for decoded in decoder.decoded(packet, late):
                    self._check(decoded.width, decoded.height)
                    yield decoder.arrival(packet, decoded)
        except (FFmpegError, OSError) as error:
            raise _unreachable(error) from None

    def _check(self, width: int, height: int) -> None:
        if width * height > self.max_pixels:
            raise CameraUnreachable(f"Its frames have {width}×{height} pixels, which is more than allowed.")
        if 0 < min(width, height) < LEAST_SIDE_PX:
            raise CameraUnreachable("Its frames are too small to show a face.")


@dataclass(slots=True, eq=False)
class _Decoder:
    """Of one connection."""

    stream: VideoStream
    _converter: VideoReformatter = field(default_factory=VideoReformatter)
    _faults: int = 0
    _left_out: int = 0

    @property
    def alone(self) -> bool:
        """Whether a packet can be left undecoded until it is known that it is wanted."""
        return self.stream.codec_context.name in _INTRA

    def undecoded(self, packet: VideoPacket) -> Arrival:
        def picture() -> DecodedPicture | None:
            for decoded in self._pictures(packet):
                return DecodedPicture(decoded=decoded, converter=self._converter)
            return None

        shown = None if packet.pts is None else float(packet.pts * packet.time_base)
        return Arrival(picture=picture, shown_s=shown, told=_told(packet))

    def decoded(self, packet: VideoPacket, late: Late) -> Iterator[Decoded]:
        """The pictures of a packet; none while the reader is behind, until one comes that needs no other."""
        if late() and not packet.is_keyframe and self._left_out < _PATIENCE:
            self._left_out += 1
            return
        self._left_out = 0
        yield from self._pictures(packet)

    def arrival(self, packet: VideoPacket, decoded: Decoded) -> Arrival:
        found = DecodedPicture(decoded=decoded, converter=self._converter)
        same = decoded.pts == packet.pts  # a reordered picture comes later than its packet
        shown = None if decoded.pts is None else decoded.time
        return Arrival(picture=lambda: found, shown_s=shown, told=_told(packet) if same else None)

    def _pictures(self, packet: VideoPacket) -> list[Decoded]:
        try:
            found = packet.decode()
        except InvalidDataError:
            self._faults += 1
            if self._faults > _FAULTS:
                raise
            return []
        self._faults = 0
        return found


def _told(packet: VideoPacket) -> datetime | None:
    """When the source says that it was taken: RTCP maps the time stamps of RTP to the time of day (RFC 3550, 6.4.1)."""
    if not packet.has_sidedata("prft"):
        return None
    (micros,) = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))
    try:
        return datetime.fromtimestamp(micros / 1e6, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _unreachable(error: Exception) -> CameraUnreachable:
    """In words that tell no address: those of FFmpeg do."""
    if isinstance(error, ExitError):
        return CameraUnreachable("It does not answer in time.")
    words = getattr(error, "strerror", None) or "It cannot be read"
    return CameraUnreachable(f"{words.rstrip('.')}.")

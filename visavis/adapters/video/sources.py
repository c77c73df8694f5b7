"""From a source to its reader; and which addresses are none."""

import re
import stat
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from visavis.adapters.video.devices import DeviceConnection
from visavis.adapters.video.files import VideoFiles
from visavis.adapters.video.live import Connect, LiveReader
from visavis.adapters.video.mjpeg import MjpegConnection
from visavis.adapters.video.recorded import PictureFolder, RecordedReader, VideoFile
from visavis.adapters.video.streams import StreamConnection, device, rtsp
from visavis.application.ports.readers import Reader, Source
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import CameraUnreachable

_SCHEMES = {ReaderKind.RTSP: ("rtsp", "rtsps"), ReaderKind.MJPEG: ("http", "https")}
_DEVICE = re.compile(r"(?:/dev/video)?(\d{1,3})")
_HINTS = {
    ReaderKind.RTSP: "An address of this kind begins with rtsp:// or rtsps://",
    ReaderKind.MJPEG: "An address of this kind begins with http:// or https://",
    ReaderKind.USB: "A device is a number, such as 0, or a path, such as /dev/video0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoReaders:
    """Implements `Readers`. Frames of more than `max_pixels` are refused before memory is spent on them."""

    max_pixels: int = 64_000_000
    devices: str = "v4l2"  #: FFmpeg's reader of devices; OpenCV is taken where it has none of this name

    def open(self, source: Source) -> Reader:
        match source.kind:
            case ReaderKind.FILE:
                files = VideoFiles(max_pixels=self.max_pixels)
                return RecordedReader(
                    source=source, recording=VideoFile(path=Path(source.address), files=files)
                )
            case ReaderKind.FOLDER:
                folder = PictureFolder(path=Path(source.address), max_pixels=self.max_pixels)
                return RecordedReader(source=source, recording=folder)
            case ReaderKind.USB:
                return LiveReader(
                    source=source, connect=self._device(source.address), check=_device_check(source.address)
                )
            case ReaderKind.RTSP:
                connection = StreamConnection(
                    openings=(rtsp(source.address),),
                    max_pixels=self.max_pixels,
                    pinned_to=source.pinned_to,
                )
                return LiveReader(source=source, connect=connection, check=_url_check(source))
            case ReaderKind.MJPEG:
                pictures = MjpegConnection(
                    address=source.address,
                    rate=source.rate,
                    max_pixels=self.max_pixels,
                    pinned_to=source.pinned_to,
                )
                return LiveReader(source=source, connect=pictures, check=_url_check(source))

    def _device(self, address: str) -> Connect:
        if any(self.devices in name.split(",") for name in av.formats_available):
            path = f"/dev/video{address}" if address.isdigit() else address
            return StreamConnection(openings=device(path), max_pixels=self.max_pixels)
        found = _DEVICE.fullmatch(address)
        return DeviceConnection(number=int(found[1]) if found else 0, max_pixels=self.max_pixels)


def _url_check(source: Source) -> Callable[[], None]:
    """Only an address of the right kind reaches the programs that read it: none can make them read local files."""

    def check() -> None:
        try:
            parts = urllib.parse.urlsplit(source.address)
            good = parts.scheme.lower() in _SCHEMES[source.kind] and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            good = False
        if not good or any(
            character.isspace() or not character.isprintable() for character in source.address
        ):
            raise CameraUnreachable("This address cannot be read.", hint=_HINTS[source.kind])

    return check


def _device_check(address: str) -> Callable[[], None]:
    def check() -> None:
        path = Path(f"/dev/video{address}" if address.isdigit() else address)
        hint = _HINTS[ReaderKind.USB]
        if not path.is_absolute() or path.parts[1:2] != ("dev",) or ".." in path.parts:
            raise CameraUnreachable("This is no device.", hint=hint)
        try:
            known = stat.S_ISCHR(path.stat().st_mode)
        except OSError:
            known = False
        if not known:
            raise CameraUnreachable("There is no such device.", hint=hint)

    return check

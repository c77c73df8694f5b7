"""A real RTSP server on the loopback, for drills and tests: starts, cuts, hangs, is killed, comes back.

    pictures = pictures_of(Path("clip.mp4"), folder)        # or a folder of your own with *.jpg of one size
    with RtspServer(pictures, fps=10) as server:
        ... server.url                     # rtsp://127.0.0.1:PORT/camera
        server.cut()                       # all connections break; the server goes on
        server.suspend(); server.resume()  # hangs (SIGSTOP), goes on (SIGCONT)
        server.kill(); server.start()      # dies (SIGKILL), comes back on the same port

What it shows is a function of the clock, as with a camera: at the time t (`time.time()`) it shows the picture number
`server.shown(t)` of the sorted folder, again and again, whoever watches and however often it died in between; number
0 for the first time at `server.epoch`. `why_not()` says what is missing on this machine, for tests to be skipped.
"""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

_PROGRAM = Path(__file__).with_name("rtsp_program.py")
_CHECK = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0');"
    "from gi.repository import Gst, GstRtspServer; Gst.init(None);"
    "missing = [x for x in ('appsrc', 'jpegdec', 'jpegparse', 'x264enc', 'rtph264pay', 'rtpjpegpay')"
    " if not Gst.ElementFactory.find(x)]; print(*missing, end='')"
)
_START_S = 60.0


def _python() -> str:
    """The distribution's own, which has the bindings."""
    return os.environ.get("VISAVIS_RTSP_PYTHON", "/usr/bin/python3")


def why_not() -> str:
    """What is missing here for an RTSP server; empty if it can be started."""
    try:
        done = subprocess.run(
            [_python(), "-c", _CHECK], capture_output=True, text=True, timeout=60, check=False
        )
    except OSError:
        return f"there is no {_python()}"
    if done.returncode:
        return "GStreamer's RTSP server is missing (Debian: gir1.2-gst-rtsp-server-1.0)"
    return f"GStreamer's elements are missing: {done.stdout}" if done.stdout else ""


def pictures_of(video: Path, folder: Path, *, fps: float = 10.0, most: int = 3000) -> Path:
    """Writes the frames of a video into a folder as JPEG files, to be served at this rate."""
    import cv2

    from visavis.adapters.video.files import VideoFiles

    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(VideoFiles().frames(video, fps)):
        if number >= most:
            break
        cv2.imwrite(str(folder / f"{number:06}.jpg"), one.frame.pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return folder


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(kw_only=True)
class _Options:
    fps: float
    codec: Literal["h264", "jpeg"]
    login: str


class RtspServer:
    """`login` is `user:password`, which is then part of `url`. `codec` `jpeg` costs next to no time to serve."""

    def __init__(
        self,
        pictures: Path,
        *,
        fps: float = 10.0,
        port: int = 0,
        codec: Literal["h264", "jpeg"] = "h264",
        login: str = "",
        epoch: float | None = None,
    ) -> None:
        self.port = port or free_port()
        self.epoch = time.time() if epoch is None else epoch
        self._folder = pictures
        self._count = len(list(pictures.glob("*.jpg")))
        if not self._count:
            raise ValueError(f"there are no pictures in {pictures}")
        self._options = _Options(fps=fps, codec=codec, login=login)
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        login = f"{self._options.login}@" if self._options.login else ""
        return f"rtsp://{login}127.0.0.1:{self.port}/camera"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def shown(self, at: float) -> int:
        """The number of the picture that is shown at this time (`time.time()`)."""
        return int((at - self.epoch) * self._options.fps) % self._count

    def start(self) -> None:
        """Returns when it accepts connections. Raises `RuntimeError` if it does not come up."""
        if self._process is not None:
            return
        options = self._options
        self._process = subprocess.Popen(
            [
                _python(), str(_PROGRAM), str(self.port), str(self._folder), str(options.fps), repr(self.epoch),
                options.codec,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._environment(),
        )  # fmt: skip
        watchdog = threading.Timer(_START_S, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        watchdog.cancel()
        if line.strip() != "ready":
            self.kill()
            raise RuntimeError(f"the RTSP server did not start: {why_not() or 'is the port taken?'}")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def cut(self) -> None:
        """Breaks all connections; new ones are accepted at once."""
        os.kill(self.pid, signal.SIGUSR1)

    def suspend(self) -> None:
        """From now on it hangs: connections stay, nothing comes."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _environment(self) -> Mapping[str, str]:
        login = self._options.login
        return os.environ | ({"VISAVIS_RTSP_LOGIN": login} if login else {})

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:  # it hangs
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

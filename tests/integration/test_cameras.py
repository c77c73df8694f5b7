"""Readers on real streams: an RTSP server of GStreamer that is cut, killed and hangs; a camera over HTTP."""

import queue
import threading
import time
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("av", reason="needs the extra visavis[video]")

from ops.drills.rtsp_server import RtspServer, why_not
from visavis.adapters.video.sources import VideoReaders
from visavis.application.ports.readers import Captured, Reader, Source
from visavis.domain.camera import ReaderKind

FPS = 10
PICTURES = 40
LIMIT_S = 60.0
LOGIN = "viewer:hidden-word"


@cache
def missing() -> str:
    return why_not()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each is as bright as its number says."""
    if missing():
        pytest.skip(missing())
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(PICTURES):
        cv2.imwrite(str(folder / f"{number:03}.jpg"), np.full((96, 128, 3), 20 + 5 * number, np.uint8))
    return folder


def shown(captured: Captured) -> int:
    return round((float(captured.frame.pixels.mean()) - 20) / 5)


class Watched:
    """A reader whose frames are taken by a thread."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.found: queue.Queue[Captured] = queue.Queue()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def next(self) -> Captured:
        """The next one that comes from now on."""
        while not self.found.empty():
            self.found.get_nowait()
        return self.found.get(timeout=LIMIT_S)

    def restarted(self) -> Captured:
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            one = self.found.get(timeout=LIMIT_S)
            if one.restarted:
                return one
        pytest.fail("nothing was interrupted")

    def close(self) -> None:
        self.reader.close()
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        for one in self.reader.frames():
            self.found.put(one)


@pytest.fixture
def server(pictures: Path) -> Iterator[RtspServer]:
    with RtspServer(pictures, fps=FPS, codec="jpeg", login=LOGIN) as running:
        yield running


@pytest.fixture
def watched(server: RtspServer) -> Iterator[Watched]:
    source = Source(name="door", kind=ReaderKind.RTSP, address=server.url, rate=FPS)
    found = Watched(VideoReaders().open(source))
    yield found
    found.close()


def test_rtsp_frames_know_when_they_were_taken(server: RtspServer, watched: Watched) -> None:
    watched.next()
    for _ in range(3):
        one = watched.next()
        assert one.frame.captured_at is not None
        about = [server.shown(one.frame.captured_at.timestamp() + shift) for shift in (-0.15, 0.0, 0.15)]
        assert shown(one) in about
    state = watched.reader.state
    assert state.connected
    assert (state.width_px, state.height_px) == (128, 96)


def test_rtsp_comes_back_after_a_cut_and_after_a_death(server: RtspServer, watched: Watched) -> None:
    first = watched.next()
    server.cut()
    second = watched.restarted()
    server.kill()
    while watched.reader.state.connected:
        time.sleep(0.05)
    problem = watched.reader.state.problem
    server.start()
    third = watched.restarted()
    assert first.at_s < second.at_s < third.at_s
    assert watched.reader.state.interruptions >= 2
    assert problem
    assert "hidden" not in problem
    assert "127.0.0.1" not in problem


def test_rtsp_that_hangs_is_given_up_and_found_again(server: RtspServer, watched: Watched) -> None:
    watched.next()
    server.suspend()
    try:
        deadline = time.monotonic() + LIMIT_S
        while watched.reader.state.connected:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        server.resume()
    assert watched.restarted()


def test_rtsp_h264(pictures: Path) -> None:
    with RtspServer(pictures, fps=FPS) as server:
        found = Watched(
            VideoReaders().open(Source(name="door", kind=ReaderKind.RTSP, address=server.url, rate=FPS))
        )
        try:
            assert found.next().frame.pixels.shape == (96, 128, 3)
            one = found.next()
            assert one.frame.captured_at is not None
            about = [
                server.shown(one.frame.captured_at.timestamp() + shift) for shift in (-0.3, -0.15, 0.0, 0.15)
            ]
            assert min(abs(shown(one) - number) for number in about) <= 1
        finally:
            found.close()


class Camera(BaseHTTPRequestHandler):
    """/stream sends pictures for ever, /snap one for each question; both want a password."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Basic dmlld2VyOmhpZGRlbi13b3Jk":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            return
        if self.path == "/back":
            self.send_response(302)
            self.send_header("Location", "/snap")
            self.end_headers()
            return
        self.send_response(200)
        if self.path == "/snap":
            self.send_header("Content-Type", "image/jpeg")
            self.end_headers()
            self.wfile.write(jpeg(100))
            return
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=--cut")
        self.end_headers()
        for number in range(10):
            content = jpeg(20 * number)
            head = f"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: {len(content)}\r\n\r\n"
            self.wfile.write(head.encode() + content + b"\r\n")
            time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def jpeg(value: int) -> bytes:
    _, content = cv2.imencode(".jpg", np.full((48, 64, 3), value, np.uint8))
    return content.tobytes()


@pytest.fixture
def camera() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["stream", "snap"])
def test_http_pictures(camera: str, path: str) -> None:
    source = Source(name="door", kind=ReaderKind.MJPEG, address=f"http://{LOGIN}@{camera}/{path}", rate=30)
    found = Watched(VideoReaders().open(source))
    try:
        assert found.next().frame.pixels.shape == (48, 64, 3)
        if path == "stream":  # which ends, and is opened again
            assert found.restarted()
    finally:
        found.close()


def test_a_pinned_address_is_the_only_one(camera: str) -> None:
    """Names are not asked for again, and redirections lead nowhere."""
    port = camera.rpartition(":")[2]
    for path, comes in (("snap", True), ("back", False)):
        address = f"http://{LOGIN}@nobody.invalid:{port}/{path}"
        source = Source(name="door", kind=ReaderKind.MJPEG, address=address, rate=30, pinned_to="127.0.0.1")
        found = Watched(VideoReaders().open(source))
        try:
            if comes:
                assert found.next().frame.pixels.shape == (48, 64, 3)
            else:
                deadline = time.monotonic() + LIMIT_S
                while not found.reader.state.problem:
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
                assert found.reader.state.frames == 0
        finally:
            found.close()


def test_rtsp_through_a_pinned_address(pictures: Path) -> None:
    with RtspServer(pictures, fps=FPS, codec="jpeg", login=LOGIN) as server:
        address = server.url.replace("127.0.0.1", "nobody.invalid")
        source = Source(name="door", kind=ReaderKind.RTSP, address=address, rate=FPS, pinned_to="127.0.0.1")
        found = Watched(VideoReaders().open(source))
        try:
            assert found.next().frame.pixels.shape == (96, 128, 3)
        finally:
            found.close()


@pytest.mark.parametrize(
    "address", ["http://{}/stream", "http://" + LOGIN + "@{}/away", "http://viewer:no@{}/snap"]
)
def test_http_that_refuses_or_leads_elsewhere(camera: str, address: str) -> None:
    source = Source(name="door", kind=ReaderKind.MJPEG, address=address.format(camera))
    found = Watched(VideoReaders().open(source))
    try:
        deadline = time.monotonic() + LIMIT_S
        while not found.reader.state.problem:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert found.reader.state.frames == 0
        assert "passwd" not in found.reader.state.problem
    finally:
        found.close()

"""A camera that is none: serves JPEG files over RTSP, each at its time. Run by `rtsp_server.RtspServer`.

Needs GStreamer and its RTSP server with their Python bindings, which distributions package for their own Python
(on Debian: gir1.2-gst-rtsp-server-1.0, gstreamer1.0-rtsp, gstreamer1.0-plugins-base, -good, -bad and -ugly).
It imports nothing of this repository, so that any Python may run it.

Usage: rtsp_program.py PORT FOLDER FPS EPOCH h264|jpeg, with VISAVIS_RTSP_LOGIN=user:password for Basic authentication.
SIGUSR1 cuts all connections, SIGTERM ends it. Writes `ready` when it accepts connections.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, TypeAlias

import gi  # type: ignore[import-not-found,unused-ignore]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

Thing: TypeAlias = Any  #: of GStreamer, whose bindings have no types

_TAIL = {
    "h264": "jpegdec ! videoconvert ! video/x-raw,format=I420 ! x264enc tune=zerolatency speed-preset=ultrafast "
    "threads=1 pass=quant quantizer=21 key-int-max={gop} ! video/x-h264,profile=baseline ! "
    "rtph264pay name=pay0 pt=96 config-interval=1",
    "jpeg": "jpegparse ! rtpjpegpay name=pay0 pt=26",
}


class Pictures:
    """Pushes the picture of the moment into every stream that is open."""

    def __init__(self, folder: Path, fps: float, epoch: float) -> None:
        self._content = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]
        self._fps = fps
        self._epoch = epoch
        self._sources: list[Thing] = []
        self._last = -1

    def configured(self, _factory: object, media: Thing) -> None:
        source = media.get_element().get_by_name("source")
        self._sources.append(source)
        media.connect("unprepared", lambda _media: self._sources.remove(source))

    def push(self) -> bool:
        now = int((time.time() - self._epoch) * self._fps)
        if now != self._last:
            self._last = now
            content = self._content[now % len(self._content)]
            for source in list(self._sources):
                source.emit("push-buffer", Gst.Buffer.new_wrapped(content))
        return True


def _factory(fps: float, codec: str) -> Thing:
    head = "appsrc name=source is-live=true format=time do-timestamp=true caps=image/jpeg,framerate={rate}/1000 ! "
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( " + head.format(rate=round(fps * 1000)) + _TAIL[codec].format(gop=max(round(fps), 1)) + " )"
    )
    factory.set_shared(True)
    return factory


def _require_login(server: Thing, factory: Thing, login: str) -> None:
    user, _, password = login.partition(":")
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    role = Gst.Structure.new_empty("viewer")
    for permission in ("media.factory.access", "media.factory.construct"):
        role.set_value(permission, True)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role_from_structure(role)
    factory.set_permissions(permissions)


def main() -> None:
    port, folder, fps, epoch, codec = sys.argv[1:]
    Gst.init(None)
    pictures = Pictures(Path(folder), float(fps), float(epoch))
    server, factory = GstRtspServer.RTSPServer(), _factory(float(fps), codec)
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory.connect("media-configure", pictures.configured)
    if login := os.environ.get("VISAVIS_RTSP_LOGIN"):
        _require_login(server, factory, login)
    server.get_mount_points().add_factory("/camera", factory)
    if not server.attach(None):
        sys.exit(f"port {port} is taken")
    loop = GLib.MainLoop()
    GLib.timeout_add(max(int(250 / float(fps)), 5), pictures.push)
    GLib.timeout_add_seconds(5, lambda: server.get_session_pool().cleanup() >= 0)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    GLib.unix_signal_add(
        GLib.PRIORITY_HIGH,
        signal.SIGUSR1,
        lambda: bool(server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)) or True,
    )
    print("ready", flush=True)
    loop.run()


main()

"""What a track costs on its way to the server: JSON with base64, a form, a stream of gRPC.

    python -m benchmarks.edge_ways --folder /var/tmp/ways --photos DIR [--tracks 60] [--shots 5]

A server of its own, and a relay in front of it that counts what passes, headers and framing included, without TLS. The
same tracks, of crops as an agent makes them, are sent in each of the three ways, in turns, one after the other. Bytes
are exact; milliseconds are of a server that recognises every track, so they are mostly its own.
"""

import argparse
import base64
import shutil
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import cv2
import numpy as np

from ops.drills.installation import Installation, free_port
from visavis.bootstrap.edge import EdgeParts
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.edge.looking import Eyes
from visavis.edge.platform import client_of, platform_of
from visavis.settings import load_settings
from visavis.vision.jpeg import jpeg
from visavis.wire.edge import CameraConfig, ServerConfig, Transport, Workload
from visavis.wire.v1.tracks import ShotReport, TrackReport

_ROUNDS = 3


@dataclass
class Relay:
    """Passes on what it gets, and counts it."""

    port: int
    to: int
    up: int = 0
    down: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _ = listener.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self.to))
            for one, other, upwards in ((here, there, True), (there, here, False)):
                threading.Thread(target=self._pass, args=(one, other, upwards), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, upwards: bool) -> None:
        try:
            while content := one.recv(65536):
                with self._lock:
                    self.up += len(content) if upwards else 0
                    self.down += 0 if upwards else len(content)
                other.sendall(content)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            return


@contextmanager
def relayed(to: int) -> Iterator[Relay]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(port=listener.getsockname()[1], to=to)
        threading.Thread(target=relay.accept, args=(listener,), daemon=True).start()
        yield relay


def crops(photos: Path, pack: str, most: int) -> list[bytes]:
    """Aligned faces as an agent sends them."""
    workload = Workload(pack=pack)
    camera = CameraConfig.model_validate({"id": "one", "reader": "file", "address": "x"})
    eyes = Eyes.of(EdgeParts(settings=load_settings()).analyser(workload), camera, embeds=False)
    found: list[bytes] = []
    for file in sorted(photos.glob("*/*.jpg")):
        pixels = cv2.imread(str(file))
        if pixels is None or len(found) == most:
            continue
        size = Size(width=pixels.shape[1], height=pixels.shape[0])
        frame = Frame(pixels=np.asarray(pixels, np.uint8), original=size)
        shots = [one for face in eyes.faces(frame)[:1] if (one := eyes.sample(frame, face)) is not None]
        found += [jpeg(one.chip) for one in shots]
    return found


def track(pictures: Sequence[bytes]) -> TrackReport:
    now = datetime.now(UTC)
    shots = tuple(ShotReport(at=now, crop=base64.b64encode(one).decode()) for one in pictures)
    return TrackReport(track=uuid4(), camera="one", first_at=now, last_at=now, frames=30, shots=shots)


def measured(
    ways: dict[Transport, ServerConfig], relays: dict[Transport, Relay], key: str, tracks: list[list[bytes]]
) -> dict[Transport, list[float]]:
    """Seconds for each track. Everybody's first track, with which the connection opens, is not counted."""
    taken: dict[Transport, list[float]] = {way: [] for way in ways}
    for way, server in ways.items():
        with client_of(server, key) as client, platform_of(server, key, client) as platform:
            platform.report("staff", track(tracks[0]))
            time.sleep(0.2)
            relays[way].up = relays[way].down = 0
            for _ in range(_ROUNDS):
                for pictures in tracks:
                    report, began = track(pictures), time.perf_counter()
                    platform.report("staff", report)
                    taken[way].append(time.perf_counter() - began)
            time.sleep(0.2)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="is emptied")
    parser.add_argument("--photos", type=Path, required=True, help="a folder with a folder for each human")
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--shots", type=int, default=5)
    parser.add_argument("--pack", default="light")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(mode=0o755, parents=True)
    faces = crops(given.photos, given.pack, given.tracks * given.shots)
    tracks = [faces[at : at + given.shots] for at in range(0, len(faces), given.shots)]
    port, grpc_port = free_port(), free_port()
    place = Installation(
        folder=given.folder / "data",
        port=port,
        more={"VISAVIS_MODELS__PACK": given.pack, "VISAVIS_SERVER__GRPC_PORT": str(grpc_port)},
    )
    try:
        place.up()
        place.visavis("galleries", "create", "staff", "--pack", given.pack)
        with relayed(port) as json, relayed(port) as form, relayed(grpc_port) as grpc:
            relays = {Transport.JSON: json, Transport.FORM: form, Transport.GRPC: grpc}
            ways = {
                way: ServerConfig(
                    url=f"http://127.0.0.1:{relay.port}",
                    transport=way,
                    grpc_url=f"http://127.0.0.1:{relay.port}",
                )
                for way, relay in relays.items()
            }
            taken = measured(ways, relays, place.api_key(), tracks)
    finally:
        place.down()
    count, pictures = _ROUNDS * len(tracks), sum(map(len, faces)) / len(tracks)
    print(f"{len(tracks)} tracks of {given.shots} crops, {pictures:,.0f} bytes of JPEG each, {_ROUNDS} times")
    for way, relay in relays.items():
        up, down, ms = relay.up / count, relay.down / count, 1000 * statistics.median(taken[way])
        print(
            f"{way.value:<6}{up:>9,.0f} bytes up ({up / pictures:.2f} x the crops){down:>7,.0f} down{ms:>7.1f} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

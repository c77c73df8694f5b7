"""The server, through its typed client; tracks over a stream of gRPC, where the configuration says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from visavis.client.synchronous import Client
from visavis.domain.errors import DependencyMissing
from visavis.edge.sending import Platform
from visavis.wire.edge import ServerConfig, Transport
from visavis.wire.v1.camera_pictures import SnapshotKept, SnapshotReport
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

_TIMEOUT_S = 15.0


class Tracks(Protocol):
    """Of the client: `client.tracks`."""

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded: ...

    def report_form(self, gallery: str, report: TrackReport) -> TrackRecorded: ...


class Cameras(Protocol):
    """Of the client: `client.cameras`."""

    def keep_snapshot(self, name: str, report: SnapshotReport) -> SnapshotKept: ...


@dataclass(frozen=True, slots=True, eq=False)
class ClientPlatform:
    """Implements `visavis.edge.sending.Platform` and `visavis.edge.picturing.PictureServer`. Retries are the sender's,
    and of pictures there are none."""

    client: Client
    forms: bool = False  #: crops as parts of a form; a report without any is JSON all the same

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded:
        tracks: Tracks = self.client.tracks
        if self.forms and any(shot.crop is not None for shot in report.shots):
            return tracks.report_form(gallery, report)
        return tracks.report(gallery, report)

    def picture(self, camera: str, report: SnapshotReport) -> None:
        cameras: Cameras = self.client.cameras
        cameras.keep_snapshot(camera, report)


@contextmanager
def platform_of(server: ServerConfig, key: str, client: Client) -> Iterator[Platform]:
    """In the way that the configuration names. Raises `DependencyMissing`, `FileUnreadable` for a certificate."""
    if server.transport is not Transport.GRPC:
        yield ClientPlatform(client, forms=server.transport is Transport.FORM)
        return
    require_grpc()
    from visavis.edge.track_stream import StreamPlatform

    platform = StreamPlatform(server, key, _TIMEOUT_S)
    try:
        yield platform
    finally:
        platform.close()


def require_grpc() -> None:
    """Raises `DependencyMissing`."""
    if find_spec("grpc") is None or find_spec("google.protobuf") is None:
        raise DependencyMissing(
            'transport = "grpc" needs the packages grpcio and protobuf.',
            hint="Run: pip install 'visavis[edge-grpc]', or choose transport = \"form\".",
        )


def client_of(server: ServerConfig, key: str) -> Client:
    """Raises `FileUnreadable` if the file with authorities cannot be read, `NotAuthenticated` for what is no key."""
    verify: bool | str = server.ca if server.ca is not None else True
    return Client(
        server.url,
        key,
        timeout=_TIMEOUT_S,
        retries=0,
        verify=verify,
        certificate=server.identity_files,
        user_agent="visavis-edge",
    )

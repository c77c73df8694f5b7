"""The server, through its typed client and nothing else."""

from dataclasses import dataclass
from typing import Protocol

from visavis.client.synchronous import Client
from visavis.wire.edge import ServerConfig
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

_TIMEOUT_S = 15.0


class Tracks(Protocol):
    """Of the client: `client.tracks`."""

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded: ...


@dataclass(frozen=True, slots=True, eq=False)
class ClientPlatform:
    """Implements `visavis.edge.sending.Platform`. Retries are the sender's."""

    client: Client

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded:
        tracks: Tracks = self.client.tracks
        return tracks.report(gallery, report)


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

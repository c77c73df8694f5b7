"""Cameras that the server knows, and what they saw."""

from typing import TypeVar

from pydantic import SecretStr

from visavis.client.flows import Flow, exchanged
from visavis.client.requests import Request, delete, get, send
from visavis.client.resource import Resource, listing_of, operation, parsed
from visavis.client.resources.galleries import Versioned
from visavis.domain.camera import Direction
from visavis.wire.cameras import CameraNote
from visavis.wire.v1.camera_pictures import (
    CameraTried,
    SnapshotKept,
    SnapshotList,
    SnapshotReport,
    TrialRequest,
)
from visavis.wire.v1.cameras import CameraCreate, CameraEdit, CameraList

M = TypeVar("M")


class Cameras(Resource[M]):
    """Where pictures come from: a camera's name is the source of its events, which note where it hangs."""

    @listing_of(CameraNote)
    def list(self, *, site: str | None = None, zone: str | None = None, page_size: int = 100) -> Flow[None]:
        """By name."""
        request = get("v1", "cameras", site=site, zone=zone, limit=page_size)
        return self._pages(request, CameraList, lambda page: page.cameras)

    @operation
    def create(
        self,
        name: str,
        *,
        site: str = "",
        zone: str = "",
        direction: Direction = Direction.PASSING,
        note: str = "",
    ) -> Flow[CameraNote]:
        """From now on events whose source is this name note the place."""
        wanted = CameraCreate(name=name, site=site, zone=zone, direction=direction, note=note)
        return self._ask(self._write(send("POST", "v1", "cameras", body=wanted)), CameraNote)

    @operation
    def get(self, name: str) -> Flow[CameraNote]:
        return self._ask(get("v1", "cameras", name), CameraNote)

    @operation
    def read(self, name: str) -> Flow[Versioned[CameraNote]]:
        """The camera and its version, for `change`."""
        reply = yield from exchanged(self._connection, get("v1", "cameras", name))
        return Versioned(value=parsed(CameraNote, reply), etag=reply.headers.get("etag", ""))

    @operation
    def change(self, name: str, change: CameraEdit, *, etag: str | None = None) -> Flow[CameraNote]:
        """What is left out stays as it is. With `etag`, `PreconditionFailed` if somebody was faster."""
        request = self._write(send("PATCH", "v1", "cameras", name, body=change))
        return self._ask(request.with_header("If-Match", etag) if etag else request, CameraNote)

    @operation
    def try_address(self, address: str, *, seconds: float = 2.0) -> Flow[CameraTried]:
        """Opened from the server: how it behaves, which faces it sees, and one frame. Nothing is kept."""
        body = TrialRequest(address=SecretStr(address), seconds=seconds)
        return self._ask(self._write(send("POST", "v1", "camera-trials", body=body)), CameraTried)

    @operation
    def snapshots(self) -> Flow[SnapshotList]:
        """Of which cameras there is a picture."""
        return self._ask(get("v1", "snapshots"), SnapshotList)

    @operation
    def snapshot(self, name: str) -> Flow[bytes]:
        """The newest picture of a camera, a JPEG file."""
        return self._picture(get("v1", "cameras", name, "snapshot"))

    @operation
    def keep_snapshot(self, name: str, report: SnapshotReport) -> Flow[SnapshotKept]:
        """In the place of the one before."""
        request = send("PUT", "v1", "cameras", name, "snapshot", body=report)
        return self._ask(self._write(request), SnapshotKept)

    def _picture(self, request: Request) -> Flow[bytes]:
        reply = yield from exchanged(self._connection, request)
        return reply.content

    @operation
    def remove(self, name: str) -> Flow[None]:
        """Its events stay."""
        return self._do(self._write(delete("v1", "cameras", name)))

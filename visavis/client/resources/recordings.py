"""Recorded video."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow, exchanged
from visavis.client.requests import Picture, Request, delete, get, pictures, post_parts, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.wire.recordings import FoundInRecordings, RecordingNote
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.recordings import RecordingAdd, RecordingList

M = TypeVar("M")


class Recordings(Resource[M]):
    """Videos that were made searchable; they stay where they are."""

    @operation
    def add(
        self,
        gallery: str,
        path: str,
        started_at: datetime,
        *,
        camera: str = "",
        rate: float = 5.0,
        keep_days: int = 0,
    ) -> Flow[JobNote]:
        """A video below the server's directory of imports; a worker does it."""
        wanted = RecordingAdd(path=path, started_at=started_at, camera=camera, rate=rate, keep_days=keep_days)
        request = send("POST", "v1", "galleries", gallery, "recordings", body=wanted)
        return self._ask(self._write(request), JobNote)

    @listing_of(RecordingNote)
    def list(
        self,
        *,
        gallery: str | None = None,
        camera: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """In the order of the times at which they began."""
        request = get(
            "v1",
            "recordings",
            gallery=gallery,
            camera=camera,
            since=since,
            until=until,
            limit=page_size,
        )
        return self._pages(request, RecordingList, lambda page: page.recordings)

    @operation
    def get(self, recording_id: str | UUID) -> Flow[RecordingNote]:
        return self._ask(get("v1", "recordings", recording_id), RecordingNote)

    @operation
    def remove(self, recording_id: str | UUID) -> Flow[RecordingNote]:
        """Its templates; the file stays."""
        return self._ask(self._write(delete("v1", "recordings", recording_id)), RecordingNote)

    @operation
    def still(self, recording_id: str | UUID, track: int) -> Flow[bytes]:
        """JPEG of a face in it, where it is seen best. Raises `StillNotFound` where the file is gone."""
        request = get("v1", "recordings", recording_id, "tracks", str(track), "still")
        reply = yield from exchanged(self._connection, request)
        return reply.content

    @operation
    def search(
        self,
        gallery: str,
        *photos: Picture,
        subject: str | None = None,
        camera: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        case: str = "",
        limit: int = 50,
        largest: bool = False,
    ) -> Flow[FoundInRecordings]:
        """Where the one human of these photos was, or a subject of the gallery."""
        request = self._search(gallery, "search", photos, largest=largest)
        request = request.with_query(
            subject=subject, camera=camera, since=since, until=until, case=case or None, limit=limit
        )
        return self._ask(request, FoundInRecordings)

    @operation
    def report(
        self,
        gallery: str,
        *photos: Picture,
        subject: str | None = None,
        camera: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        case: str = "",
        limit: int = 50,
        largest: bool = False,
    ) -> Flow[bytes]:
        """As `search`; a ZIP file with a page, stills, and the signed report.json."""
        request = self._search(gallery, "report", photos, largest=largest)
        request = request.with_query(
            subject=subject, camera=camera, since=since, until=until, case=case or None, limit=limit
        )
        reply = yield from exchanged(self._connection, request)
        return reply.content

    def _search(self, gallery: str, what: str, photos: Sequence[Picture], *, largest: bool) -> Request:
        parts = pictures("image", photos, self._connection.max_upload_bytes)
        path = ("v1", "galleries", gallery, "recordings", what)
        return self._write(post_parts(*path, parts=parts, largest=largest))

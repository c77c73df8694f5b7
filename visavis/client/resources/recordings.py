"""Recorded video."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import Picture, delete, get, pictures, post_parts, send
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
        parts = pictures("image", photos, self._connection.max_upload_bytes)
        request = post_parts(
            "v1",
            "galleries",
            gallery,
            "recordings",
            "search",
            parts=parts,
            subject=subject,
            camera=camera,
            since=since,
            until=until,
            case=case or None,
            limit=limit,
            largest=largest,
        )
        return self._ask(self._write(request), FoundInRecordings)

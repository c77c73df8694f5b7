"""Indexed recordings in memory."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.recordings import RecordingFilter
from visavis.domain.errors import AlreadyExists, ModelMismatch, RecordingNotFound
from visavis.domain.recording import RecordedTrack, Recording, RecordingId


class MemoryRecordings:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, recording: Recording, tracks: Sequence[RecordedTrack]) -> None:
        tables = await self._work.write()
        gallery = tables.gallery(recording.gallery_id)
        if gallery.model != recording.model:
            raise ModelMismatch("The recording was indexed with another model than the gallery has.")
        same = (recording.gallery_id, recording.sha256)
        if any((one.gallery_id, one.sha256) == same for one in self._living()):
            raise AlreadyExists("This gallery has a recording of the same content.")
        tables.recordings[recording.id] = recording, tuple(tracks)

    async def get(self, recording_id: RecordingId) -> Recording:
        found = next((one for one in self._living() if one.id == recording_id), None)
        if found is None:
            raise RecordingNotFound
        return found

    async def page(
        self, wanted: RecordingFilter, *, after: RecordingId | None = None, limit: int = 100
    ) -> list[Recording]:
        ordered = sorted(self._living(), key=lambda one: (one.started_at, one.id))
        if after is not None:
            places = [place for place, one in enumerate(ordered) if one.id == after]
            ordered = ordered[places[0] + 1 :] if places else []
        return [one for one in ordered if wanted.wants(one)][:limit]

    async def tracks(
        self, recording_id: RecordingId, *, batch: int = 1000
    ) -> AsyncIterator[list[RecordedTrack]]:
        _, tracks = self._work.read().recordings.get(recording_id, (None, ()))
        for start in range(0, len(tracks), batch):
            yield list(tracks[start : start + batch])

    async def remove(self, recording_id: RecordingId) -> None:
        await self.get(recording_id)
        del (await self._work.write()).recordings[recording_id]

    async def expired(self, now: datetime, *, limit: int = 100) -> list[RecordingId]:
        old = [(one.keep_until, one.id) for one in self._living() if one.keep_until and one.keep_until < now]
        return [recording_id for _, recording_id in sorted(old)[:limit]]

    def _living(self) -> list[Recording]:
        """Those whose gallery is still there, under the name that it has now."""
        tables = self._work.read()
        return [
            replace(one, gallery=tables.galleries[one.gallery_id].name)
            for one, _ in tables.recordings.values()
            if one.gallery_id in tables.galleries
        ]

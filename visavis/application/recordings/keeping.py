"""Indexed recordings: look at them, remove them."""

from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.recordings import RecordingFilter
from visavis.application.ports.store import Store
from visavis.application.recordings.search import all_of
from visavis.domain.audit import Action
from visavis.domain.errors import StillNotFound
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecordings:
    """Those of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger

    async def page(
        self, wanted: RecordingFilter, *, after: RecordingId | None = None, limit: int = 100
    ) -> list[Recording]:
        """In the order of the times at which they began."""
        async with self.store.transaction(self.tenant) as work:
            return await work.recordings.page(wanted, after=after, limit=limit)

    async def everything(self, wanted: RecordingFilter) -> list[Recording]:
        """All of them, in that order."""
        async with self.store.transaction(self.tenant) as work:
            return await all_of(work, wanted)

    async def get(self, recording_id: RecordingId) -> Recording:
        """Raises `RecordingNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.recordings.get(recording_id)

    async def track(self, recording: Recording, number: int) -> RecordedTrack:
        """One face in it, of which a picture is about to be taken out: that is audited. Raises `StillNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            async for batch in work.recordings.tracks(recording.id):
                found = next((one for one in batch if one.number == number), None)
                if found is not None:
                    await self.ledger.note(
                        work, Action.RECORDING_SHOWN, f"recording:{recording.id}", track=number
                    )
                    return found
        raise StillNotFound

    async def remove(self, recording_id: RecordingId) -> Recording:
        """With all templates; the file stays where it is. Raises `RecordingNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            recording = await work.recordings.get(recording_id)
            await work.recordings.remove(recording_id)
            await self.ledger.note(
                work,
                Action.RECORDING_REMOVED,
                f"recording:{recording_id}",
                file_sha256=recording.sha256,
                tracks=recording.tracks,
            )
        return recording

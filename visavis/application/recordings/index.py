"""Make a recorded video searchable: follow the faces in it, and keep their templates."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import anyio.to_thread

from visavis.application.follow_faces import FollowFaces
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.progress import Progress
from visavis.application.ports.recordings import Footage, RecordingFilter
from visavis.application.ports.store import Store
from visavis.domain.audit import Action
from visavis.domain.camera import Place
from visavis.domain.errors import AlreadyExists, FileUnreadable
from visavis.domain.gallery import Gallery
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.domain.subject import TenantId
from visavis.domain.template import fuse
from visavis.domain.track import Track

_QUALITY = 5.0  #: 0..100; below lie backs of heads and false detections


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the operator says of a video: when its first frame was taken, by which camera, and where that hung.

    `keep_days` is after how many days it is forgotten; 0: when somebody removes it, or its gallery.
    """

    started_at: datetime
    source: str = ""
    place: Place = field(default_factory=Place)
    keep_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRecording:
    """Every track with a usable look is kept, however short: a search must not miss a passer-by.

    The file is not kept. Its digest is taken before and after, so that what was indexed is what the digest says.
    """

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers
    footage: Footage
    follow: FollowFaces
    software: str

    async def __call__(
        self, gallery: Gallery, path: Path, taken: Taken, progress: Progress | None = None
    ) -> Recording:
        """Raises `VideoUnreadable`, `FileUnreadable`, `ImageTooLarge`, `AlreadyExists`, `ModelMismatch`."""
        location = await anyio.to_thread.run_sync(lambda: str(path.resolve()))
        sha256, size = await anyio.to_thread.run_sync(self.footage.digest, path)
        await self._require_new(gallery, path, sha256)
        duration_s = await anyio.to_thread.run_sync(self.follow.video.duration_s, path)
        tracks = recorded(await self.follow(path, progress))
        after, _ = await anyio.to_thread.run_sync(self.footage.digest, path)
        if after != sha256:
            raise FileUnreadable(f"{path.name} changed while it was read.", hint="Wait until it is complete.")
        now = self.clock.now()
        recording = Recording(
            id=RecordingId(self.identifiers.new()),
            gallery_id=gallery.id,
            gallery=gallery.name,
            name=path.name,
            location=location,
            sha256=sha256,
            size=size,
            duration_s=max([duration_s or 0.0, *(track.last_s for track in tracks)]),
            started_at=taken.started_at,
            source=taken.source,
            site=taken.place.site,
            zone=taken.place.zone,
            model=gallery.model,
            rate=self.follow.rate,
            tracks=len(tracks),
            added_at=now,
            added_by=str(self.ledger.actor),
            software=self.software,
            keep_until=now + timedelta(days=taken.keep_days) if taken.keep_days else None,
        )
        async with self.store.transaction(self.tenant) as work:
            await work.recordings.add(recording, tracks)
            await self.ledger.note(
                work,
                Action.RECORDING_INDEXED,
                f"recording:{recording.id}",
                gallery=str(gallery.id),
                file_sha256=sha256,
                bytes=size,
                tracks=len(tracks),
                model=gallery.model.key,
                started_at=recording.started_at.isoformat(),
            )
        return recording

    async def _require_new(self, gallery: Gallery, path: Path, sha256: str) -> None:
        """Before the long work."""
        async with self.store.transaction(self.tenant) as work:
            same = await work.recordings.page(RecordingFilter(gallery_id=gallery.id, sha256=sha256), limit=1)
        if same:
            raise AlreadyExists(
                f"{path.name} is indexed already, as {same[0].id}.",
                hint="Remove that recording first to index it anew.",
            )


def recorded(tracks: Sequence[Track]) -> list[RecordedTrack]:
    """The tracks with a usable look, numbered anew from 0."""
    kept: list[RecordedTrack] = []
    for track in tracks:
        shots = [
            shot for shot in track.shots if shot.template.quality is None or shot.template.quality >= _QUALITY
        ]
        if not shots:
            continue
        best = max(shots, key=lambda shot: shot.value)
        box = best.sample.face.box
        kept.append(
            RecordedTrack(
                number=len(kept),
                first_s=track.first_s,
                last_s=track.last_s,
                best_s=best.at_s,
                frames=track.seen,
                box=(box.left, box.top, box.width, box.height),
                template=fuse([shot.template for shot in shots]),
            )
        )
    return kept

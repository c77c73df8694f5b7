"""Composes the search of recorded video, and writes its reports."""

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.follow_faces import FollowFaces
from visavis.application.ports.frames import Video
from visavis.application.ports.inference import Inference
from visavis.application.ports.recordings import Footage, RecordingFilter
from visavis.application.probe import take_probe
from visavis.application.recordings.custody import Evidence, ReportSearch
from visavis.application.recordings.index import IndexRecording
from visavis.application.recordings.keeping import KeptRecordings
from visavis.application.recordings.search import Found, SearchRecordings, Wanted
from visavis.application.sign_bias_audit import SignedText
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.governance import signer, software
from visavis.bootstrap.library import read_file
from visavis.bootstrap.recording_reports import Still, evidence_of, packed_report, still_of
from visavis.domain.camera import Place
from visavis.domain.errors import CameraNotFound, DependencyMissing, FileUnreadable
from visavis.domain.gallery import Gallery
from visavis.domain.pack import Pack
from visavis.domain.recording import Recording
from visavis.domain.template import Template, fuse
from visavis.engine.assess import PROBE_GATE
from visavis.settings import Settings


class RecordingsDesk(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @abstractmethod
    async def loaded(self, pack: Pack) -> Inference: ...

    @property
    def recordings(self) -> KeptRecordings:
        return KeptRecordings(store=self.store, tenant=self.tenant, ledger=self.ledger)

    async def index_recording(self, gallery: Gallery, *, rate: float = 5.0) -> IndexRecording:
        """Raises `DependencyMissing` without PyAV, and as loading the gallery's models does."""
        from visavis.adapters.video.files import VideoFiles

        return IndexRecording(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            footage=footage(self.settings),
            follow=FollowFaces(
                video=VideoFiles(max_pixels=self.settings.limits.max_image_pixels),
                inference=await self.loaded(self.models.pack(gallery.pack)),
                rate=rate,
                pictures=False,
                workers=self.settings.workers,
            ),
            software=software(),
        )

    def search_recordings(self, gallery: Gallery) -> SearchRecordings:
        """Raises `CalibrationMissing`."""
        pack = self.models.pack(gallery.pack)
        return SearchRecordings(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            calibration=gallery.own_calibration or pack.calibration(gallery.policy.measure),
        )

    async def searched(
        self,
        gallery: Gallery,
        asked: tuple[Sequence[Path], str | None, str],
        scope: RecordingFilter,
        *,
        limit: int,
        largest: bool = False,
    ) -> Found:
        """`asked` is photo files, or the name of a subject, and the case. Raises as reading photos does, as `the_one`,
        `SubjectNotFound`, `ModelMismatch`."""
        photos, name, case = asked
        search = self.search_recordings(gallery)
        if name is not None:
            subject, probe = await search.subject_probe(gallery, name)
            return await search(
                gallery, probe, Wanted(subject=str(subject.id), case=case), scope, limit=limit
            )
        contents = [read_file(path, self.settings.limits.max_image_bytes) for path in photos]
        probe, digests = await self.photo_probe(gallery, contents, largest=largest)
        return await search(gallery, probe, Wanted(photos=digests, case=case), scope, limit=limit)

    async def photo_probe(
        self, gallery: Gallery, photos: Sequence[bytes], *, largest: bool = False
    ) -> tuple[Template, tuple[str, ...]]:
        """One template of several photos of one human, and the digests of the photos. Raises as `the_one` does."""
        inference = await self.loaded(self.models.pack(gallery.pack))
        probes = [await take_probe(one, inference, gate=PROBE_GATE, largest=largest) for one in photos]
        digests = tuple(hashlib.sha256(one).hexdigest() for one in photos)
        return fuse([probe.template for probe in probes]), digests

    async def place_of(self, source: str) -> Place:
        """Where the camera hangs, if it is known."""
        if not source:
            return Place()
        async with self.store.transaction(self.tenant) as work:
            try:
                return (await work.cameras.by_name(source)).place
            except CameraNotFound:
                return Place()

    async def recorded_still(self, recording: Recording, number: int) -> bytes:
        """JPEG of a face in it. Raises `StillNotFound` where the file is not there any more, or is another one."""
        import anyio.to_thread

        track = await self.recordings.track(recording, number)
        return await anyio.to_thread.run_sync(still_of, footage(self.settings), recording, track)

    async def packed_report(self, found: Found) -> bytes:
        """ZIP of the report that `write_report` writes. Raises as `ReportSearch`."""
        import anyio.to_thread

        signed, stills = await self.report_search(found)
        return await anyio.to_thread.run_sync(packed_report, found, signed, stills)

    async def report_search(self, found: Found) -> tuple[SignedText, list[Still]]:
        """The signed report, with stills of the hits where the files are still the same. Raises as `ReportSearch`."""
        import anyio.to_thread

        files, stills = await anyio.to_thread.run_sync(evidence_of, footage(self.settings), found)
        report = ReportSearch(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            signer=signer(),
            software=software(),
        )
        pairs = [(one.name, one.sha256) for one in stills]
        return await report(found, Evidence(files=files, stills=pairs)), stills


def footage(settings: Settings) -> Footage:
    """Raises `DependencyMissing`."""
    try:
        from visavis.adapters.video.files import VideoFiles
        from visavis.adapters.video.footage import RecordedFootage
    except ImportError as error:
        raise DependencyMissing(
            "Reading videos needs PyAV.", hint="Install it with: pip install 'visavis[video]'"
        ) from error
    return RecordedFootage(files=VideoFiles(max_pixels=settings.limits.max_image_pixels))


def started(video: Video, path: Path) -> datetime:
    """When a file was last written less its length: the beginning where nobody says when it was taken. Raises
    `FileUnreadable`, `VideoUnreadable`."""
    try:
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise FileUnreadable(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return written - timedelta(seconds=video.duration_s(path) or 0.0)

"""Is it a live person in front of the camera? Asked of a track's shots where a door or an attendance plan wants that.

The finding stands among the reasons of the track's line, so that whoever follows the log, a door above all, decides
with it: the picture it was made of is gone by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis.application.ports.attack import AttackCheck
from visavis.application.ports.store import Store
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.errors import Unavailable, VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, LivePolicy, doubted, worst_of, written
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLiveness:
    """Costs nothing without a detector: then nothing that must be live is."""

    store: Store
    tenant: TenantId
    attack: AttackCheck

    async def __call__(
        self, gallery: Gallery, tracks: Sequence[SeenTrack | VisavisError]
    ) -> list[SeenTrack | VisavisError]:
        """The same tracks, those of whom it is asked with what was found."""
        asking = await self._asking(
            gallery, {one.reported.camera for one in tracks if isinstance(one, SeenTrack)}
        )
        return [
            await self._looked_at(one)
            if isinstance(one, SeenTrack) and one.reported.camera in asking
            else one
            for one in tracks
        ]

    async def _asking(self, gallery: Gallery, cameras: set[str]) -> set[str]:
        """The cameras whose tracks somebody wants to be live."""
        if not cameras:
            return set()
        async with self.store.transaction(self.tenant) as work:
            plan = await work.attendance.plan(gallery.id)
            if plan is not None and plan.live.require_live:
                return cameras
            doors = await work.doors.at(sorted(cameras))
        wanting = [door for door in doors if door.gallery_id == gallery.id and door.live.require_live]
        return {camera.name for door in wanting for camera in door.cameras}

    async def _looked_at(self, track: SeenTrack) -> SeenTrack:
        """By the detector's own threshold; a door that has one of its own decides with the finding by that."""
        worst, threshold = await self._found(track), self.attack.threshold
        doubt = doubted(LivePolicy(require_live=True, threshold=threshold), worst)
        return replace(track, liveness=written(worst, threshold), doubt=doubt)

    async def _found(self, track: SeenTrack) -> AttackFinding | None:
        """Of a device that sends templates there is nothing to look at. A detector that fails makes nothing live, and
        keeps no track out of the log."""
        try:
            findings = await self.attack.assess(track.samples) if track.samples else []
        except Unavailable:
            findings = []
        known: list[AttackFinding] = [one for one in findings if one is not None]
        complete = bool(known) and len(known) == len(track.samples)
        return worst_of(known) if complete else None

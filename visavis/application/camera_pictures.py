"""The newest picture of each camera: kept for a moment, shown to whoever may look at the camera's gallery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store
from visavis.domain.access import Principal
from visavis.domain.camera_picture import CameraPicture, PictureHead, jpeg_size
from visavis.domain.errors import SnapshotNotFound

_AHEAD = timedelta(minutes=5)  #: a device's clock may be wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPictures:
    """There is one picture of a camera at most, `lasts` long. Nothing is audited: they come every few seconds, and
    what allows them is a configuration, which is."""

    store: Store
    by: Principal
    clock: Clock
    lasts: timedelta

    async def keep(self, camera: str, content: bytes, *, gallery: str, blurred: bool, at: datetime) -> bool:
        """Whether it is the newest. Raises `ImageUnreadable`, `ImageTooLarge`, `ValueInvalid`."""
        width_px, height_px = jpeg_size(content)
        now = self.clock.now()
        picture = CameraPicture(
            camera=camera,
            gallery=gallery,
            content=content,
            width_px=width_px,
            height_px=height_px,
            blurred=blurred,
            taken_at=min(at, now + _AHEAD),
            keep_until=now + self.lasts,
        )
        async with self.store.transaction(self.by.tenant) as work:
            kept = await work.camera_pictures.keep(picture)
            await work.camera_pictures.purge(now)
        return kept

    async def of(self, camera: str) -> CameraPicture:
        """Raises `SnapshotNotFound`, also for one that the caller may not see."""
        async with self.store.transaction(self.by.tenant) as work:
            found = await work.camera_pictures.of(camera, self.clock.now())
        if found is None or not self._may_see(found.gallery):
            raise SnapshotNotFound
        return found

    async def heads(self) -> Sequence[PictureHead]:
        """Of all that the caller may see, by camera."""
        async with self.store.transaction(self.by.tenant) as work:
            found = await work.camera_pictures.heads(self.clock.now())
        return [one for one in found if self._may_see(one.gallery)]

    async def forget(self, camera: str) -> None:
        async with self.store.transaction(self.by.tenant) as work:
            await work.camera_pictures.forget(camera)

    def _may_see(self, gallery: str) -> bool:
        mine = self.by.galleries
        return mine is None or gallery in mine

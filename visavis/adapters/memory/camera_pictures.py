"""The newest pictures of cameras in memory."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.domain.camera_picture import CameraPicture, PictureHead, head_of


class MemoryCameraPictures:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def keep(self, picture: CameraPicture) -> bool:
        tables = await self._work.write()
        before = tables.camera_pictures.get(picture.camera)
        if before is not None and before.taken_at >= picture.taken_at:
            return False
        tables.camera_pictures[picture.camera] = picture
        return True

    async def of(self, camera: str, now: datetime) -> CameraPicture | None:
        found = self._work.read().camera_pictures.get(camera)
        return found if found is not None and found.keep_until > now else None

    async def heads(self, now: datetime) -> Sequence[PictureHead]:
        kept = [one for one in self._work.read().camera_pictures.values() if one.keep_until > now]
        return sorted(map(head_of, kept), key=lambda one: one.camera)

    async def forget(self, camera: str) -> None:
        (await self._work.write()).camera_pictures.pop(camera, None)

    async def purge(self, now: datetime) -> int:
        tables = await self._work.write()
        gone = [name for name, one in tables.camera_pictures.items() if one.keep_until <= now]
        for name in gone:
            del tables.camera_pictures[name]
        return len(gone)

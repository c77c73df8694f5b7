"""Cameras in memory."""

from visavis.adapters.memory.work import Work
from visavis.domain.camera import Camera, CameraId
from visavis.domain.errors import AlreadyExists, CameraNotFound, PreconditionFailed


class MemoryCameras:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, camera: Camera) -> None:
        tables = await self._work.write()
        if await self.find(camera.name) is not None:
            raise AlreadyExists(f"There is a camera {camera.name!r} already.")
        tables.cameras[camera.id] = camera

    async def find(self, name: str) -> Camera | None:
        return next((one for one in self._work.read().cameras.values() if one.name == name), None)

    async def by_name(self, name: str) -> Camera:
        found = await self.find(name)
        if found is None:
            raise CameraNotFound(f"There is no camera {name!r}.")
        return found

    async def get(self, camera_id: CameraId) -> Camera:
        cameras = self._work.read().cameras
        if camera_id not in cameras:
            raise CameraNotFound
        return cameras[camera_id]

    async def page(
        self, *, site: str | None = None, zone: str | None = None, after: str = "", limit: int = 100
    ) -> list[Camera]:
        wanted = [
            one
            for one in self._work.read().cameras.values()
            if site in (None, one.place.site) and zone in (None, one.place.zone) and one.name > after
        ]
        return sorted(wanted, key=lambda one: one.name)[:limit]

    async def replace(self, camera: Camera, *, expected: Camera | None = None) -> None:
        tables = await self._work.write()
        if await self.get(camera.id) != (expected or tables.cameras[camera.id]):
            raise PreconditionFailed
        named = await self.find(camera.name)
        if named is not None and named.id != camera.id:
            raise AlreadyExists(f"There is a camera {camera.name!r} already.")
        tables.cameras[camera.id] = camera

    async def remove(self, camera_id: CameraId) -> None:
        tables = await self._work.write()
        await self.get(camera_id)
        del tables.cameras[camera_id]

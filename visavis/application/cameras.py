"""Cameras: add, look at, move, remove."""

from dataclasses import dataclass, replace

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store
from visavis.domain.audit import Action, Detail
from visavis.domain.camera import Camera, CameraId, Place
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Cameras:
    """The cameras of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def add(self, name: str, place: Place, *, note: str = "") -> Camera:
        """From now on events whose source has this name note its place. Raises `AlreadyExists`, `ValueInvalid`."""
        camera = Camera(
            id=CameraId(self.identifiers.new()),
            name=name,
            place=place,
            created_at=self.clock.now(),
            note=note,
        )
        async with self.store.transaction(self.tenant) as work:
            await work.cameras.add(camera)
            await self.ledger.note(work, Action.CAMERA_ADDED, f"camera:{camera.id}", **_details(camera))
        return camera

    async def get(self, name: str) -> Camera:
        """Raises `CameraNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.cameras.by_name(name)

    async def page(
        self, *, site: str | None = None, zone: str | None = None, after: str = "", limit: int = 100
    ) -> list[Camera]:
        """By name, those behind `after`; of one site and zone, or all."""
        async with self.store.transaction(self.tenant) as work:
            return await work.cameras.page(site=site, zone=zone, after=after, limit=limit)

    async def change(
        self,
        name: str,
        *,
        place: Place | None = None,
        note: str | None = None,
        expected: Camera | None = None,
    ) -> Camera:
        """What happened before keeps its old place.

        Raises `CameraNotFound`, or `PreconditionFailed` if the camera is not as `expected` any more.
        """
        async with self.store.transaction(self.tenant) as work:
            before = await work.cameras.by_name(name)
            after = replace(
                before,
                place=before.place if place is None else place,
                note=before.note if note is None else note,
            )
            await work.cameras.replace(after, expected=expected or before)
            await self.ledger.note(work, Action.CAMERA_CHANGED, f"camera:{after.id}", **_details(after))
        return after

    async def remove(self, name: str) -> None:
        """Its events stay. Raises `CameraNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            camera = await work.cameras.by_name(name)
            await work.cameras.remove(camera.id)
            await work.camera_pictures.forget(camera.name)
            await self.ledger.note(work, Action.CAMERA_REMOVED, f"camera:{camera.id}", **_details(camera))


def _details(camera: Camera) -> dict[str, Detail]:
    """Without site and zone, which are an operator's words."""
    return {"name": camera.name, "direction": camera.place.direction.value}

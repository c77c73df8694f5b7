"""Cameras of one tenant, as a unit of work sees them."""

from typing import Protocol

from visavis.domain.camera import Camera, CameraId


class Cameras(Protocol):
    async def add(self, camera: Camera) -> None:
        """Raises `AlreadyExists` if the tenant has a camera of this name."""
        ...

    async def find(self, name: str) -> Camera | None:
        """The camera of this name, which is the source of its events."""
        ...

    async def by_name(self, name: str) -> Camera:
        """Raises `CameraNotFound`."""
        ...

    async def get(self, camera_id: CameraId) -> Camera:
        """Raises `CameraNotFound`."""
        ...

    async def page(
        self, *, site: str | None = None, zone: str | None = None, after: str = "", limit: int = 100
    ) -> list[Camera]:
        """By name, those whose name sorts after `after`; of one site and zone, or all."""
        ...

    async def replace(self, camera: Camera, *, expected: Camera | None = None) -> None:
        """Another name, place or note for the camera with this identifier.

        Raises `CameraNotFound`, `AlreadyExists` if another camera has this name, or `PreconditionFailed` if it is not
        as `expected` any more.
        """
        ...

    async def remove(self, camera_id: CameraId) -> None:
        """Its events stay, with the place that they noted. Raises `CameraNotFound`."""
        ...

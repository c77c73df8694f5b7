"""The newest picture of each camera of one tenant, as a unit of work sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from visavis.domain.camera_picture import CameraPicture, PictureHead


class CameraPictures(Protocol):
    async def keep(self, picture: CameraPicture) -> bool:
        """In the place of the one before; whether it is newer than that, or else it is left out."""
        ...

    async def of(self, camera: str, now: datetime) -> CameraPicture | None:
        """`None` if there is none, or it is to be forgotten."""
        ...

    async def heads(self, now: datetime) -> Sequence[PictureHead]:
        """Of all pictures that are there, by camera."""
        ...

    async def forget(self, camera: str) -> None:
        """Does nothing if there is none."""
        ...

    async def purge(self, now: datetime) -> int:
        """Removes those that are to be forgotten; how many."""
        ...

"""Cameras that a server knows."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.camera import Camera, Direction
from visavis.wire.model import Document, Identifier, Model


class CameraNote(Model):
    """A camera and where it hangs."""

    id: Identifier
    name: str = Field(description="The source of its events.")
    site: str
    zone: str
    direction: Direction = Field(description="What being seen there means.")
    note: str
    created_at: datetime

    @classmethod
    def of(cls, camera: Camera) -> Self:
        return cls(
            id=str(camera.id),
            name=camera.name,
            site=camera.place.site,
            zone=camera.place.zone,
            direction=camera.place.direction,
            note=camera.note,
            created_at=camera.created_at,
        )


class CamerasDocument(Document):
    """Cameras by name: a page of them, or the one that was asked for, added or moved."""

    title: ClassVar[str] = "cameras list, cameras show, cameras add, cameras move"
    kind: Literal["visavis.cameras/1"] = Field(default="visavis.cameras/1", alias="schema")
    cameras: tuple[CameraNote, ...]
    next_after: str | None = Field(default=None, description="Pass it to --after for the next page.")

    @classmethod
    def of(cls, cameras: Sequence[CameraNote], *, limit: int | None = None) -> Self:
        """Those of one page; one more than `limit` says that there is another."""
        more = limit is not None and len(cameras) > limit
        page = tuple(cameras[:limit])
        return cls(cameras=page, next_after=page[-1].name if more else None)


class CameraRemovedDocument(Document):
    """A camera was taken out of the list; its events stay."""

    title: ClassVar[str] = "cameras remove"
    kind: Literal["visavis.camera-removed/1"] = Field(default="visavis.camera-removed/1", alias="schema")
    camera: str

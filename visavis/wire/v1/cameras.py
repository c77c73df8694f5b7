"""Cameras: where pictures come from, and where they hang."""

from typing import Annotated

from pydantic import Field

from visavis.domain.camera import Direction, Place
from visavis.wire.cameras import CameraNote
from visavis.wire.model import Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, closed

CAMERA_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"

CameraName = Annotated[str, Field(min_length=1, max_length=64, pattern=CAMERA_NAME)]
"""Fit for file names, topics and addresses."""

PlaceName = Annotated[str, Field(max_length=100, pattern=PLAIN)]
"""Of a site or a zone, in the operator's words."""

Remark = Annotated[str, Field(max_length=500, pattern=PLAIN)]


class CameraCreate(Model):
    """A new camera."""

    model_config = closed(name="door-1", site="Head office", zone="Reception", direction="entry")

    name: Annotated[CameraName, Field(description="The source of its events; it never changes.")]
    site: PlaceName = ""
    zone: PlaceName = ""
    direction: Direction = Direction.PASSING
    note: Remark = ""

    @property
    def place(self) -> Place:
        return Place(site=self.site, zone=self.zone, direction=self.direction)


class CameraEdit(Model):
    """What to change of a camera; what is left out stays as it is."""

    model_config = closed(zone="Back door", direction="exit")

    site: PlaceName | None = None
    zone: PlaceName | None = None
    direction: Direction | None = None
    note: Remark | None = None

    def place(self, before: Place) -> Place:
        """Where it hangs from now on."""
        return Place(
            site=before.site if self.site is None else self.site,
            zone=before.zone if self.zone is None else self.zone,
            direction=self.direction or before.direction,
        )


class CameraList(Page):
    cameras: tuple[CameraNote, ...]

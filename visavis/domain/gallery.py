"""The set that is searched."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from visavis.domain.errors import ValueInvalid
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, checked_name
from visavis.domain.template import ModelIdentity


class Purpose(StrEnum):
    """What a gallery is for; it decides what later features do with it."""

    GENERAL = "general"
    ACCESS = "access"
    ATTENDANCE = "attendance"
    WATCHLIST = "watchlist"
    VISITORS = "visitors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """A named set of references of one model, with its policy. `pack` is the model pack it was created with."""

    id: GalleryId
    name: str
    purpose: Purpose
    pack: str
    model: ModelIdentity
    policy: Policy
    created_at: datetime

    def __post_init__(self) -> None:
        checked_name(self.name, what="gallery name")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

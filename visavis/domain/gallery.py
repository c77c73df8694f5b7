"""The set that is searched."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from visavis.domain.decision import Calibration
from visavis.domain.errors import ModelMismatch, ValueInvalid
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
    """A named set of references of one model, with its policy. `pack` is the model pack it was created with.

    `calibration` says what scores mean here, measured on the gallery's own people and cameras; where there is none,
    or none of the policy's measure, that of the pack counts.
    """

    id: GalleryId
    name: str
    purpose: Purpose
    pack: str
    model: ModelIdentity
    policy: Policy
    created_at: datetime
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        if self.calibration is not None and self.calibration.model != self.model:
            raise ModelMismatch("The calibration is of another model than the gallery.")
        checked_name(self.name, what="gallery name")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    @property
    def own_calibration(self) -> Calibration | None:
        """The calibration that counts here instead of the pack's."""
        if self.calibration is None or self.calibration.measure is not self.policy.measure:
            return None
        return self.calibration

    @property
    def judged_by(self) -> str:
        """Changes with what error rates of a score come from: the measure, and the gallery's own calibration."""
        own = self.own_calibration
        told = (self.policy.measure.value, own and (own.data, own.points, own.search))
        return sha256(repr(told).encode()).hexdigest()[:16]

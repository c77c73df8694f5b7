"""The set that is searched."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from visavis.domain.decision import Calibration
from visavis.domain.errors import ModelMismatch, ValueInvalid
from visavis.domain.policy import Keep, Policy, Unknowns
from visavis.domain.subject import GalleryId, checked_name
from visavis.domain.template import ModelIdentity


class Purpose(StrEnum):
    """What a gallery is for; it decides what later features do with it."""

    GENERAL = "general"
    ACCESS = "access"
    ATTENDANCE = "attendance"
    WATCHLIST = "watchlist"
    VISITORS = "visitors"


def usual_policy(purpose: Purpose) -> Policy:
    """What a gallery of this purpose begins with; everything in it can be said otherwise.

    Visitors: everybody is remembered without a name, no picture and no template of a decision is kept, and after
    thirty days nothing is left. Whom only poor pictures show is not remembered, or there would be several of her.
    """
    if purpose is not Purpose.VISITORS:
        return Policy()
    return Policy(
        name="visitors",
        unknowns=Unknowns.REMEMBER,
        keep=Keep.NOTHING,
        enrol_quality=20.0,
        max_references=5,
        reference_days=30,
        event_days=30,
        probe_days=0,
    )


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

"""Model packs."""

from pydantic import Field

from visavis.wire.cards import CriterionNote
from visavis.wire.model import Model
from visavis.wire.packs import PackEntry
from visavis.wire.v1.calibrations import CalibrationContent


class ModelList(Model):
    models: tuple[PackEntry, ...]


class PackCalibrations(Model):
    """What the scores of a pack mean, one calibration for each measure."""

    pack: str
    calibrations: tuple[CalibrationContent, ...]


class GateCriterion(CriterionNote):
    """One thing that the gate asks, and what to do where it is not met."""

    advice: str


class GateNote(Model):
    """Whether a pack may become the default."""

    pack: str
    passed: bool
    against: str | None = Field(
        description="The pack in force that it is compared with; null: it is that one."
    )
    criteria: tuple[GateCriterion, ...]

"""What masks cost."""

from typing import Literal

from pydantic import Field

from visavis.wire.evaluation import RateNote
from visavis.wire.model import Document, Model, Number


class FactorNote(Model):
    """How many times as high a rate is, with its 95 % interval over subjects; null without an error to compare with."""

    value: Number | None
    low: Number | None
    high: Number | None


class MaskedPointNote(Model):
    """FNMR at an FMR."""

    fmr: Number
    kept_fmr: RateNote = Field(description="FMR at the threshold that gives `fmr` without masks.")
    kept_fnmr: RateNote = Field(description="FNMR at that threshold.")
    own_fnmr: RateNote = Field(description="FNMR at this condition's own threshold for `fmr`.")
    degradation: FactorNote | None = Field(
        description="`own_fnmr` divided by FNMR without masks; null where there are none."
    )


class ConditionNote(Model):
    """Rates of one condition."""

    condition: Literal["unmasked", "masked_probe", "both_masked"]
    mated: int
    non_mated: int
    failed: int = Field(description="Mated comparisons without a template; they count as false non-matches.")
    equal_error_rate: RateNote
    points: list[MaskedPointNote]
    deployed_fmr: RateNote | None = Field(description="FMR at the threshold that the pack uses for FMR 1e-4.")
    deployed_fnmr: RateNote | None


class MaskedPhotosNote(Model):
    """Photos, and those without a template."""

    photos: int
    failure_to_acquire: Number
    failures: dict[str, int] = Field(description="Photos without a template, by the code of the reason.")


class MaskedDocument(Document):
    """Error rates with face masks, against those without."""

    title = "visavis evaluate masked"
    kind: Literal["visavis.evaluate-masked/1"] = Field(default="visavis.evaluate-masked/1", alias="schema")
    pack: str
    model: str
    measure: str
    masks: Literal["painted", "real"]
    subjects: int
    unmasked: MaskedPhotosNote
    masked: MaskedPhotosNote
    conditions: list[ConditionNote]

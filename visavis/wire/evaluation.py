"""Error rates."""

from typing import Literal, Self

from pydantic import Field

from visavis.domain.decision import Calibration
from visavis.wire.model import Document, Model, Number


class RateNote(Model):
    """A measured rate with its 95 % interval over subjects."""

    target: Number | None = Field(description="The rate that the threshold was set for, if it was.")
    value: Number
    low: Number
    high: Number
    threshold: Number | None = Field(description="Null where there is none, as for ranks.")
    errors: int
    trials: int
    supported: bool = Field(description="Whether 30 or more trials decided where the target lies.")


class FoldsNote(Model):
    """Cross-validated accuracy."""

    value: Number
    standard_error: Number
    folds: list[Number]


class OpenSetNote(Model):
    """1:N among `subjects` enrolled subjects with `references` each: FNIR at several FPIR."""

    references: int
    rows: str
    subjects: Number
    searched: Number
    mated: int
    non_mated: int
    fnir: list[RateNote]
    rank_1: RateNote


class EvaluateDocument(Document):
    """Error rates of a pack on labelled photos."""

    title = "visavis evaluate"
    kind: Literal["visavis.evaluate/1"] = Field(default="visavis.evaluate/1", alias="schema")
    pack: str
    model: str
    non_commercial: bool = Field(description="Whether the weights are for non-commercial use only.")
    measure: str
    photos: int
    subjects: int
    failures: dict[str, int] = Field(description="Photos without a template, by the code of the reason.")
    failure_to_acquire: Number
    failure_to_enrol: Number
    mated: int
    non_mated: int
    equal_error_rate: RateNote
    fnmr: list[RateNote] = Field(
        description="FNMR where FMR is `target`; failures count as false non-matches."
    )
    accuracy: RateNote | None = None
    folded_accuracy: FoldsNote | None = None
    deployed_fmr: RateNote | None = Field(
        default=None, description="FMR at the threshold that the pack uses for FMR 1e-4."
    )
    deployed_fnmr: RateNote | None = None
    open_set: list[OpenSetNote] = Field(default_factory=list)


class CalibrateDocument(Document):
    """A calibration that was made and is in force."""

    title = "visavis models calibrate"
    kind: Literal["visavis.calibrate/1"] = Field(default="visavis.calibrate/1", alias="schema")
    pack: str
    model: str
    measure: str
    data: str
    subjects: int
    mated: int
    non_mated: int
    lowest_fmr: Number = Field(description="The smallest false-match rate that the data supports.")
    thresholds: dict[str, Number] = Field(description="Threshold by false-match rate.")
    file: str

    @classmethod
    def of(cls, calibration: Calibration, *, pack: str, file: str) -> Self:
        rates = [rate for rate in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6) if rate >= calibration.lowest_fmr]
        return cls(
            pack=pack,
            model=calibration.model.key,
            measure=calibration.measure,
            data=calibration.data,
            subjects=calibration.subjects,
            mated=calibration.mated,
            non_mated=calibration.non_mated,
            lowest_fmr=calibration.lowest_fmr,
            thresholds={f"{rate:g}": calibration.threshold_at(rate).value for rate in rates},
            file=file,
        )

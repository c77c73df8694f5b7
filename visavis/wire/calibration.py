"""A calibration that was made."""

from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.decision import Calibration
from visavis.wire.model import Document, Model, Number
from visavis.wire.v1.calibrations import CalibrationContent

_RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


class CalibratedRate(Model):
    """A threshold, and where the false-match rate of other people would lie in 95 of 100 cases."""

    fmr: Number
    threshold: Number
    low: Number | None
    high: Number | None
    fnmr: Number


class CalibrateDocument(Document):
    """A calibration that was made and is in force: of a pack, or of one gallery."""

    title: ClassVar[str] = "models calibrate, galleries calibrate"
    kind: Literal["visavis.calibrate/1"] = Field(default="visavis.calibrate/1", alias="schema")
    pack: str
    gallery: str | None = Field(
        default=None, description="Whose own it is; null: of every gallery of the pack."
    )
    model: str
    measure: str
    data: str
    subjects: int
    mated: int
    non_mated: int
    lowest_fmr: Number = Field(description="The smallest false-match rate that the data supports.")
    thresholds: dict[str, Number] = Field(description="Threshold by false-match rate.")
    rates: tuple[CalibratedRate, ...] = Field(default=(), description="The same, with intervals.")
    file: str = Field(description="Where it is kept; empty: with the gallery.")
    calibration: CalibrationContent | None = Field(
        default=None, description="All of it, with its evidence: what a gallery can be given."
    )

    @classmethod
    def of(cls, calibration: Calibration, *, pack: str, file: str, gallery: str | None = None) -> Self:
        supported = [rate for rate in _RATES if rate >= calibration.lowest_fmr]
        return cls(
            pack=pack,
            gallery=gallery,
            model=calibration.model.key,
            measure=calibration.measure,
            data=calibration.data,
            subjects=calibration.subjects,
            mated=calibration.mated,
            non_mated=calibration.non_mated,
            lowest_fmr=calibration.lowest_fmr,
            thresholds={f"{rate:g}": calibration.threshold_at(rate).value for rate in supported},
            rates=tuple(_rate(calibration, rate) for rate in supported),
            file=file,
            calibration=CalibrationContent.of(calibration),
        )


def _rate(calibration: Calibration, fmr: float) -> CalibratedRate:
    threshold = calibration.threshold_at(fmr)
    return CalibratedRate(
        fmr=fmr,
        threshold=threshold.value,
        low=threshold.fmr.low,
        high=threshold.fmr.high,
        fnmr=calibration.fnmr_at(threshold.value)[0],
    )

"""A gallery's own calibration, as it is read and written. The content is that of a calibration file."""

from typing import Annotated, Literal, Self

from pydantic import Field

from visavis.domain.calibration_json import MOST_POINTS, SCHEMA, calibration_from_json, calibration_to_json
from visavis.domain.decision import Calibration, Measure
from visavis.domain.evidence import MOST_CHECKS, MadeFrom
from visavis.wire.model import Model
from visavis.wire.v1.values import PLAIN, Moment, closed

Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Finite = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Line = Annotated[str, Field(max_length=100, pattern=PLAIN)]

_HEX = "0" * 64
_POINTS = (
    {"score": 0.1, "fmr": 0.5, "fnmr": 0.001, "fmr_low": 0.45, "fmr_high": 0.55},
    {"score": 0.4, "fmr": 1e-4, "fnmr": 0.02, "fmr_low": 5e-5, "fmr_high": 2e-4},
)


class CalibrationPointContent(Model):
    """At this similarity, this share of non-mated comparisons is at least as high, and of mated ones below."""

    model_config = closed(**_POINTS[1])

    score: Finite
    fmr: Rate
    fnmr: Rate
    fmr_low: Annotated[
        Rate | None, Field(description="95 of 100 equally large groups of other people lie above.")
    ] = None
    fmr_high: Annotated[Rate | None, Field(description="And below.")] = None
    fnmr_low: Rate | None = None
    fnmr_high: Rate | None = None


class SearchScalingContent(Model):
    """How false-positive rates of searches grow with the gallery."""

    model_config = closed(exponent=0.2, rise=0.15, dispersion=7.0, growth=0.25, lowest=5.5e-6, largest=1000)

    exponent: Annotated[Rate, Field(description="r references of a subject count as r to this power, …")]
    rise: Annotated[float, Field(ge=0, le=0.2, description="… plus this for each decade of FMR below 1.")]
    dispersion: Annotated[
        float, Field(ge=1e-6, le=1e6, description="How unequal people are: lower, more so.")
    ]
    growth: Rate
    lowest: Annotated[float, Field(ge=1e-12, le=1, description="Smallest FMR that was measured.")]
    largest: Annotated[
        int, Field(ge=1, le=2**31 - 1, description="Subjects in the largest gallery measured.")
    ]


class CrossCheckContent(Model):
    """What thresholds of one half of the people did to the other half."""

    model_config = closed(
        target=1e-3, realised=1.02e-3, lowest=7.6e-4, highest=1.3e-3, extrapolated=False, within=1.0
    )

    target: Rate
    realised: Rate
    lowest: Rate
    highest: Rate
    extrapolated: bool
    within: Annotated[Rate | None, Field(description="Share of trials inside the stated interval.")] = None


class SearchCheckContent(Model):
    """The same for searches among so many references; `independent`: by the relation for independent comparisons."""

    model_config = closed(references=500, subjects=187, target=0.1, realised=0.101, independent=0.075)

    references: Count
    subjects: Count
    target: Rate
    realised: Rate
    independent: Rate


class EvidenceContent(Model):
    """Where the calibration comes from."""

    model_config = closed(
        made_at="2026-01-31T12:00:00Z",
        software="visavis 0.1.0",
        digest=_HEX,
        source="photos",
        checks=(),
        searches=(),
    )

    made_at: Moment
    software: Line
    digest: Annotated[Line, Field(description="SHA-256 of all scores.")]
    source: MadeFrom
    checks: Annotated[tuple[CrossCheckContent, ...], Field(max_length=MOST_CHECKS)] = ()
    searches: Annotated[tuple[SearchCheckContent, ...], Field(max_length=MOST_CHECKS)] = ()


class CalibrationContent(Model):
    """What scores of one model mean, measured on stated data. Points rise in score and fall in false-match rate."""

    model_config = closed(
        schema=SCHEMA,
        model=f"arcface/{_HEX}/112px-bgr-127.5-128/512",
        measure="cosine",
        data="staff photos, entrance camera, 2026",
        subjects=400,
        mated=1200,
        non_mated=718000,
        points=_POINTS,
    )

    kind: Annotated[Literal[2], Field(alias="schema")] = 2
    model: Annotated[str, Field(max_length=300, pattern=PLAIN)]
    measure: Measure
    data: Annotated[
        str, Field(min_length=1, max_length=300, pattern=PLAIN, description="Named in every decision.")
    ]
    subjects: Count
    mated: Count
    non_mated: Count
    points: Annotated[tuple[CalibrationPointContent, ...], Field(min_length=2, max_length=MOST_POINTS)]
    search: SearchScalingContent | None = None
    evidence: EvidenceContent | None = None

    @classmethod
    def of(cls, calibration: Calibration) -> Self:
        return cls.model_validate_json(calibration_to_json(calibration))

    def calibration(self) -> Calibration:
        """Raises `ValueInvalid`."""
        return calibration_from_json(self.model_dump_json(by_alias=True))

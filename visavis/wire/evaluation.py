"""Error rates."""

from typing import Literal

from pydantic import Field

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


class ErrorCurveNote(Model):
    """Points of a DET or ROC curve, at rising thresholds."""

    thresholds: list[Number]
    fmr: list[Number]
    fnmr: list[Number]


class SearchCurveNote(Model):
    """Points of FNIR over FPIR, at rising thresholds."""

    thresholds: list[Number]
    fpir: list[Number]
    fnir: list[Number]


class HistogramNote(Model):
    """How many comparisons score between two edges; one more edge than counts."""

    edges: list[Number]
    mated: list[int]
    non_mated: list[int]


class OpenSetNote(Model):
    """1:N among `subjects` enrolled subjects with `references` each: FNIR at several FPIR."""

    references: int
    rows: str = Field(description="What stands in the gallery: single, mean, max (every reference), both.")
    probes: int = Field(default=1, description="Photos fused to one probe.")
    subjects: Number
    searched: Number
    mated: int
    non_mated: int
    failed: int = Field(default=0, description="Mated searches without a template; they count as missed.")
    fnir: list[RateNote]
    rank_1: RateNote
    cmc: list[Number] = Field(default_factory=list, description="Hit rates at ranks 1, 2, 3, ….")
    curve: SearchCurveNote | None = None
    deployed_fpir: RateNote | None = Field(
        default=None, description="FPIR at the threshold that the pack uses for FPIR 1e-3 in such a gallery."
    )
    deployed_fnir: RateNote | None = None


class DiscardNote(Model):
    """Error versus discard: FNMR without the share `discarded` of the comparisons of the lowest quality."""

    threshold: Number
    trials: int
    discarded: list[Number]
    fnmr: list[Number]
    area: Number | None = Field(
        description="Mean FNMR over discards up to 0.2, relative to no discard: 1 is useless. Null without errors."
    )


class ScoreRates(Model):
    """1:1 error rates, whatever the scores come from."""

    subjects: int
    mated: int
    non_mated: int
    failed: int = Field(default=0, description="Mated comparisons that could not be made.")
    equal_error_rate: RateNote
    fnmr: list[RateNote] = Field(
        description="FNMR where FMR is `target`; failures count as false non-matches."
    )
    accuracy: RateNote | None = None
    folded_accuracy: FoldsNote | None = None
    deployed_fmr: RateNote | None = Field(
        default=None, description="FMR at the threshold in use: the pack's for FMR 1e-4, or the one given."
    )
    deployed_fnmr: RateNote | None = None
    curve: ErrorCurveNote | None = None
    histogram: HistogramNote | None = None


class EvaluateDocument(ScoreRates, Document):
    """Error rates of a pack on labelled photos."""

    title = "visavis evaluate"
    kind: Literal["visavis.evaluate/1"] = Field(default="visavis.evaluate/1", alias="schema")
    pack: str
    model: str
    non_commercial: bool = Field(description="Whether the weights are for non-commercial use only.")
    measure: str
    photos: int
    failures: dict[str, int] = Field(description="Photos without a template, by the code of the reason.")
    failure_to_acquire: Number
    failure_to_enrol: Number
    open_set: list[OpenSetNote] = Field(default_factory=list)
    policies: list[OpenSetNote] = Field(
        default_factory=list, description="Ways to enrol, each asked the same probes."
    )
    multi_probe: list[OpenSetNote] = Field(
        default_factory=list, description="The same people asked with one photo and with several fused."
    )
    discard: DiscardNote | None = None


class EvaluateScoresDocument(ScoreRates, Document):
    """Error rates of scores that came in a table."""

    title = "visavis evaluate scores"
    kind: Literal["visavis.evaluate-scores/1"] = Field(default="visavis.evaluate-scores/1", alias="schema")
    independent: bool = Field(
        description="Whether subjects were unknown, so that intervals take comparisons as independent."
    )

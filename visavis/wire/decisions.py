"""Decisions with the evidence that belongs to them."""

from typing import Literal, Self

from pydantic import Field

from visavis.domain.decision import Candidate, Decision, Threshold
from visavis.wire.model import Identifier, Model, Number

OutcomeName = Literal["match", "non_match", "inconclusive"]


class ThresholdNote(Model):
    """The similarity from which on two templates match, and the false-match rate it promises."""

    value: Number
    fmr: Number
    extrapolated: bool = Field(description="Whether the rate lies beyond what the calibration data supports.")
    fmr_low: Number | None = Field(
        default=None,
        description="With `fmr_high`: where the rate of as many other people lies in 95 of 100 cases.",
    )
    fmr_high: Number | None = None

    @classmethod
    def of(cls, threshold: Threshold) -> Self:
        fmr = threshold.fmr
        return cls(
            value=threshold.value,
            fmr=fmr.value,
            extrapolated=fmr.extrapolated,
            fmr_low=fmr.low,
            fmr_high=fmr.high,
        )


class DecisionNote(Model):
    """An outcome, and what it rests on. `score` is null where there was nothing to compare with."""

    outcome: OutcomeName
    score: Number | None = Field(description="Similarity; higher is more alike.")
    measure: str = Field(description="cosine (-1..1) or euclidean (1 minus the distance).")
    distance: Number | None = Field(description="The same as a distance, 0 for equal templates.")
    fmr: Number | None = Field(description="Share of strangers who would reach this score, 1:1.")
    fmr_extrapolated: bool
    fpir: Number | None = Field(
        description="In a search: chance that somebody who is not enrolled would reach this score here."
    )
    threshold: ThresholdNote
    model: str
    calibration: str = Field(description="The data the threshold was calibrated on.")
    supported_fmr: Number = Field(description="Smallest false-match rate that this data supports.")
    policy: str
    reasons: tuple[str, ...] = Field(
        default=(),
        description="What else counted than scores: denied_before, if a person said that this look is not "
        "somebody who would have matched.",
    )

    @classmethod
    def of(cls, decision: Decision) -> Self:
        score, fmr, threshold = decision.score, decision.fmr, decision.threshold
        return cls(
            outcome=decision.outcome.value,
            score=score.value if score else None,
            measure=threshold.measure,
            distance=score.distance if score else None,
            fmr=fmr.value if fmr else None,
            fmr_extrapolated=bool(fmr and fmr.extrapolated),
            fpir=decision.fpir,
            threshold=ThresholdNote.of(threshold),
            model=threshold.model.key,
            calibration=threshold.data,
            supported_fmr=threshold.supported,
            policy=decision.policy,
            reasons=decision.reasons,
        )


class CandidateNote(Model):
    """A subject that resembles the probe; not a decision."""

    rank: int
    subject: str
    subject_id: Identifier
    score: Number
    fmr: Number
    fmr_extrapolated: bool
    reference_id: Identifier | None = Field(description="Which reference was nearest; null: the mean of all.")

    @classmethod
    def of(cls, candidate: Candidate, rank: int) -> Self:
        return cls(
            rank=rank,
            subject=candidate.name,
            subject_id=str(candidate.subject_id),
            score=candidate.score.value,
            fmr=candidate.fmr.value,
            fmr_extrapolated=candidate.fmr.extrapolated,
            reference_id=str(candidate.reference_id) if candidate.reference_id else None,
        )

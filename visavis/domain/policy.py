"""What a gallery, or a caller, asks of a decision. A gallery's policy is stored with it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from visavis.domain.decision import (
    Calibration,
    CandidateList,
    ComparisonScore,
    Decision,
    Measure,
    Outcome,
    Threshold,
)
from visavis.domain.errors import ModelMismatch, ValueInvalid
from visavis.domain.template import ModelIdentity

DENIED_BEFORE: Final = "denied_before"
"""Somebody would have matched, but a person said of this look that it is not that subject."""


class Unknowns(StrEnum):
    """What becomes of a face that matches nobody."""

    LOG = "log"  #: an event without a subject
    REMEMBER = "remember"  #: a new subject without a name, so that the human is recognised the next time


class Keep(StrEnum):
    """What is kept beside the template, encrypted. Without it a gallery cannot move to another model."""

    NOTHING = "nothing"
    SAMPLE = "sample"  #: the aligned face
    PHOTO = "photo"  #: the whole file as it was sent


class EventPictures(StrEnum):
    """What is kept beside the lines of the log, encrypted, so that decisions can be looked at."""

    NONE = "none"
    FACE = "face"  #: the aligned face that was decided on


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Error rates that decisions keep, what is good enough to be enrolled, and what is kept for how long.

    A comparison matches at `fmr`; a search matches so that at most the share `fpir` of people who are not
    enrolled is taken for somebody, whatever the gallery's size. Between these and `band` times these the
    outcome is inconclusive (band 1 turns that off).
    """

    name: str = "balanced"
    measure: Measure = Measure.COSINE
    fmr: float = 1e-4
    fpir: float = 1e-3
    band: float = 10.0
    enrol_quality: float = 5.0  #: unified quality below which a photo is refused at enrolment, 0..100
    max_references: int = 20  #: per subject
    capacity: int = 1_000_000  #: references in the gallery
    consent: str = (
        ""  #: purpose that a subject must have consented to before it is enrolled; empty: none needed
    )
    keep: Keep = Keep.NOTHING
    unknowns: Unknowns = Unknowns.LOG
    reference_days: int = 0  #: after which references are removed; 0: kept until somebody removes them
    event_days: int = 90  #: after which lines of the detection log are removed; 0: nothing is logged at all
    probe_days: int = (
        7  #: for how long the template of a decision is kept with its event, and no longer than that
    )
    event_pictures: EventPictures = EventPictures.NONE
    event_picture_days: int = 7  #: for how long they are kept, and no longer than their event
    reviewers: int = 1  #: how many must agree about what the machine left open: 1, or 2 different people
    copies: bool = False  #: whether devices that match by themselves may hold a copy of the gallery
    visitor_names: bool = False  #: whether reports about visitors show names, where they have any

    def __post_init__(self) -> None:
        if not (1e-9 <= self.fmr <= 0.5 and 1e-9 <= self.fpir <= 0.5):
            raise ValueInvalid("Target error rates lie between 1e-9 and 0.5.")
        if not 1.0 <= self.band <= 1000.0:
            raise ValueInvalid("The inconclusive band lies between 1 (none) and 1000.")
        if not (0.0 <= self.enrol_quality <= 100.0 and self.max_references >= 1 and self.capacity >= 1):
            raise ValueInvalid("Quality lies between 0 and 100; limits are at least 1.")
        days = (self.reference_days, self.event_days, self.probe_days, self.event_picture_days)
        if self.reviewers not in (1, 2):
            raise ValueInvalid("One or two reviewers decide.")
        if len(self.consent) > 200 or not all(0 <= one <= 36_500 for one in days):
            raise ValueInvalid("A purpose has at most 200 characters; days lie between 0 and 36,500.")

    def decide_verification(
        self, score: ComparisonScore, calibration: Calibration, *, denied: bool = False
    ) -> Decision:
        """The decision of a 1:1 comparison; one that was `denied` is no match, whatever its score. Raises
        `ModelMismatch` for a calibration of another measure."""
        self._require(calibration, score.measure)
        threshold = calibration.threshold_at(self.fmr)
        weak = calibration.threshold_at(min(self.fmr * self.band, 0.5))
        return Decision(
            outcome=Outcome.NON_MATCH if denied else _outcome(score.value, threshold, weak),
            score=score,
            fmr=calibration.fmr_at(score.value),
            threshold=threshold,
            policy=self.name,
            reasons=(DENIED_BEFORE,) if denied and score.value >= weak.value else (),
        )

    def decide_identification(self, found: CandidateList, calibration: Calibration) -> Decision:
        """The decision of a 1:N search: does the best candidate stand out far enough for a gallery of this size?"""
        searched = max(found.searched, 1)
        threshold = calibration.threshold_at(calibration.comparison_fmr(self.fpir, searched, found.subjects))
        lenient = min(self.fpir * self.band, 0.5)
        weak = calibration.threshold_at(calibration.comparison_fmr(lenient, searched, found.subjects))
        best = found.best
        denied = any(one.score.value >= weak.value for one in found.denied)
        reasons = (DENIED_BEFORE,) if denied else ()
        if best is None:
            return Decision(
                outcome=Outcome.NON_MATCH,
                score=None,
                fmr=None,
                threshold=threshold,
                policy=self.name,
                reasons=reasons,
            )
        self._require(calibration, best.score.measure)
        return Decision(
            outcome=_outcome(best.score.value, threshold, weak),
            score=best.score,
            fmr=best.fmr,
            threshold=threshold,
            policy=self.name,
            fpir=calibration.search_fpir(best.fmr.value, searched, found.subjects),
            reasons=reasons,
        )

    def require_calibrated_for(self, calibration: Calibration, model: ModelIdentity) -> None:
        """Raises `ModelMismatch` unless the calibration belongs to this model and this policy's measure."""
        self._require(calibration, self.measure)
        if calibration.model != model:
            raise ModelMismatch(f"The calibration of {calibration.model} says nothing about {model}.")

    def _require(self, calibration: Calibration, measure: Measure) -> None:
        if calibration.measure is not measure:
            raise ModelMismatch(f"A {calibration.measure} calibration cannot judge a {measure} score.")


def _outcome(score: float, threshold: Threshold, weak: Threshold) -> Outcome:
    if score >= threshold.value:
        return Outcome.MATCH
    return Outcome.INCONCLUSIVE if score >= weak.value else Outcome.NON_MATCH

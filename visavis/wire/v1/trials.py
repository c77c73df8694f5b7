"""Model packs on trial in galleries."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from visavis.domain.trial import (
    USUAL_SHARE,
    Agreement,
    Disagreement,
    Side,
    Trial,
    TrialFigures,
    TrialLimits,
    TrialProgress,
    TrialState,
)
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.values import PLAIN, closed

_USUAL = TrialLimits()


class TrialLimitsNote(Model):
    """Beyond these a canary goes back to shadow by itself."""

    model_config = closed(disagreements=0.05, errors=0.02, latency_factor=3.0, least=50)

    disagreements: Annotated[float, Field(ge=0, le=1, description="Share of the comparisons.")] = (
        _USUAL.disagreements
    )
    errors: Annotated[float, Field(ge=0, le=1, description="Share of the tries.")] = _USUAL.errors
    latency_factor: Annotated[
        float,
        Field(ge=1, le=1000, description="Median time of the candidate over that of the pack in force."),
    ] = _USUAL.latency_factor
    least: Annotated[int, Field(ge=1, le=1_000_000, description="Nothing is judged before so many.")] = (
        _USUAL.least
    )

    @classmethod
    def of(cls, limits: TrialLimits) -> Self:
        return cls(
            disagreements=limits.disagreements,
            errors=limits.errors,
            latency_factor=limits.latency_factor,
            least=limits.least,
        )

    def limits(self) -> TrialLimits:
        return TrialLimits(**self.model_dump())


class TrialPut(Model):
    """Put a pack on trial, or change the trial that runs."""

    model_config = closed(pack="light", state="shadow")

    pack: Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN, description="The candidate.")]
    state: TrialState = TrialState.SHADOW
    share: Annotated[
        float,
        Field(gt=0, le=0.5, description="Of the requests that a canary decides, by digest of their id."),
    ] = USUAL_SHARE
    limits: TrialLimitsNote = TrialLimitsNote()
    allow_missing: Annotated[
        bool, Field(description="A canary may decide although it cannot know all references.")
    ] = False


class TrialPromote(Model):
    """How a gallery moves to the candidate."""

    model_config = closed(drop_missing=False)

    drop_missing: Annotated[
        bool, Field(description="References that the candidate cannot have may be removed.")
    ] = False


class SideNote(Model):
    """One pack: scores of its best candidates, and its time for each face (template and search)."""

    scores: int
    mean_score: float | None = Field(description="Not comparable with that of the other pack.")
    median_ms: float | None = Field(description="Of the last 200 faces.")

    @classmethod
    def of(cls, side: Side) -> Self:
        return cls(scores=side.scores, mean_score=side.mean_score, median_ms=side.median_ms)


class AgreementCount(Model):
    agreement: Agreement
    faces: int


class TrialFiguresNote(Model):
    """Counts since this state began."""

    compared: int
    counts: tuple[AgreementCount, ...]
    disagreed: int
    agreeing: float | None = Field(description="Share that agrees; null before the first comparison.")
    agreeing_low: float | None = Field(description="95 % interval (Wilson).")
    agreeing_high: float | None
    errors: int
    skipped: int = Field(description="Faces that could not be compared: several pictures fused into one.")
    dropped: int = Field(description="Requests for which there was no time.")
    in_force: SideNote
    candidate: SideNote

    @classmethod
    def of(cls, figures: TrialFigures) -> Self:
        share, low, high = figures.agreeing or (None, None, None)
        return cls(
            compared=figures.compared,
            counts=tuple(AgreementCount(agreement=one, faces=figures.count(one)) for one in Agreement),
            disagreed=figures.disagreed,
            agreeing=share,
            agreeing_low=low,
            agreeing_high=high,
            errors=figures.errors,
            skipped=figures.skipped,
            dropped=figures.dropped,
            in_force=SideNote.of(figures.in_force),
            candidate=SideNote.of(figures.candidate),
        )


class TrialReferences(Model):
    """How many references of the gallery the candidate has."""

    total: int
    ready: int
    waiting: int
    failed: int = Field(description="They cannot be compared: no picture is kept, or no face is found in it.")


class TrialNote(Model):
    """A pack on trial in a gallery."""

    gallery: str
    in_force: str = Field(description="The gallery's pack.")
    pack: str = Field(description="The candidate.")
    state: TrialState
    share: float
    started_at: datetime
    changed_at: datetime
    notice: str = Field(description="Why a canary went back to shadow by itself; empty if it did not.")
    limits: TrialLimitsNote
    references: TrialReferences
    shadow: TrialFiguresNote
    canary: TrialFiguresNote

    @classmethod
    def of(cls, trial: Trial, gallery: str, in_force: str, progress: TrialProgress) -> Self:
        return cls(
            gallery=gallery,
            in_force=in_force,
            pack=trial.pack,
            state=trial.state,
            share=trial.share,
            started_at=trial.started_at,
            changed_at=trial.changed_at,
            notice=trial.notice,
            limits=TrialLimitsNote.of(trial.limits),
            references=TrialReferences(
                total=progress.total, ready=progress.ready, waiting=progress.waiting, failed=progress.failed
            ),
            shadow=TrialFiguresNote.of(trial.shadow),
            canary=TrialFiguresNote.of(trial.canary),
        )


class DisagreementNote(Model):
    event_id: Identifier
    agreement: Agreement
    at: datetime
    in_force_score: float | None
    candidate_score: float | None

    @classmethod
    def of(cls, one: Disagreement) -> Self:
        return cls(
            event_id=str(one.event_id),
            agreement=one.agreement,
            at=one.at,
            in_force_score=one.in_force_score,
            candidate_score=one.candidate_score,
        )


class Incomparable(Model):
    """A subject with a reference that the candidate cannot have."""

    subject: str
    fault: str = Field(description="no_picture, or the code of an error.")


class TrialDetail(TrialNote):
    """A trial with its latest disagreements, and whom it cannot compare."""

    disagreements: tuple[DisagreementNote, ...] = Field(description="The latest first, at most 100.")
    incomparable: tuple[Incomparable, ...] = Field(description="By name, at most 100.")

    @classmethod
    def whole(
        cls,
        note: TrialNote,
        disagreements: tuple[Disagreement, ...],
        incomparable: tuple[tuple[str, str], ...],
    ) -> Self:
        fields = {name: getattr(note, name) for name in TrialNote.model_fields}
        return cls(
            **fields,
            disagreements=tuple(DisagreementNote.of(one) for one in disagreements),
            incomparable=tuple(Incomparable(subject=name, fault=fault) for name, fault in incomparable),
        )


class TrialList(Model):
    trials: tuple[TrialNote, ...] = Field(description="By the time they were started.")


class TrialStopped(Model):
    """The pack in force decides everything again."""

    gallery: str
    pack: str

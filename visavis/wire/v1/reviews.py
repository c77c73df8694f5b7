"""What waits for people to decide, and what they think."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.decision import Outcome
from visavis.domain.event import Event
from visavis.domain.review import Opinion, ReviewCase, ReviewKind, ReviewState
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.events import EventNote
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, closed


class OpinionNote(Model):
    """What one reviewer thinks."""

    by: str = Field(description="Who: the kind of actor and its identifier.", examples=["user:5b1f…"])
    mine: bool = Field(description="Whether it is the caller's own.")
    at: datetime
    verdict: Outcome
    subject_id: Identifier | None = Field(default=None, description="Whom it is thought to show.")
    reason: str = ""
    final: bool = Field(default=False, description="Whether it decided between two who disagreed.")

    @classmethod
    def of(cls, opinion: Opinion, me: str) -> Self:
        return cls(
            by=opinion.by,
            mine=opinion.by == me,
            at=opinion.at,
            verdict=opinion.verdict,
            subject_id=str(opinion.subject_id) if opinion.subject_id else None,
            reason=opinion.reason,
            final=opinion.final,
        )


class ReviewEntry(Model):
    """An event that people look at, with what the caller may know of it."""

    event_id: Identifier
    kind: ReviewKind
    state: ReviewState
    opened_at: datetime
    decided_at: datetime | None = None
    candidate_id: Identifier | None = Field(default=None, description="Whom it may show.")
    candidate: str | None = Field(default=None, description="What that subject is called now.")
    reference_id: Identifier | None = Field(default=None, description="The nearest of its references.")
    reviewers: int = Field(description="How many must agree.")
    given: int = Field(description="How many opinions there are.")
    split: bool = Field(default=False, description="Whether the first two reviewers disagreed.")
    opinions: tuple[OpinionNote, ...] = Field(
        default=(),
        description="As far as the caller may see them: others' only once one's own is given, or it is settled.",
    )
    claimed: bool = Field(default=False, description="Whether somebody else has it in front of her.")
    claimed_until: datetime | None = None
    picture: bool = Field(default=False, description="Whether the face is kept, to be looked at.")
    attack_score: float | None = Field(
        default=None,
        description="How much it looks like an attack, 0 to 1, as a detector found; of cases of liveness only.",
        examples=[0.9],
    )
    attack_threshold: float | None = Field(
        default=None, description="From which score on the detector takes it for an attack.", examples=[0.5]
    )
    attack_instrument: str | None = Field(
        default=None, description="What it takes it for, such as print or screen.", examples=["screen"]
    )
    attack_detector: str | None = Field(default=None, description="Its name.", examples=["pad-1"])
    event: EventNote

    @classmethod
    def of(
        cls,
        case: ReviewCase,
        event: Event,
        *,
        subject: str | None,
        candidate: str | None,
        picture: bool,
        me: str,
        now: datetime,
    ) -> Self:
        claimed = case.claimed_from(me, now)
        finding = case.doubt.finding if case.doubt else None
        return cls(
            event_id=str(case.event_id),
            kind=case.kind,
            state=case.state,
            opened_at=case.opened_at,
            decided_at=case.decided_at,
            candidate_id=str(case.candidate) if case.candidate else None,
            candidate=candidate,
            reference_id=str(case.reference_id) if case.reference_id else None,
            reviewers=case.needed,
            given=len(case.opinions),
            split=case.split,
            opinions=tuple(OpinionNote.of(one, me) for one in case.open_to(me)),
            claimed=claimed,
            claimed_until=case.claimed_until if claimed else None,
            picture=picture,
            attack_score=finding.score if finding else None,
            attack_threshold=case.doubt.threshold if case.doubt else None,
            attack_instrument=finding.instrument if finding else None,
            attack_detector=finding.detector if finding else None,
            event=EventNote.of(event, subject),
        )


class ReviewList(Page):
    reviews: tuple[ReviewEntry, ...]


class ReviewCount(Model):
    """How many cases there are in a state, of a kind."""

    state: ReviewState
    kind: ReviewKind
    count: int


class ReviewSummary(Model):
    """How much waits, and how often two reviewers agree."""

    counts: tuple[ReviewCount, ...]
    todo: int = Field(description="Cases that wait for the caller: no opinion of hers, nobody else at it.")
    compared: int = Field(description="Cases that two people looked at.")
    disagreed: int = Field(description="Of these, those in which the first two said different things.")


class OpinionGiven(Model):
    """Is it this subject? `match`: yes; `non_match`: no; `inconclusive`: it cannot be told. In a case of liveness
    `match` is the subject in person, `non_match` a presentation: a photograph, a screen, a mask."""

    model_config = closed(verdict="non_match", reason="another ear, another nose")

    verdict: Outcome
    subject_id: UUID | None = Field(
        default=None, description="With `match`: whom it shows, if not the candidate."
    )
    reason: Annotated[
        str, Field(max_length=500, pattern=PLAIN, description="For others who look at it. Name nobody.")
    ] = ""

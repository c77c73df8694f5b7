"""What the machine left open and people decide: one case for each such event, and what they think of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.liveness import Doubt
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId

CLAIM: Final = timedelta(minutes=5)
"""For so long a case is left to who took it up."""

SECOND_THOUGHTS: Final = timedelta(minutes=1)
"""For so long an opinion can be taken back by who gave it."""


class ReviewKind(StrEnum):
    IDENTIFICATION = "identification"  #: a search left open whether it is this subject
    VERIFICATION = "verification"  #: a comparison left open whether the claim is true
    LIVENESS = "liveness"  #: it may have been a photograph, a screen or a mask in front of the camera
    OPENED = "opened"  #: the machine was sure, and a person looks at it all the same


class ReviewState(StrEnum):
    OPEN = "open"  #: nobody has said anything
    WAITING = "waiting"  #: one has, and another must
    DECIDED = "decided"
    DISAGREED = "disagreed"  #: two have, and not the same: somebody who manages the gallery decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one reviewer thinks: is it this subject? `by` is the actor. Inconclusive: it cannot be told. Where liveness
    is doubted a match is the subject in person, and no match a presentation of it.

    `final` is that of who decides between others.
    """

    event_id: EventId
    by: str
    at: datetime
    verdict: Outcome
    subject_id: SubjectId | None = None
    reason: str = ""
    final: bool = False

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
        if len(self.reason) > 500:
            raise ValueInvalid("A reason has at most 500 characters.")

    def agrees(self, other: "Opinion") -> bool:
        return (self.verdict, self.subject_id) == (other.verdict, other.subject_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCase:
    """An event that waits for people, and whether it is `candidate`, who resembles it most or was claimed.

    `needed` reviewers must agree; it is what the gallery's policy said when the event came. `split`: the first two
    did not. `claimed_by` has it in front of her until `claimed_until`. `doubt` is what a detector of attacks found, for
    cases of liveness only.
    """

    event_id: EventId
    gallery_id: GalleryId
    kind: ReviewKind
    opened_at: datetime
    candidate: SubjectId | None = None
    reference_id: ReferenceId | None = None
    needed: int = 1
    state: ReviewState = ReviewState.OPEN
    decided_at: datetime | None = None
    split: bool = False
    claimed_by: str = ""
    claimed_until: datetime | None = None
    opinions: tuple[Opinion, ...] = ()
    doubt: Doubt | None = None

    def __post_init__(self) -> None:
        if self.needed not in (1, 2):
            raise ValueInvalid("One or two reviewers decide.")
        if (self.kind is ReviewKind.LIVENESS) != (self.doubt is not None):
            raise ValueInvalid("Where liveness is doubted there is a finding, and nowhere else.")

    @property
    def about_identity(self) -> bool:
        """Whether what people say tells something about the look of the face: of a good photograph it does not."""
        return self.kind is not ReviewKind.LIVENESS

    def opinion_of(self, actor: str) -> Opinion | None:
        return next((one for one in self.opinions if one.by == actor), None)

    def claimed_from(self, actor: str, now: datetime) -> bool:
        """Whether somebody else has it in front of her."""
        return (
            self.claimed_by not in ("", actor) and self.claimed_until is not None and now < self.claimed_until
        )

    def open_to(self, actor: str) -> tuple[Opinion, ...]:
        """The opinions that this reviewer may see: nobody is swayed by the first before having an opinion."""
        settled = self.state in (ReviewState.DECIDED, ReviewState.DISAGREED)
        return self.opinions if settled or self.opinion_of(actor) else ()


def settled(needed: int, opinions: tuple[Opinion, ...]) -> tuple[ReviewState, Opinion | None]:
    """Where these opinions lead, in their order, and which of them counts if it is decided."""
    if not opinions:
        return ReviewState.OPEN, None
    last = opinions[-1]
    if last.final or needed == 1:
        return ReviewState.DECIDED, last
    if len(opinions) == 1:
        return ReviewState.WAITING, None
    if opinions[0].agrees(opinions[1]):
        return ReviewState.DECIDED, opinions[0]
    return ReviewState.DISAGREED, None

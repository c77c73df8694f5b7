"""What the machine left open, and people decide."""

from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import delete, get, identifier, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.decision import Outcome
from visavis.domain.review import ReviewKind, ReviewState
from visavis.wire.v1.reviews import OpinionGiven, ReviewEntry, ReviewList, ReviewSummary

M = TypeVar("M")


class Reviews(Resource[M]):
    """Cases: events that people look at."""

    @listing_of(ReviewEntry)
    def list(
        self,
        *,
        gallery: str | None = None,
        kind: ReviewKind | None = None,
        state: ReviewState | None = None,
        todo: bool = False,
        page_size: int = 50,
    ) -> Flow[None]:
        """The oldest first, without those that are decided unless `state` says so; `todo`: what waits for you."""
        request = get("v1", "reviews", gallery=gallery, kind=kind, state=state, todo=todo, limit=page_size)
        return self._pages(request, ReviewList, lambda page: page.reviews)

    @operation
    def summary(self, *, gallery: str | None = None) -> Flow[ReviewSummary]:
        """How much waits, and how often two reviewers agree."""
        return self._ask(get("v1", "reviews", "summary", gallery=gallery), ReviewSummary)

    @operation
    def get(self, event_id: str | UUID) -> Flow[ReviewEntry]:
        """With the opinions that you may see. `ReviewNotFound` for an event that nobody has to look at."""
        return self._ask(get("v1", "reviews", event_id), ReviewEntry)

    @operation
    def claim(self, event_id: str | UUID) -> Flow[ReviewEntry]:
        """For five minutes others are not shown it. `ReviewConflict` if somebody else has it."""
        return self._ask(self._write(send("POST", "v1", "reviews", event_id, "claim")), ReviewEntry)

    @operation
    def leave(self, event_id: str | UUID) -> Flow[None]:
        """Ends your claim."""
        return self._do(self._write(delete("v1", "reviews", event_id, "claim")))

    @operation
    def decide(
        self,
        event_id: str | UUID,
        verdict: Outcome,
        *,
        subject_id: str | UUID | None = None,
        reason: str = "",
    ) -> Flow[ReviewEntry]:
        """What you think: it decides, or is one of two opinions."""
        body = OpinionGiven(
            verdict=verdict, subject_id=identifier(subject_id) if subject_id else None, reason=reason
        )
        request = send("POST", "v1", "reviews", event_id, "opinion", body=body)
        return self._ask(self._write(request), ReviewEntry)

    @operation
    def withdraw(self, event_id: str | UUID) -> Flow[ReviewEntry]:
        """Takes your opinion back, within a minute."""
        return self._ask(self._write(delete("v1", "reviews", event_id, "opinion")), ReviewEntry)

"""People decide what the machine left open: one of them, or two who do not know of each other's opinion."""

from dataclasses import dataclass

from visavis.application.detection_log import DetectionLog, NamedEvent
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.reviews.queue import NamedCase, named
from visavis.domain.access import ActorKind
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.errors import (
    GalleryNotFound,
    NotPermitted,
    ReviewConflict,
    ReviewNotFound,
    ValueInvalid,
)
from visavis.domain.event import Event, EventId
from visavis.domain.review import (
    SECOND_THOUGHTS,
    Opinion,
    ReviewCase,
    ReviewKind,
    ReviewState,
    settled,
)
from visavis.domain.subject import SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideReview:
    """For one caller; `arbiter`: whether she may decide between two who disagree."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    log: DetectionLog
    arbiter: bool = False

    async def __call__(
        self, event_id: EventId, verdict: Outcome, *, subject_id: SubjectId | None = None, reason: str = ""
    ) -> NamedCase:
        """Is it the candidate, or `subject_id`? Raises `ReviewNotFound`; `ReviewConflict` if it is decided, or the
        caller has said so already; `NotPermitted`; `SubjectNotFound`; `ValueInvalid` if there is nobody whom it could
        be."""
        async with self.store.transaction(self.tenant) as work:
            await work.corrections.claim()
            case = await work.reviews.get(event_id, lock=True)
            whom = (subject_id or case.candidate) if verdict is Outcome.MATCH else None
            if verdict is Outcome.MATCH and whom is None:
                raise ValueInvalid("Say who it is: there is no candidate.")
            await self._say(work, case, verdict, whom, reason)
            (found,) = await named(work, [await work.reviews.get(event_id)])
        return found

    async def event(self, event_id: EventId, verdict: Outcome, subject_id: SubjectId | None) -> NamedEvent:
        """The verdict on any event: it counts at once, or is one of two opinions where the gallery's policy wants two.

        Raises `EventNotFound`, `SubjectNotFound`, and as the call does.
        """
        async with self.store.transaction(self.tenant) as work:
            await work.corrections.claim()
            event = await work.events.get(event_id)
            case = await self._case(work, event)
            if case is not None and (case.needed > 1 or case.state is not ReviewState.DECIDED):
                await self._say(work, case, verdict, subject_id, "")
            else:
                return await self.log.within(work, event_id, verdict, subject_id)
            (found,) = await named(work, [await work.reviews.get(event_id)])
        return found.event

    async def withdraw(self, event_id: EventId) -> NamedCase:
        """Takes one's own opinion back, within a minute and if nobody has said anything since. Raises
        `ReviewNotFound`, `ReviewConflict`."""
        async with self.store.transaction(self.tenant) as work:
            await work.corrections.claim()
            case = await work.reviews.get(event_id, lock=True)
            mine = _last_of(case, str(self.ledger.actor))
            if self.clock.now() - mine.at > SECOND_THOUGHTS:
                raise ReviewConflict("The minute in which this could be taken back is over.")
            if case.kind is ReviewKind.OPENED and case.state is ReviewState.DECIDED:
                raise ReviewConflict("This is decided.", hint="Undo it in the list of corrections.")
            left = tuple(one for one in case.opinions if one != mine)
            state, _ = settled(case.needed, left)
            await work.reviews.withdraw(event_id, mine.by, state)
            if case.state is ReviewState.DECIDED:
                await _taken_back(work, case)
            await self.ledger.note(
                work, Action.EVENT_OPINION_WITHDRAWN, f"event:{event_id}", state=state.value
            )
            (found,) = await named(work, [await work.reviews.get(event_id)])
        return found

    async def _say(
        self,
        work: UnitOfWork,
        case: ReviewCase,
        verdict: Outcome,
        subject_id: SubjectId | None,
        reason: str,
    ) -> None:
        self._require_say(case)
        opinion = Opinion(
            event_id=case.event_id,
            by=str(self.ledger.actor),
            at=self.clock.now(),
            verdict=verdict,
            subject_id=subject_id,
            reason=reason.strip(),
            final=case.state is ReviewState.DISAGREED,
        )
        state, counts = settled(case.needed, (*case.opinions, opinion))
        split = case.split or state is ReviewState.DISAGREED
        await work.reviews.add(opinion, state, split=split)
        await self._note(work, case, opinion, state)
        if counts is not None:
            await self.log.within(
                work, case.event_id, counts.verdict, counts.subject_id, teaches=case.about_identity
            )

    async def _note(self, work: UnitOfWork, case: ReviewCase, opinion: Opinion, state: ReviewState) -> None:
        await self.ledger.note(
            work,
            Action.EVENT_OPINION,
            f"event:{case.event_id}",
            verdict=opinion.verdict.value,
            subject=str(opinion.subject_id) if opinion.subject_id else None,
            candidate=str(case.candidate) if case.candidate else None,
            state=state.value,
            reviewers=case.needed,
            final=opinion.final,
        )

    def _require_say(self, case: ReviewCase) -> None:
        """Raises `ReviewConflict`, `NotPermitted`."""
        if case.opinion_of(str(self.ledger.actor)) is not None:
            raise ReviewConflict(
                "You have said what you think of this already; somebody else decides with you."
            )
        if case.state is ReviewState.DECIDED:
            raise ReviewConflict("This is decided already.", hint="Correct the event in the log instead.")
        if case.needed > 1 and self.ledger.actor.kind is not ActorKind.USER:
            raise NotPermitted(
                "Two people decide here, and an application is none of them.",
                hint="Sign in with an account of your own.",
            )
        if case.state is ReviewState.DISAGREED and not self.arbiter:
            raise NotPermitted(
                "Two reviewers disagree here.", hint="Somebody who manages galleries decides between them."
            )

    async def _case(self, work: UnitOfWork, event: Event) -> ReviewCase | None:
        """The case of the event; where two must agree, one is opened for it."""
        try:
            return await work.reviews.get(event.id, lock=True)
        except ReviewNotFound:
            pass
        try:
            gallery = await work.galleries.get(event.gallery_id) if event.gallery_id else None
        except GalleryNotFound:
            return None
        if gallery is None or gallery.policy.reviewers == 1:
            return None
        new = ReviewCase(
            event_id=event.id,
            gallery_id=gallery.id,
            kind=ReviewKind.OPENED,
            opened_at=self.clock.now(),
            candidate=event.subject_id,
            needed=gallery.policy.reviewers,
        )
        await work.reviews.open([new])
        return await work.reviews.get(event.id, lock=True)


async def _taken_back(work: UnitOfWork, case: ReviewCase) -> None:
    """The event says again what the machine said: of whom it was sure, that stands."""
    event = await work.events.get(case.event_id)
    sure = event.outcome is Outcome.MATCH
    await work.events.review(case.event_id, None, case.candidate if sure else None)


def _last_of(case: ReviewCase, actor: str) -> Opinion:
    mine = case.opinion_of(actor)
    if mine is None:
        raise ReviewConflict("You have said nothing of this that could be taken back.")
    if case.opinions[-1] != mine:
        raise ReviewConflict("Somebody else has said something since.")
    return mine

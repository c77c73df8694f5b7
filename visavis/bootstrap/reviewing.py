"""The use cases with which people decide what the machine left open."""

from abc import abstractmethod

from visavis.adapters.system.clock import SystemClock
from visavis.application.detection_log import DetectionLog
from visavis.application.reviews.decide import DecideReview
from visavis.application.reviews.pictures import LookAtEvent
from visavis.application.reviews.queue import NamedCase, ReviewQueue
from visavis.bootstrap.caller import Caller
from visavis.domain.access import Permission, Principal
from visavis.wire.v1.reviews import ReviewEntry


class ReviewDesk(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    @abstractmethod
    def detection_log(self) -> DetectionLog: ...

    @property
    @abstractmethod
    def principal(self) -> Principal: ...

    @property
    def review_queue(self) -> ReviewQueue:
        return ReviewQueue(store=self.store, tenant=self.tenant, ledger=self.ledger, clock=SystemClock())

    @property
    def decide_review(self) -> DecideReview:
        """Who manages galleries decides where two disagree."""
        return DecideReview(
            store=self.store,
            tenant=self.tenant,
            ledger=self.ledger,
            clock=SystemClock(),
            log=self.detection_log,
            arbiter=self.principal.may(Permission.GALLERIES_WRITE),
        )

    @property
    def look_at(self) -> LookAtEvent:
        return LookAtEvent(store=self.store, tenant=self.tenant, ledger=self.ledger)

    def review_entry(self, found: NamedCase) -> ReviewEntry:
        """As this caller may see it."""
        return ReviewEntry.of(
            found.case,
            found.event.event,
            subject=found.event.subject,
            candidate=found.candidate,
            picture=found.picture,
            me=str(self.ledger.actor),
            now=SystemClock().now(),
        )

"""Keep what was decided: a line of the detection log for each face, and an audit record for each decision."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from visavis.application.beside import Grounds, grounds_of, keep_beside
from visavis.application.gather import Gather
from visavis.application.identify import Identification
from visavis.application.ledger import Ledger
from visavis.application.places import Places
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.verify import Verification
from visavis.domain.audit import Action
from visavis.domain.decision import Decision, Outcome
from visavis.domain.event import Event, EventId, EventKind, Origin
from visavis.domain.gallery import Gallery
from visavis.domain.observation import Observation
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import SubjectId, TenantId

_ACTIONS = {
    EventKind.IDENTIFIED: Action.DECISION_IDENTIFIED,
    EventKind.VERIFIED: Action.DECISION_VERIFIED,
}
_MOST_FACES = 10_000

Beside = Callable[[Gallery, Sequence[Identification], Sequence[Event]], None]
"""Hears of what was decided and kept; must return at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One transaction per capture. A capture whose `Origin.reference` was kept before is the same one sent again, and
    so are events with identifiers that were kept before: what is there is returned, and nothing is written.

    `rows` and `write` are for those who have a transaction of their own.
    """

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers
    software: str
    gather: Gather | None = None  #: in a server, which writes for many callers at once
    places: Places = field(default_factory=Places)
    beside: Beside | None = None

    async def identified(
        self,
        gallery: Gallery,
        results: Sequence[Identification],
        origin: Origin | None = None,
        *,
        job_id: uuid.UUID | None = None,
    ) -> list[Event]:
        """The events of a capture's faces, in their order."""
        events = self.rows(gallery, results, origin, job_id=job_id)
        if not events:
            return []
        kept = await self._kept(gallery, events, grounds_of(events, results))
        if self.beside is not None and len(kept) == len(results):
            self.beside(gallery, results, kept)
        return kept

    async def verified(
        self,
        gallery: Gallery | None,
        result: Verification,
        origin: Origin | None = None,
        *,
        job_id: uuid.UUID | None = None,
    ) -> Event:
        """The event of a comparison with a claim; without a gallery, of two pictures."""
        event = self.row(gallery, result, origin, job_id=job_id)
        (kept,) = await self._kept(gallery, [event], {event.id: Grounds.verified(result)})
        return kept

    async def _kept(
        self,
        gallery: Gallery | None,
        events: Sequence[Event],
        grounds: Mapping[EventId, Grounds],
    ) -> list[Event]:
        if self.gather is not None:
            return await self.gather(lambda work: self.write(work, gallery, events, grounds))
        async with self.store.transaction(self.tenant) as work:
            return await self.write(work, gallery, events, grounds)

    def rows(
        self,
        gallery: Gallery,
        results: Sequence[Identification],
        origin: Origin | None = None,
        *,
        job_id: uuid.UUID | None = None,
    ) -> list[Event]:
        """Events that are not kept yet; a rejected face is one, too."""
        now = self.clock.now()
        return [
            self._event(
                gallery,
                result.found,
                result.decision,
                origin or Origin(),
                now,
                kind=EventKind.IDENTIFIED if result.decision else EventKind.REJECTED,
                position=position,
                subject_id=result.candidates.best.subject_id
                if result.candidates and result.candidates.best
                else None,
                quality=result.quality,
                searched=result.candidates.searched if result.candidates else 0,
                reasons=tuple(result.found.reasons) if isinstance(result.found, Rejection) else (),
                job_id=job_id,
            )
            for position, result in enumerate(results)
        ]

    def row(
        self,
        gallery: Gallery | None,
        result: Verification,
        origin: Origin | None = None,
        *,
        job_id: uuid.UUID | None = None,
    ) -> Event:
        """The event of a verification, not kept yet."""
        return self._event(
            gallery,
            result.probe.sample if result.probe else None,
            result.decision,
            origin or Origin(),
            self.clock.now(),
            kind=EventKind.VERIFIED,
            position=0,
            subject_id=result.subject_id,
            quality=result.probe.template.quality if result.probe else None,
            searched=result.searched,
            reasons=(),
            job_id=job_id,
        )

    async def write(
        self,
        work: UnitOfWork,
        gallery: Gallery | None,
        events: Sequence[Event],
        grounds: Mapping[EventId, Grounds] | None = None,
    ) -> list[Event]:
        """Keeps what the gallery's policy wants kept, and audits every decision that was not kept before.

        `grounds` are what was decided on, by event; what is kept of it, `keep_beside` says.
        """
        events = await self.places(work, events)
        if gallery is not None and gallery.policy.event_days > 0:
            new = await work.events.add(events)
            await keep_beside(work, gallery, new, grounds or {})
            logged = True
        else:
            new, logged = await _of_living(work, events), False
        for event in new:
            if event.kind in _ACTIONS:
                await self.note(work, event, logged=logged)
        if len(new) == len(events):
            return new
        return await _kept(work, events)

    async def note(self, work: UnitOfWork, event: Event, *, logged: bool) -> None:
        """The audit record of a decision."""
        await self.ledger.note(
            work,
            _ACTIONS[event.kind],
            f"gallery:{event.gallery_id}" if event.gallery_id else "",
            event=str(event.id) if logged else None,
            outcome=event.outcome.value if event.outcome else None,
            subject=str(event.subject_id) if event.subject_id else None,
            score=_rounded(event.score),
            measure=event.measure,
            fmr=_rounded(event.fmr),
            fpir=_rounded(event.fpir),
            threshold=_rounded(event.threshold),
            model=event.model,
            policy=event.policy,
            searched=event.searched,
        )

    def _event(
        self,
        gallery: Gallery | None,
        found: Sample | Rejection | None,
        decision: Decision | None,
        origin: Origin,
        now: datetime,
        *,
        kind: EventKind,
        position: int,
        subject_id: SubjectId | None,
        quality: float | None,
        searched: int,
        reasons: tuple[str, ...],
        job_id: uuid.UUID | None,
    ) -> Event:
        matched = decision is not None and decision.outcome is Outcome.MATCH
        box = found.face.box if found else None
        return Event(
            id=EventId(self.identifiers.new()),
            kind=kind,
            captured_at=origin.captured_at or now,
            recorded_at=now,
            gallery_id=gallery.id if gallery else None,
            gallery=gallery.name if gallery else "",
            source=origin.source,
            reference=origin.reference,
            position=position,
            outcome=decision.outcome if decision else None,
            subject_id=subject_id if matched else None,
            score=decision.score.value if decision and decision.score else None,
            measure=decision.threshold.measure.value if decision else "",
            fmr=decision.fmr.value if decision and decision.fmr else None,
            fpir=decision.fpir if decision else None,
            threshold=decision.threshold.value if decision else None,
            model=str(decision.threshold.model) if decision else "",
            policy=decision.policy if decision else "",
            searched=searched,
            quality=quality,
            reasons=reasons or (decision.reasons if decision else ()),
            box=(box.left, box.top, box.width, box.height) if box else None,
            software=self.software,
            request=self.ledger.request,
            job_id=job_id,
            observed=Observation.of(found) if found else None,
        )


async def _of_living(work: UnitOfWork, events: Sequence[Event]) -> list[Event]:
    """Nothing leads to a subject that was erased after it was found; the detection log sees to that itself."""
    found = {event.subject_id for event in events if event.subject_id is not None}
    living = await work.subjects.names(list(found)) if found else {}
    return [
        event if event.subject_id is None or event.subject_id in living else replace(event, subject_id=None)
        for event in events
    ]


async def _kept(work: UnitOfWork, events: Sequence[Event]) -> list[Event]:
    """What the log has of the capture of these events, in the order of its faces."""
    event = events[0]
    if not event.reference:
        return [await work.events.get(one.id) for one in events]
    wanted = EventFilter(gallery_id=event.gallery_id, source=event.source, reference=event.reference)
    found = await work.events.page(wanted, limit=_MOST_FACES)
    return sorted(found, key=lambda one: one.position)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")

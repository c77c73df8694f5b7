"""Decide who may pass: for each event at a door's cameras, soon after it, exactly once."""

from dataclasses import dataclass, replace
from datetime import timedelta

from visavis.application.beside import ask_whether_live
from visavis.application.passages.journal import Journal
from visavis.application.ports.attack import AttackCheck
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.admission import (
    AccessDecision,
    AccessId,
    AccessOutcome,
    AccessReason,
    Circumstances,
    Passage,
    ruling,
)
from visavis.domain.door import Door
from visavis.domain.event import Event, EventKind
from visavis.domain.liveness import AttackFinding, doubted, found_in
from visavis.domain.subject import TenantId

_BATCH = 200
_MOST_BATCHES = 50  #: in one call, so that a long log keeps nobody else waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAccess:
    """Follows the detection log of one tenant. Whoever calls it at the same time waits, and then finds it done.

    `on` is for those who have the event, and perhaps the finding of an attack detector, in their hands.
    """

    store: Store
    tenant: TenantId
    journal: Journal
    clock: Clock
    identifiers: Identifiers
    attack: AttackCheck | None = None

    async def __call__(self) -> int:
        """The number of decisions that were made or changed; more may be left for the next call."""
        decided = 0
        for _ in range(_MOST_BATCHES):
            events, changed = await self._batch()
            decided += changed
            if events < _BATCH:
                break
        return decided

    async def _batch(self) -> tuple[int, int]:
        """How many events were looked at, and how many decisions changed."""
        async with self.store.transaction(self.tenant) as work:
            position = await work.access_decisions.claim()
            events = await work.events.page(EventFilter(), after=position, limit=_BATCH)
            if not events:
                return 0, 0
            doors = await work.doors.at(sorted({one.source for one in events if one.source}))
            if doors:
                await work.access_decisions.claim(sorted({door.gallery_id for door in doors}))
            changed: list[AccessDecision] = []
            for event in events:
                for door in doors:
                    if concerns(door, event):
                        changed += await self._changed(work, door, event)
            await work.access_decisions.advance(events[-1].sequence)
            await self.journal.tell(work, changed)
        return len(events), len(changed)

    async def _changed(self, work: UnitOfWork, door: Door, event: Event) -> list[AccessDecision]:
        """The decision, if somebody should be told of it."""
        decision, told = await self.on(work, door, event)
        return [decision] if told else []

    async def on(
        self, work: UnitOfWork, door: Door, event: Event, attack: AttackFinding | None = None
    ) -> tuple[AccessDecision, bool]:
        """The decision that holds, and whether it is new or its outcome changed. The caller has claimed the position,
        and tells of it at the end of the transaction.

        Without a finding in hand, the one that the intake of tracks wrote down counts. A decision is made anew when its
        event was revised, as long as it is no grant: a track opens a door once. What the gallery does not log is
        decided, and not kept. Where the finding is doubtful people look at the event, however it was decided.
        """
        before = await work.access_decisions.of(door.id, event.id) if event.sequence else None
        if before is not None and (before.granted or event.revision <= before.event_revision):
            return before, False
        finding = found_in(event.reasons) if attack is None else attack
        decision = await self._made(work, door, event, finding, before)
        if not event.sequence:
            return decision, False
        kept = await work.access_decisions.keep(decision)
        doubt = doubted(self._with_threshold(door).live, finding)
        if doubt is not None:
            await ask_whether_live(work, event, doubt)
        if kept is None:  # the door was removed in this moment
            return replace(decision, outcome=AccessOutcome.DENIED), False
        return kept, before is None or before.outcome is not kept.outcome

    async def _made(
        self,
        work: UnitOfWork,
        door: Door,
        event: Event,
        attack: AttackFinding | None,
        before: AccessDecision | None,
    ) -> AccessDecision:
        now = self.clock.now()
        asking = self._with_threshold(door)
        found = ruling(
            asking,
            event,
            Circumstances(
                now=now,
                schedules=await work.schedules.of(list(door.schedules)),
                earlier=await self._earlier(work, door, event),
                attack=attack,
            ),
        )
        threshold = asking.live.threshold
        return AccessDecision(
            id=before.id if before else AccessId(self.identifiers.new()),
            door_id=door.id,
            door=door.name,
            gallery_id=door.gallery_id,
            gallery=door.gallery,
            area=door.leads_into,
            outcome=found.outcome,
            reasons=found.reasons,
            at=event.captured_at,
            decided_at=now,
            source=event.source,
            direction=door.direction_at(event.source, event.direction),
            event_id=event.id if event.sequence else None,
            event_revision=event.revision,
            track=event.track,
            subject_id=event.subject_id,
            rule=found.rule,
            schedule=found.schedule,
            turns_at=found.turns_at,
            attack=attack if asking.live.require_live else None,
            attack_threshold=threshold.value if asking.live.require_live and threshold else None,
            revision=before.revision + 1 if before else 0,
        )

    def _with_threshold(self, door: Door) -> Door:
        """The door with the threshold that its detector was calibrated with, unless it has one of its own."""
        if not door.live.require_live or door.live.threshold is not None or self.attack is None:
            return door
        return replace(door, live=replace(door.live, threshold=self.attack.threshold))

    async def _earlier(self, work: UnitOfWork, door: Door, event: Event) -> Passage | None:
        if event.subject_id is None:
            return None
        since = event.ended_at - timedelta(seconds=door.passback.reset_s)
        return await work.access_decisions.passage(door.leads_into, event.subject_id, since)


def concerns(door: Door, event: Event) -> bool:
    """Whether a line of the log is about somebody in front of this door. What was logged before the door was made is
    no news."""
    return (
        event.kind is EventKind.IDENTIFIED
        and event.gallery_id == door.gallery_id
        and event.recorded_at >= door.created_at
        and any(camera.name == event.source for camera in door.cameras)
    )


def untimely(decision: AccessDecision) -> AccessDecision:
    """What is answered to somebody who asks again, long after the decision: an old grant opens nothing."""
    return replace(decision, outcome=AccessOutcome.DENIED, reasons=(AccessReason.UNTIMELY,), turns_at=None)

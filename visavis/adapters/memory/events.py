"""The detection log in memory."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from visavis.adapters.memory.work import Work
from visavis.application.ports.events import SHARES, EventFilter
from visavis.domain.decision import Outcome
from visavis.domain.errors import EventNotFound
from visavis.domain.event import Event, EventId
from visavis.domain.event_summary import EventCounts, EventSummary, Share, Step, Stretch, largest_first
from visavis.domain.subject import GalleryId, SubjectId, SubjectKind

K = TypeVar("K", bound=Hashable)


class MemoryEvents:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, events: Sequence[Event]) -> list[Event]:
        """A subject that was erased meanwhile is left out of its event."""
        if not events:
            return []
        tables = await self._work.write()
        known = {_capture(event) for event in tables.events.values() if event.reference}
        added: list[Event] = []
        for event in events:
            if event.id in tables.events or (event.reference and _capture(event) in known):
                continue
            tables.event_sequence += 1
            subject_id = event.subject_id if event.subject_id in tables.subjects else None
            kept = replace(event, sequence=tables.event_sequence, subject_id=subject_id)
            tables.events[event.id] = kept
            known.add(_capture(event))
            added.append(kept)
        return added

    async def get(self, event_id: EventId) -> Event:
        events = self._work.read().events
        if event_id not in events:
            raise EventNotFound
        return events[event_id]

    async def page(
        self,
        wanted: EventFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Event]:
        chosen = [
            event
            for event in self._chosen(wanted)
            if (before is None or event.sequence < before) and (after is None or event.sequence > after)
        ]
        return sorted(chosen, key=lambda event: event.sequence, reverse=after is None)[:limit]

    async def summary(self, wanted: EventFilter, step: Step | None = None) -> EventSummary:
        chosen = self._chosen(wanted)

        def shares(of: Callable[[Event], str]) -> tuple[Share, ...]:
            found = _grouped(chosen, of).items()
            return largest_first(
                (Share(name=name, counts=EventCounts.of(events)) for name, events in found if name), SHARES
            )

        steps = _grouped(chosen, lambda event: _start(event.captured_at, step)).items() if step else ()
        return EventSummary(
            whole=EventCounts.of(chosen),
            subjects=len({event.subject_id for event in chosen if event.subject_id}),
            steps=tuple(
                Stretch(start=start, counts=EventCounts.of(events)) for start, events in sorted(steps)
            ),
            kinds=shares(lambda event: event.kind.value),
            galleries=shares(lambda event: event.gallery),
            sources=shares(lambda event: event.source),
            sites=shares(lambda event: event.site),
        )

    async def review(self, event_id: EventId, verdict: Outcome | None, subject_id: SubjectId | None) -> Event:
        tables = await self._work.write()
        event = await self.get(event_id)
        if subject_id is not None:
            tables.subject(subject_id)
        tables.events[event_id] = replace(event, verdict=verdict, subject_id=subject_id)
        if verdict is not event.verdict:
            tables.follow_verdict(event_id, verdict, datetime.now(UTC))
        return tables.events[event_id]

    async def revise(self, event: Event) -> Event:
        tables = await self._work.write()
        before = await self.get(event.id)
        tables.event_sequence += 1
        tables.events[event.id] = replace(
            event,
            recorded_at=before.recorded_at,
            sequence=tables.event_sequence,
            subject_id=event.subject_id if event.subject_id in tables.subjects else None,
        )
        return tables.events[event.id]

    async def purge(
        self, gallery_id: GalleryId | None, recorded_before: datetime, *, limit: int = 10_000
    ) -> int:
        """`None` includes events that never had a gallery."""
        tables = await self._work.write()
        old = sorted(
            (event.recorded_at, event.sequence, event.id)
            for event in tables.events.values()
            if event.recorded_at < recorded_before
            and (event.gallery_id == gallery_id if gallery_id else event.gallery_id not in tables.galleries)
        )[:limit]
        for _, _, event_id in old:
            del tables.events[event_id]
        return len(old)

    async def forget(self, subject_id: SubjectId) -> int:
        tables = await self._work.write()
        tables.forget_probes(subject_id)
        return tables.forget(subject_id)

    def _chosen(self, wanted: EventFilter) -> list[Event]:
        return [
            event
            for event in self._work.read().events.values()
            if _is_wanted(event, wanted)
            and (wanted.unknown is None or self._is_unknown(event) == wanted.unknown)
        ]

    def _is_unknown(self, event: Event) -> bool:
        subject = self._work.read().subjects.get(event.subject_id) if event.subject_id else None
        anonymous = subject is not None and subject.kind is SubjectKind.ANONYMOUS
        return event.outcome is Outcome.NON_MATCH or anonymous


def _grouped(events: Iterable[Event], of: Callable[[Event], K]) -> dict[K, list[Event]]:
    found: dict[K, list[Event]] = defaultdict(list)
    for event in events:
        found[of(event)].append(event)
    return found


def _start(moment: datetime, step: Step) -> datetime:
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour.replace(hour=0) if step is Step.DAY else hour


def _capture(event: Event) -> tuple[str, str, GalleryId | None, int]:
    """What the sender says it is."""
    return event.source, event.reference, event.gallery_id, event.position


def _is_wanted(event: Event, wanted: EventFilter) -> bool:
    return (
        (wanted.gallery_id is None or event.gallery_id == wanted.gallery_id)
        and (wanted.galleries is None or event.gallery in wanted.galleries)
        and (wanted.subject_id is None or event.subject_id == wanted.subject_id)
        and (wanted.source is None or event.source == wanted.source)
        and (wanted.site is None or event.site == wanted.site)
        and (wanted.zone is None or event.zone == wanted.zone)
        and (wanted.reference is None or event.reference == wanted.reference)
        and (wanted.track is None or event.track == wanted.track)
        and (wanted.kind is None or event.kind is wanted.kind)
        and (wanted.outcome is None or event.outcome is wanted.outcome)
        and (wanted.since is None or event.captured_at >= wanted.since)
        and (wanted.until is None or event.captured_at < wanted.until)
    )

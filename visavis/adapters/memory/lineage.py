"""What one subject became, in memory."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.domain.consent import ConsentId
from visavis.domain.correction import CorrectionId, DenialId, EventMark, Moved
from visavis.domain.errors import EventNotFound
from visavis.domain.event import EventId
from visavis.domain.subject import SubjectId


class MemoryLineage:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def leads_to(self, subject_id: SubjectId) -> SubjectId | None:
        return self._work.read().corrections.aliases.get(subject_id)

    async def absorb(self, gone: SubjectId, into: SubjectId) -> Moved:
        tables = await self._work.write()
        moved = {kind: tuple(sorted(ids)) for kind, ids in _named(tables, gone).items()}
        _give(tables, moved, gone, into)
        partners = _partners(tables, gone)
        pairs = {_pair(into, partner) for partner in partners if partner != into}
        anew = pairs - tables.corrections.apart
        tables.corrections.apart |= pairs
        moved["apart"] = tuple(sorted(partners))
        moved["apart_anew"] = tuple(sorted({one for pair in anew for one in pair} - {into}))
        return tuple((kind, ids) for kind, ids in moved.items() if ids)

    async def release(self, moved: Moved, held: SubjectId, back: SubjectId) -> None:
        tables = await self._work.write()
        given = dict(moved)
        holding = _named(tables, held)
        _give(tables, {kind: ids & set(given.get(kind, ())) for kind, ids in holding.items()}, held, back)
        tables.corrections.aliases.pop(back, None)
        tables.corrections.apart -= {_pair(held, SubjectId(one)) for one in given.get("apart_anew", ())}
        living = [SubjectId(one) for one in given.get("apart", ()) if one in tables.subjects]
        tables.corrections.apart |= {_pair(back, one) for one in living}

    async def redirect(self, gone: SubjectId, into: SubjectId, at: datetime) -> None:  # noqa: ARG002
        (await self._work.write()).corrections.aliases[gone] = into

    async def reassign(
        self, events: Collection[EventId], held: SubjectId, to: SubjectId
    ) -> tuple[EventId, ...]:
        tables = await self._work.write()
        chosen = sorted(
            one for one in events if one in tables.events and tables.events[one].subject_id == held
        )
        tables.events.update({one: replace(tables.events[one], subject_id=to) for one in chosen})
        return tuple(chosen)

    async def restore(self, mark: EventMark) -> None:
        tables = await self._work.write()
        if mark.event_id not in tables.events:
            raise EventNotFound
        subject_id = mark.subject_id if mark.subject_id in tables.subjects else None
        if mark.verdict is not tables.events[mark.event_id].verdict:
            tables.follow_verdict(mark.event_id, mark.verdict, datetime.now(UTC))
        tables.events[mark.event_id] = replace(
            tables.events[mark.event_id], verdict=mark.verdict, subject_id=subject_id
        )

    async def is_named(self, subject_id: SubjectId) -> bool:
        tables = self._work.read()
        standing = any(
            subject_id in one.subjects and one.undone_at is None
            for one in tables.corrections.corrections.values()
        )
        others = {"corrections", "corrections_of_other", "denials_that_show"}
        return standing or any(ids for kind, ids in _named(tables, subject_id).items() if kind not in others)

    async def aliases(self, subject_id: SubjectId) -> list[SubjectId]:
        return sorted(SubjectId(one) for one in _named(self._work.read(), subject_id)["aliases"])


def _named(tables: Tables, subject_id: SubjectId) -> dict[str, set[uuid.UUID]]:
    """Everything that names the subject, by what it is."""
    kept = tables.corrections
    return {
        "events": {one.id for one in tables.events.values() if one.subject_id == subject_id},
        "reviews": {one.event_id for one in tables.reviews.values() if one.candidate == subject_id},
        "consents": {one.id for one in tables.consents.values() if one.subject_id == subject_id},
        "denials": {one.id for one in kept.denials.values() if one.subject_id == subject_id},
        "denials_that_show": {one.id for one in kept.denials.values() if one.shows_id == subject_id},
        "corrections": {one.id for one in kept.corrections.values() if one.subject_id == subject_id},
        "corrections_of_other": {one.id for one in kept.corrections.values() if one.other_id == subject_id},
        "parked": {
            one.parked.reference.id
            for group in kept.parked.values()
            for one in group
            if one.subject_id == subject_id
        },
        "aliases": {old for old, new in kept.aliases.items() if new == subject_id},
    }


def _give(tables: Tables, moved: Mapping[str, Iterable[uuid.UUID]], held: SubjectId, to: SubjectId) -> None:
    kept = tables.corrections
    for event in map(EventId, moved["events"]):
        tables.events[event] = replace(tables.events[event], subject_id=to)
    for event in map(EventId, moved["reviews"]):
        tables.reviews[event] = replace(tables.reviews[event], candidate=to)
    for consent in map(ConsentId, moved["consents"]):
        tables.consents[consent] = replace(tables.consents[consent], subject_id=to)
    for denial in map(DenialId, moved["denials"]):
        kept.denials[denial] = replace(kept.denials[denial], subject_id=to)
        _note(tables, denial, held)
    for denial in map(DenialId, moved["denials_that_show"]):
        kept.denials[denial] = replace(kept.denials[denial], shows_id=to)
    for one in map(CorrectionId, moved["corrections"]):
        kept.corrections[one] = replace(kept.corrections[one], subject_id=to)
    for one in map(CorrectionId, moved["corrections_of_other"]):
        kept.corrections[one] = replace(kept.corrections[one], other_id=to)
    away = set(moved["parked"])
    kept.parked = {
        id_: tuple(replace(p, subject_id=to) if p.parked.reference.id in away else p for p in group)
        for id_, group in kept.parked.items()
    }
    kept.aliases.update({SubjectId(old): to for old in moved["aliases"]})


def _note(tables: Tables, denial_id: DenialId, held: SubjectId) -> None:
    """Searches look again whose looks were denied."""
    denial = tables.corrections.denials[denial_id]
    tables.note_change(denial.gallery_id, held)
    tables.note_change(denial.gallery_id, denial.subject_id)


def _partners(tables: Tables, subject_id: SubjectId) -> set[SubjectId]:
    return {one for pair in tables.corrections.apart if subject_id in pair for one in pair} - {subject_id}


def _pair(one: SubjectId, other: SubjectId) -> tuple[SubjectId, SubjectId]:
    return min(one, other), max(one, other)

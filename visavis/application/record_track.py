"""Keep what a camera saw: one line of the detection log for each face that was followed, however often it is told."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from visavis.application.beside import Grounds
from visavis.application.identify import Identification
from visavis.application.kit import Kit
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.record import Record
from visavis.application.remember import Remember
from visavis.application.tracks.deciding import Deciding, has_sure_shots, living, nothing_seen, without
from visavis.application.tracks.learning import LearnLook
from visavis.application.tracks.liveness import CheckLiveness
from visavis.application.tracks.log import TrackLog, line_of
from visavis.application.tracks.reported import RecordedTrack, ReportedTrack
from visavis.application.tracks.seeing import SeenTrack, seen
from visavis.application.tracks.turns import Turns
from visavis.domain.decision import Outcome
from visavis.domain.errors import VisavisError
from visavis.domain.event import Event, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Unknowns
from visavis.domain.revision import is_remembered
from visavis.domain.subject import SubjectId, SubjectKind, TenantId

_OPEN = frozenset({None, Outcome.NON_MATCH})  #: an unknown may still become a subject


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTrack:
    """A track leaves one line, exactly once: whoever reports it again, late, in another order or at the same time,
    revises that line."""

    store: Store
    tenant: TenantId
    record: Record
    remember: Remember
    turns: Turns = field(default_factory=Turns)
    liveness: CheckLiveness | None = None  #: without it nothing that must be live is

    async def look(
        self, kit: Kit, gallery: Gallery, tracks: Sequence[ReportedTrack]
    ) -> list[SeenTrack | VisavisError]:
        """As `seen`; with what was found of their liveness, where somebody wants to know."""
        found = await seen(kit, gallery, tracks)
        return found if self.liveness is None else await self.liveness(gallery, found)

    async def __call__(
        self, kit: Kit, gallery: Gallery, tracks: Sequence[ReportedTrack]
    ) -> list[RecordedTrack | VisavisError]:
        """One for each track, in order; in the place of a track that cannot be used stands why, as `seen` says.

        Raises `Unavailable`: then all may be reported again.
        """
        found = await self.look(kit, gallery, tracks)
        answers: dict[int, RecordedTrack | VisavisError] = {}
        usable: dict[int, SeenTrack] = {}
        for place, one in enumerate(found):
            if isinstance(one, SeenTrack):
                usable[place] = one
            else:
                answers[place] = one
        results = dict(zip(usable, await self.search(kit, gallery, list(usable.values())), strict=True))
        serial = await self._serial(gallery, usable, results)
        free = [place for place in usable if place not in serial]
        pairs = [(usable[place], results[place]) for place in free]
        answers |= zip(free, await self._together(gallery, pairs), strict=True)
        for place in serial:
            answers[place] = await self._in_turn(kit, gallery, usable[place])
        for place, track in usable.items():
            await self._learn(gallery, track, answers[place])
        return [answers[place] for place in range(len(found))]

    async def search(self, kit: Kit, gallery: Gallery, tracks: Sequence[SeenTrack]) -> list[Identification]:
        """What the server decides about each, all in one search."""
        known = [(track.probe, track.best) for track in tracks if track.probe is not None]
        probes, samples = [probe for probe, _ in known], [sample for _, sample in known]
        found = iter(await kit.identify.probes(gallery, probes, samples) if probes else [])
        return [nothing_seen(track) if track.probe is None else next(found) for track in tracks]

    async def keep(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        track: SeenTrack,
        result: Identification,
        *,
        job_id: uuid.UUID | None = None,
    ) -> RecordedTrack:
        """In a transaction of the caller; nobody new is remembered."""
        line = await self._line(work, gallery, track, result, job_id)
        return await self._log(work, gallery, track, line, result)

    async def keep_or_remember(
        self,
        work: UnitOfWork,
        kit: Kit,
        gallery: Gallery,
        track: SeenTrack,
        *,
        job_id: uuid.UUID | None = None,
    ) -> RecordedTrack:
        """In a transaction of the caller: while nobody else remembers anybody in this gallery, searches what was
        committed until now, and makes a subject of whom the search did not find."""
        await work.jobs.serialise(f"remember {gallery.id}")
        before = await line_of(work, gallery, track.reported)
        own = before.subject_id if before is not None and is_remembered(before) else None
        (result,) = await self.search(kit, gallery, [track])
        line = await self._line(work, gallery, track, without(kit, gallery, result, own), job_id)
        if own is not None and line.outcome is Outcome.MATCH:
            await _let_go(work, gallery, own)
        elif own is None and (before is None or (before.outcome in _OPEN and before.verdict is None)):
            line = await self._remembered(work, gallery, track, line)
        return await self._log(work, gallery, track, line, result)

    async def _serial(
        self, gallery: Gallery, tracks: Mapping[int, SeenTrack], results: Mapping[int, Identification]
    ) -> list[int]:
        """The places of those who may become subjects, or did when they were reported before."""
        if gallery.policy.unknowns is not Unknowns.REMEMBER:
            return []
        async with self.store.transaction(self.tenant) as work:
            known = {place: await line_of(work, gallery, one.reported) for place, one in tracks.items()}
        return [
            place
            for place, track in tracks.items()
            if _left(known[place]) or self._wants(gallery, track, _outcome(results[place]))
        ]

    async def _together(
        self, gallery: Gallery, tracks: Sequence[tuple[SeenTrack, Identification]]
    ) -> list[RecordedTrack]:
        """In one transaction."""
        if not tracks:
            return []

        async def write(work: UnitOfWork) -> list[RecordedTrack]:
            return [await self.keep(work, gallery, track, result) for track, result in tracks]

        if self.record.gather is not None:
            return await self.record.gather(write)
        async with self.store.transaction(self.tenant) as work:
            return await write(work)

    async def _in_turn(self, kit: Kit, gallery: Gallery, track: SeenTrack) -> RecordedTrack:
        async with self.turns.of(gallery.id), self.store.transaction(self.tenant) as work:
            return await self.keep_or_remember(work, kit, gallery, track)

    async def _line(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        track: SeenTrack,
        result: Identification,
        job_id: uuid.UUID | None,
    ) -> Event:
        there = await living(work, gallery, track.reported, result, self.record.clock.now())
        return Deciding(record=self.record).line(gallery, track, result, there, job_id=job_id)

    async def _learn(self, gallery: Gallery, track: SeenTrack, told: RecordedTrack | VisavisError) -> None:
        """In a transaction of its own: references are never written after lines, whose writers wait for each other."""
        learn = LearnLook(maker=self.remember.maker, ledger=self.remember.ledger)
        if isinstance(told, RecordedTrack) and learn.wants(gallery, track, told):
            async with self.store.transaction(self.tenant) as work:
                await learn(work, gallery, track, told)

    async def _log(
        self, work: UnitOfWork, gallery: Gallery, track: SeenTrack, line: Event, result: Identification
    ) -> RecordedTrack:
        return await TrackLog(record=self.record)(work, gallery, track, line, Grounds.identified(result))

    async def _remembered(self, work: UnitOfWork, gallery: Gallery, track: SeenTrack, line: Event) -> Event:
        """The line with the new subject, if it is to become one."""
        if track.probe is None or not self._wants(gallery, track, line.outcome):
            return line
        newcomer = await self.remember.track(work, gallery, track.probe, track.best)
        return line if newcomer is None else replace(line, subject_id=newcomer.subject_id)

    def _wants(self, gallery: Gallery, track: SeenTrack, outcome: Outcome | None) -> bool:
        if outcome is None or track.probe is None or not has_sure_shots(track.reported, track.shots):
            return False
        return self.remember.wants(gallery, outcome, track.best, track.probe.quality)


def _left(line: Event | None) -> bool:
    return line is not None and is_remembered(line)


def _outcome(result: Identification) -> Outcome | None:
    return result.decision.outcome if result.decision else None


_SEEN = frozenset({EventKind.IDENTIFIED, EventKind.VERIFIED})
_MANY = 20


async def _let_go(work: UnitOfWork, gallery: Gallery, own: SubjectId) -> None:
    """Whom this track left as an unknown turns out to be somebody else, and nothing more is known of the unknown."""
    references = await work.references.page(gallery.id, subject_id=own, limit=2)
    seen = [
        event
        for event in await work.events.page(EventFilter(subject_id=own), limit=_MANY)
        if event.kind in _SEEN  # what doors made of it is no other look
    ]
    if len(references) == len(seen) == 1 and references[0].kind is SubjectKind.ANONYMOUS:
        await work.subjects.leave(gallery.id, own)

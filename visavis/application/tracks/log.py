"""The line of a track in the detection log: added once, then revised."""

from dataclasses import dataclass, replace

from visavis.application.beside import Grounds, ask_whether_live, case_of, keep_beside
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import UnitOfWork
from visavis.application.record import Record
from visavis.application.tracks.reported import RecordedTrack, ReportedTrack
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.revision import is_remembered, revised


async def line_of(work: UnitOfWork, gallery: Gallery, reported: ReportedTrack) -> Event | None:
    """What the log has of the track."""
    wanted = EventFilter(gallery_id=gallery.id, source=reported.camera, reference=reported.reference)
    found = await work.events.page(wanted, limit=1)
    return found[0] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackLog:
    """Writers of the log wait for each other from `Record.write` on, so the line that it finds is the one that is
    revised, whoever reports the same track at the same time."""

    record: Record

    async def __call__(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        track: SeenTrack,
        line: Event,
        grounds: Grounds | None = None,
    ) -> RecordedTrack:
        """A track without a usable shot leaves a line, of the kind rejected, once it has ended."""
        reported = track.reported
        if line.outcome is None and not reported.ended and await line_of(work, gallery, reported) is None:
            return RecordedTrack(track=reported.track, revised=False, reasons=line.reasons)
        grounds = replace(grounds or Grounds(), template=track.probe, sample=track.best)
        (kept,) = await self.record.write(work, gallery, [line], {line.id: grounds})
        changed = kept.id == line.id
        if not changed and (revision := revised(kept, line)) is not None:
            after = await work.events.revise(revision.event)
            if revision.decided:
                await self._decided(work, gallery, after, grounds)
            if revision.replaced:
                await self._replaced(work, kept, after)
            kept, changed = after, True
        if track.doubt is not None:
            await ask_whether_live(work, kept, track.doubt, grounds)
        return await _told(work, gallery, reported, kept, revised=changed)

    async def _decided(self, work: UnitOfWork, gallery: Gallery, event: Event, grounds: Grounds) -> None:
        """What was open may be decided now; nobody has to look at it then, unless it was doubted to be live."""
        before = await case_of(work, event.id)
        await keep_beside(work, gallery, [event], {event.id: grounds})
        if event.outcome is not Outcome.INCONCLUSIVE:
            await work.reviews.drop(event.id)
        if before is not None and before.doubt is not None:
            await ask_whether_live(work, event, before.doubt, grounds)
        await self.record.note(work, event, logged=True)

    async def _replaced(self, work: UnitOfWork, before: Event, after: Event) -> None:
        """Somebody may have acted on the first name."""
        await self.record.ledger.note(
            work,
            Action.TRACK_REVISED,
            f"event:{after.id}",
            subject=str(after.subject_id),
            subject_before=str(before.subject_id),
            fpir=after.fpir,
            fpir_before=before.fpir,
            revision=after.revision,
        )


async def _told(
    work: UnitOfWork, gallery: Gallery, reported: ReportedTrack, event: Event, *, revised: bool
) -> RecordedTrack:
    names = await work.subjects.names([event.subject_id]) if event.subject_id else {}
    return RecordedTrack(
        track=reported.track,
        revised=revised,
        event_id=event.id if gallery.policy.event_days else None,
        outcome=event.outcome,
        subject_id=event.subject_id,
        subject=names.get(event.subject_id) if event.subject_id else None,
        remembered=is_remembered(event),
        score=event.score,
        fmr=event.fmr,
        fpir=event.fpir,
        quality=event.quality,
        reasons=event.reasons,
    )

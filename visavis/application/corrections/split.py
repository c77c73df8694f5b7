"""One subject was two humans: chosen references and events go out to a new one, for good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis.application.consent import require_consent
from visavis.application.corrections.keeping import Keeping, galleries_of
from visavis.application.ports.store import ReferenceSummary, UnitOfWork
from visavis.application.removal import found, member
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionKind, Undo
from visavis.domain.errors import AlreadyExists, EventNotFound, ReferenceNotFound, ValueInvalid
from visavis.domain.event import Event, EventId
from visavis.domain.gallery import Gallery
from visavis.domain.subject import ReferenceId, Subject, SubjectId, SubjectKind, checked_name

_MOST = 10_000
_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSubject:
    """The two are kept apart: nothing in the background joins them again. Looks of events that go out are denied for
    the subject that stays."""

    keeping: Keeping

    async def __call__(
        self,
        subject: str | SubjectId,
        *,
        references: Sequence[ReferenceId] = (),
        events: Sequence[EventId] = (),
        name: str | None = None,
        note: str = "",
    ) -> Correction:
        """Without a `name` the new subject is anonymous.

        Raises `SubjectNotFound`, `ReferenceNotFound`, `EventNotFound`, `AlreadyExists`, `ConsentMissing`, and
        `ValueInvalid` if nothing goes out, or no reference stays.
        """
        if not references and not events:
            raise ValueInvalid("Say which references or events show somebody else.")
        async with self.keeping.store.transaction(self.keeping.tenant) as work:
            await work.corrections.claim()
            one = await found(work, subject)
            going = await _references(work, one, references)
            shown = [await _event(work, one, event_id) for event_id in dict.fromkeys(events)]
            other = await self._new(work, name)
            correction = await self._split(work, one, other, going, shown, note)
            await self.keeping.ledger.note(
                work,
                Action.SUBJECT_SPLIT,
                f"subject:{one.id}",
                split_off=str(other.id),
                correction=str(correction.id),
                references=len(correction.undo.references),
                events=len(correction.undo.moved_of("events")),
                remembered=correction.remembered,
            )
        return correction

    async def _split(
        self,
        work: UnitOfWork,
        one: Subject,
        other: Subject,
        going: Sequence[ReferenceSummary],
        shown: Sequence[Event],
        note: str,
    ) -> Correction:
        ids = [reference.gallery_id for reference in going] + [e.gallery_id for e in shown if e.gallery_id]
        galleries = await galleries_of(work, ids)
        for gallery in galleries:
            await work.subjects.join(gallery.id, other.id)
            theirs = [reference.id for reference in going if reference.gallery_id == gallery.id]
            if theirs:
                await work.references.move(theirs, other.id)
                await require_consent(work, gallery, other.id, self.keeping.clock.now(), hold=True)
        await work.corrections.keep_apart(one.id, other.id, self.keeping.clock.now())
        draft = self.keeping.draft(CorrectionKind.SPLIT, one.id, galleries, note=note)
        denials = await self.keeping.denials(work, draft, shown, one, shows=other.id)
        moved = await work.lineage.reassign([event.id for event in shown], one.id, other.id)
        undo = Undo(
            made=other.id,
            references=tuple(reference.id for reference in going),
            joined=tuple(gallery.id for gallery in galleries),
            moved=(("events", moved),) if moved else (),
        )
        return await self.keeping.keep(work, replace(draft, other_id=other.id, undo=undo), denials)

    async def _new(self, work: UnitOfWork, name: str | None) -> Subject:
        identifiers = self.keeping.identifiers
        for _ in range(_NAMES):
            called = checked_name(name, what="subject name") if name is not None else None
            subject = Subject(
                id=SubjectId(identifiers.new()),
                name=called or f"anonymous-{identifiers.new().hex[:8]}",
                created_at=self.keeping.clock.now(),
                kind=SubjectKind.NAMED if called else SubjectKind.ANONYMOUS,
            )
            if called or await work.subjects.find(subject.name) is None:
                await work.subjects.add(subject)
                await self.keeping.ledger.note(
                    work, Action.SUBJECT_CREATED, f"subject:{subject.id}", kind=subject.kind.value
                )
                return subject
        raise AlreadyExists("No name was found for somebody without one.")


async def _references(
    work: UnitOfWork, subject: Subject, wanted: Sequence[ReferenceId]
) -> list[ReferenceSummary]:
    """Those that go, of which the subject keeps at least one in each gallery."""
    going: list[ReferenceSummary] = []
    chosen = set(wanted)
    for summary in await work.galleries.all():
        gallery: Gallery = summary.gallery
        if not await member(work, gallery.id, subject):
            continue
        page = await work.references.page(gallery.id, subject_id=subject.id, limit=_MOST)
        here = [reference for reference in page if reference.id in chosen]
        if here and len(here) == len(page):
            raise ValueInvalid(
                f"Every reference in the gallery {gallery.name} would go: nothing would be left of the subject.",
                hint="Rename the subject, or remove it, if it is somebody else altogether.",
            )
        going += here
    if len(going) < len(chosen):
        raise ReferenceNotFound("Some of these references do not belong to this subject.")
    return going


async def _event(work: UnitOfWork, subject: Subject, event_id: EventId) -> Event:
    event = await work.events.get(event_id)
    if event.subject_id != subject.id:
        raise EventNotFound("Some of these events do not name this subject.")
    return event

"""What a decision can be looked at with: the face it was made on, and the references of whom it may be."""

from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.errors import EventNotFound, ReferenceNotFound, ReviewNotFound
from visavis.domain.event import Event, EventId
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtEvent:
    """Every look is audited."""

    store: Store
    tenant: TenantId
    ledger: Ledger

    async def picture(self, event_id: EventId) -> bytes:
        """PNG. Raises `EventNotFound`, also where no picture is kept."""
        async with self.store.transaction(self.tenant) as work:
            event = await work.events.get(event_id)
            content = await work.pictures.of(event_id)
            if content is None:
                raise EventNotFound(
                    "No picture is kept of this event, or not any more.",
                    hint="The gallery's policy says for how long: event_pictures, event_picture_days.",
                )
            await self._note(work, event, of="event")
        return content

    async def reference(self, event_id: EventId, reference_id: ReferenceId) -> bytes:
        """What is kept of a reference of the event's subject, or of whom it may be, in its gallery: the aligned face,
        or the photo. Raises `EventNotFound`, `ReferenceNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            event = await work.events.get(event_id)
            await self._require_concerned(work, event, reference_id)
            for kind in (Keep.SAMPLE, Keep.PHOTO):
                kept = await work.samples.get(reference_id, kind)
                if kept is not None:
                    await self._note(work, event, of="reference", reference=str(reference_id))
                    return kept.content
        raise ReferenceNotFound("Nothing is kept beside this reference that could be looked at.")

    async def _require_concerned(self, work: UnitOfWork, event: Event, reference_id: ReferenceId) -> None:
        if event.gallery_id is None:
            raise ReferenceNotFound
        page = await work.references.page(event.gallery_id, ids=[reference_id], limit=1)
        if not page or page[0].subject_id not in await _concerned(work, event):
            raise ReferenceNotFound

    async def _note(self, work: UnitOfWork, event: Event, **details: str) -> None:
        await self.ledger.note(work, Action.EVENT_PICTURE_SEEN, f"event:{event.id}", **details)


async def _concerned(work: UnitOfWork, event: Event) -> set[SubjectId]:
    """Whom the event shows, or may show."""
    try:
        case = await work.reviews.get(event.id)
    except ReviewNotFound:
        asked: set[SubjectId | None] = set()
    else:
        asked = {case.candidate, *(one.subject_id for one in case.opinions)}
    return {one for one in (event.subject_id, *asked) if one is not None}

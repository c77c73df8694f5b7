"""What all corrections have in common: who corrects, in which transaction, and for how long it can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.removal import member
from visavis.domain.correction import Correction, CorrectionId, CorrectionKind, Denial, DenialId, Undo
from visavis.domain.errors import CorrectionConflict, GalleryNotFound, ReviewNotFound
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.review import ReviewState
from visavis.domain.subject import GalleryId, Reference, Subject, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """For one caller."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    def draft(
        self,
        kind: CorrectionKind,
        subject_id: SubjectId,
        galleries: Sequence[Gallery],
        *,
        note: str,
        parked: Sequence[Reference] = (),
    ) -> Correction:
        """A correction that says not yet how it is undone."""
        now = self.clock.now()
        days = min((one.policy.event_days for one in galleries), default=Policy().event_days)
        limits = {one.id: one.policy.reference_days for one in galleries}
        ends = [
            one.created_at + timedelta(days=limits[one.gallery_id])
            for one in parked
            if limits.get(one.gallery_id)
        ]
        return Correction(
            id=CorrectionId(self.identifiers.new()),
            kind=kind,
            subject_id=subject_id,
            galleries=tuple(one.id for one in galleries),
            made_at=now,
            made_by=str(self.ledger.actor),
            expires_at=min([now + timedelta(days=days), *ends]),
            undo=Undo(),
            note=note.strip(),
        )

    async def denials(
        self,
        work: UnitOfWork,
        correction: Correction,
        events: Sequence[Event],
        subject: Subject,
        *,
        shows: SubjectId | None = None,
    ) -> list[Denial]:
        """What these events looked like, as far as that was kept, is not the subject: not kept yet."""
        made = []
        for event in events:
            gallery = await gallery_of(work, event)
            probe = await work.probes.of(event.id)
            if gallery is None or probe is None or probe.model != gallery.model:
                continue
            if await member(work, gallery.id, subject):
                made.append(
                    Denial(
                        id=DenialId(self.identifiers.new()),
                        correction_id=correction.id,
                        gallery_id=gallery.id,
                        subject_id=subject.id,
                        template=probe,
                        created_at=self.clock.now(),
                        shows_id=shows,
                        event_id=event.id,
                    )
                )
        return made

    async def keep(
        self, work: UnitOfWork, correction: Correction, denials: Sequence[Denial] = ()
    ) -> Correction:
        undo = replace(correction.undo, denials=tuple(one.id for one in denials))
        kept = await work.corrections.add(replace(correction, undo=undo))
        await work.denials.add(denials)
        return kept


async def gallery_of(work: UnitOfWork, event: Event) -> Gallery | None:
    """That of the event, if it is still there."""
    try:
        return await work.galleries.get(event.gallery_id) if event.gallery_id else None
    except GalleryNotFound:
        return None


async def require_alone(work: UnitOfWork, event: Event) -> None:
    """Raises `CorrectionConflict` for an event that two people are to decide about, and have not yet."""
    try:
        case = await work.reviews.get(event.id)
    except ReviewNotFound:
        return
    if case.needed > 1 and case.state is not ReviewState.DECIDED:
        raise CorrectionConflict(
            "Two people decide about this event.", hint="Say what you think of it in the review."
        )


async def galleries_of(work: UnitOfWork, ids: Sequence[GalleryId]) -> list[Gallery]:
    """Those that are still there, by name."""
    wanted = set(ids)
    return [one.gallery for one in await work.galleries.all() if one.gallery.id in wanted]

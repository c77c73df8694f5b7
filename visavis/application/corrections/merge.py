"""Two subjects are one human: one takes over everything that was kept of the other."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from visavis.application.consent import require_consent
from visavis.application.corrections.choosing import best_and_most_diverse
from visavis.application.corrections.keeping import Keeping
from visavis.application.ports.corrections import Parked
from visavis.application.ports.store import UnitOfWork
from visavis.application.removal import found, placed
from visavis.application.search import GallerySearch
from visavis.domain.access import ActorKind
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionKind, Moved, Undo
from visavis.domain.errors import ConfirmationMissing, ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, ReferenceId, Subject, SubjectId, SubjectKind


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What was moved until now."""

    references: list[ReferenceId] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    joined: list[GalleryId] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSubjects:
    """When this returns, no search in any process can match the subject that is gone; its identifier leads to the
    other one for ever. Also for workers, whose actor is the system: they confirm nothing."""

    keeping: Keeping
    search: GallerySearch | None = None  #: takes it out of an index that is shared

    async def __call__(
        self,
        gone: str | SubjectId,
        into: str | SubjectId,
        *,
        confirmed: Collection[str] = (),
        note: str = "",
    ) -> Correction:
        """`confirmed` are names, both of which are asked for when both were chosen by the operator, or when a person
        said that these are two humans.

        Raises `SubjectNotFound`, `ValueInvalid`, `ConfirmationMissing`, `ConsentMissing`.
        """
        async with self.keeping.store.transaction(self.keeping.tenant) as work:
            await work.corrections.claim()
            one, other = await found(work, gone), await found(work, into)
            await self._require_confirmed(work, one, other, confirmed)
            places = await placed(work, one)
            correction = await self._merge(work, one, other, places, note)
            await self.keeping.ledger.note(
                work,
                Action.SUBJECT_MERGED,
                f"subject:{other.id}",
                gone=str(one.id),
                correction=str(correction.id),
                references=len(correction.undo.references),
                parked=len(correction.undo.parked),
                events=len(correction.undo.moved_of("events")),
            )
        if self.search is not None:
            await self.search.refresh(places)
        return correction

    async def _require_confirmed(
        self, work: UnitOfWork, gone: Subject, into: Subject, confirmed: Collection[str]
    ) -> None:
        if gone.id == into.id:
            raise ValueInvalid("This is one subject already.")
        apart = await work.corrections.are_apart(gone.id, into.id)
        both_named = gone.kind is into.kind is SubjectKind.NAMED
        if not apart and not both_named:
            return
        by_system = self.keeping.ledger.actor.kind is ActorKind.SYSTEM
        if by_system or not {gone.name, into.name} <= set(confirmed):
            raise ConfirmationMissing(
                "A person said that these are two humans."
                if apart
                else "Both subjects were named by somebody.",
                hint="Confirm the merge by giving the names of both.",
            )

    async def _merge(
        self, work: UnitOfWork, gone: Subject, into: Subject, places: Sequence[Gallery], note: str
    ) -> Correction:
        taken = _Taken()
        everywhere = {gallery.id: gallery for gallery in [*places, *await placed(work, into)]}
        for gallery in places:
            await self._take(work, gallery, gone, into, taken)
        moved = await work.lineage.absorb(gone.id, into.id)
        for gallery in places:
            if taken.references or taken.parked:
                await require_consent(work, gallery, into.id, self.keeping.clock.now(), hold=True)
        await work.subjects.erase(gone.id)
        renamed = gone.kind is SubjectKind.NAMED and into.kind is not SubjectKind.NAMED
        if renamed:
            await work.subjects.rename(into.id, gone.name, kind=SubjectKind.NAMED)
        await work.lineage.redirect(gone.id, into.id, self.keeping.clock.now())
        parked = [one.reference for one in taken.parked]
        draft = self.keeping.draft(
            CorrectionKind.MERGE, into.id, list(everywhere.values()), note=note, parked=parked
        )
        undo = _undo(gone, into if renamed else None, places, taken, moved)
        kept = await self.keeping.keep(work, replace(draft, gone_id=gone.id, undo=undo))
        await work.corrections.park(kept.id, taken.parked)
        return kept

    async def _take(
        self, work: UnitOfWork, gallery: Gallery, gone: Subject, into: Subject, taken: _Taken
    ) -> None:
        """Gives the references of one gallery away, as many as there is room for."""
        kept = await work.references.of_subjects(gallery.id, [gone.id, into.id])
        theirs = kept.get(gone.id, [])
        everything = [*kept.get(into.id, []), *theirs]
        if not await _is_member(work, gallery, into):
            taken.joined.append(gallery.id)
            await work.subjects.join(gallery.id, into.id)
        chosen = best_and_most_diverse(everything, gallery.policy.max_references)
        for reference in everything:
            if reference.id not in chosen:
                images = [
                    await work.samples.get(reference.id, kind)
                    for kind in (await work.samples.kinds([reference.id])).get(reference.id, ())
                ]
                kept_images = tuple(image for image in images if image is not None)
                taken.parked.append(Parked(reference=reference, images=kept_images))
        moving = [one.id for one in theirs if one.id in chosen]
        await work.references.move(moving, into.id)
        taken.references += moving
        for reference in everything:
            if reference.id not in chosen:
                await work.references.remove(reference.id)


async def _is_member(work: UnitOfWork, gallery: Gallery, subject: Subject) -> bool:
    return gallery.id in {one.id for one in await placed(work, subject)}


def _undo(
    gone: Subject, renamed: Subject | None, places: Sequence[Gallery], taken: _Taken, moved: Moved
) -> Undo:
    return Undo(
        gone=gone,
        renamed=renamed,
        references=tuple(taken.references),
        parked=tuple(one.reference.id for one in taken.parked),
        places=tuple(one.id for one in places),
        joined=tuple(taken.joined),
        moved=moved,
    )

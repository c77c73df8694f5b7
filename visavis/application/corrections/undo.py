"""Takes a correction back: everything is as it was, or nothing is changed and the reason is said."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.corrections.keeping import Keeping, galleries_of
from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.store import UnitOfWork
from visavis.application.search import GallerySearch
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionId, CorrectionKind
from visavis.domain.errors import (
    AlreadyEnrolled,
    AlreadyExists,
    CorrectionConflict,
    EventNotFound,
    GalleryNotFound,
    ModelMismatch,
    ReferenceNotFound,
    SubjectNotFound,
)
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId

_BOTH = frozenset({CorrectionKind.MERGE, CorrectionKind.SPLIT})
_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCorrection:
    keeping: Keeping
    search: GallerySearch | None = None  #: brings an index that is shared up to date

    async def __call__(self, correction_id: CorrectionId) -> Correction:
        """Raises `CorrectionNotFound` (also when it has expired, or somebody whom it was about was erased), and
        `CorrectionConflict` when something that it changed was changed again."""
        async with self.keeping.store.transaction(self.keeping.tenant) as work:
            await work.corrections.claim()
            correction = await work.corrections.get(correction_id)
            if correction.undone_at is not None:
                raise CorrectionConflict("This correction was undone already.")
            await self._require_last(work, correction)
            places = await galleries_of(work, correction.galleries)
            closed = await self._undone(work, correction)
            await self.keeping.ledger.note(
                work,
                Action.CORRECTION_UNDONE,
                f"subject:{correction.subject_id}",
                correction=str(correction_id),
                kind=correction.kind.value,
            )
        if self.search is not None:
            await self.search.refresh(places)
        return closed

    async def _undone(self, work: UnitOfWork, correction: Correction) -> Correction:
        made = correction.undo.made
        try:
            await self._undo(work, correction)
        except (AlreadyExists, AlreadyEnrolled, ModelMismatch, GalleryNotFound, SubjectNotFound) as error:
            raise CorrectionConflict(
                f"This cannot be undone any more: {error.message}",
                hint="Correct it by another correction instead.",
            ) from error
        closed = await work.corrections.close(
            correction.id, self.keeping.clock.now(), str(self.keeping.ledger.actor), unmade=made
        )
        if made is not None:
            await self._unmake(work, made)
        return closed

    async def _require_last(self, work: UnitOfWork, correction: Correction) -> None:
        """Later merges and splits of the same subjects are undone first, and so are later ones of the same event."""
        page = await work.corrections.page(CorrectionFilter(undone=False), limit=_MANY)
        for later in page:
            if later.sequence <= correction.sequence:
                return
            same_event = correction.event_id is not None and later.event_id == correction.event_id
            entangled = later.kind in _BOTH and bool(later.subjects & correction.subjects)
            if same_event or (entangled and correction.kind in _BOTH):
                raise CorrectionConflict(
                    "A later correction builds on this one.",
                    hint=f"Undo that first: visavis corrections undo {later.id}",
                )

    async def _undo(self, work: UnitOfWork, correction: Correction) -> None:
        match correction.kind:
            case CorrectionKind.DENY | CorrectionKind.ASSIGN:
                await self._event(work, correction)
            case CorrectionKind.MERGE:
                await self._merge(work, correction)
            case CorrectionKind.SPLIT:
                await self._split(work, correction)

    async def _event(self, work: UnitOfWork, correction: Correction) -> None:
        before, after = correction.undo.before, correction.undo.after
        if before is not None and after is not None:
            try:
                event = await work.events.get(before.event_id)
            except EventNotFound:
                event = None  # it has expired, and nothing is left to be put back
            if event is not None:
                if (event.verdict, event.subject_id) != (after.verdict, after.subject_id):
                    raise CorrectionConflict("Somebody decided on this event again since.")
                await work.lineage.restore(before)
        for reference_id in correction.undo.references:
            reference = await _reference(work, reference_id)
            if reference is None:
                continue
            if reference.subject_id != correction.subject_id:
                raise CorrectionConflict(
                    "The reference that was made of this event belongs to somebody else now."
                )
            await work.references.remove(reference_id)

    async def _merge(self, work: UnitOfWork, correction: Correction) -> None:
        undo, into = correction.undo, correction.subject_id
        if undo.gone is None:
            raise CorrectionConflict
        held = await work.subjects.get(into)
        if undo.renamed is not None:
            if held.name != undo.gone.name:
                raise CorrectionConflict("The subject was renamed since.")
            await work.subjects.rename(into, undo.renamed.name, kind=undo.renamed.kind)
        await work.subjects.add(undo.gone)
        for gallery in await galleries_of(work, undo.places):
            await work.subjects.join(gallery.id, undo.gone.id)
        await self._give_back(work, undo.references, into, undo.gone.id)
        await self._unpark(work, correction)
        await work.lineage.release(undo.moved, into, undo.gone.id)
        await _leave(work, undo.joined, into)

    async def _unpark(self, work: UnitOfWork, correction: Correction) -> None:
        """References that had been taken out, with the images that were kept beside them."""
        for parked in await work.corrections.parked(correction.id):
            await work.references.add([parked.reference])
            await work.samples.add(parked.images)

    async def _split(self, work: UnitOfWork, correction: Correction) -> None:
        undo, other = correction.undo, correction.other_id
        if other is None:
            raise CorrectionConflict
        await self._give_back(work, undo.references, other, correction.subject_id)
        await work.lineage.release(undo.moved, other, correction.subject_id)
        await work.corrections.rejoin(correction.subject_id, other)

    async def _give_back(
        self, work: UnitOfWork, ids: Sequence[ReferenceId], held: SubjectId, back: SubjectId
    ) -> None:
        """Those that were removed since stay so; those that went on to somebody else are a conflict."""
        living = [one for one in [await _reference(work, one) for one in ids] if one is not None]
        if any(one.subject_id != held for one in living):
            raise CorrectionConflict("Some of the references belong to somebody else by now.")
        for gallery_id in dict.fromkeys(one.gallery_id for one in living):
            await work.references.move([one.id for one in living if one.gallery_id == gallery_id], back)

    async def _unmake(self, work: UnitOfWork, subject_id: SubjectId) -> None:
        """Removes the subject that the correction made, unless it has become more than that."""
        subject = await work.subjects.get(subject_id)
        page = await work.subjects.page(prefix=subject.name, limit=1)
        references = sum(count for _, count in page[0].galleries) if page else 0
        named = await work.lineage.is_named(subject_id)
        if references or named:
            raise CorrectionConflict(
                "The subject that this correction made has references, events or consents of its own by now.",
                hint="Merge the two subjects instead.",
            )
        await work.subjects.erase(subject_id)


async def _leave(work: UnitOfWork, joined: Sequence[GalleryId], subject_id: SubjectId) -> None:
    """Ends memberships that the merge began, unless there are references of its own by now."""
    for gallery in await galleries_of(work, joined):
        if not await work.references.page(gallery.id, subject_id=subject_id, limit=1):
            await work.subjects.leave(gallery.id, subject_id)


async def _reference(work: UnitOfWork, reference_id: ReferenceId) -> Reference | None:
    try:
        return await work.references.get(reference_id)
    except ReferenceNotFound:
        return None

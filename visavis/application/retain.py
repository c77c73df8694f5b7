"""Retention: remove what is older than the policies allow, and what a consent no longer covers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from visavis.application.consent import withdrawn
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.pictures import EventPictures
from visavis.application.ports.probes import Probes
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.receipts import Cause, Receipts, Removal
from visavis.domain.audit import Action
from visavis.domain.errors import SubjectNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId, SubjectKind, TenantId

_MANY = 1_000_000


class _DryRun(Exception):
    """Ends a transaction that is not to be committed."""


def _end_here(dry_run: bool) -> None:
    if dry_run:
        raise _DryRun


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryRetention:
    """What was removed from one gallery; `None` stands for galleries that are gone."""

    gallery: Gallery | None
    references: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What a run removed, or would remove: galleries of which something was, and subjects without consent."""

    galleries: tuple[GalleryRetention, ...]
    consents: int
    dry_run: bool
    recordings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retain:
    """Runs in transactions of at most `batch` references or events, each with its own audit record, so that it never
    holds others up for long and can be cut off anywhere."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    receipts: Receipts
    clock: Clock
    batch: int = 200

    async def __call__(self, *, dry_run: bool = False) -> Retention:
        async with self.store.transaction(self.tenant) as work:
            galleries = [summary.gallery for summary in await work.galleries.all()]
        done = [await self._gallery(gallery, dry_run=dry_run) for gallery in galleries]
        days = Policy().event_days
        orphans = await self._events(None, days, dry_run=dry_run)
        done.append(GalleryRetention(gallery=None, references=0, events=orphans))
        consents = await self._consents(galleries, dry_run=dry_run)
        if not dry_run:
            await self._expired("probes", lambda work: work.probes)
            await self._expired("pictures", lambda work: work.pictures)
            await self._snapshots()
        return Retention(
            galleries=tuple(one for one in done if one.references or one.events),
            consents=consents,
            dry_run=dry_run,
            recordings=await self._recordings(dry_run=dry_run),
        )

    async def _recordings(self, *, dry_run: bool) -> int:
        """Those that were indexed for a time that is over."""
        total = 0
        while True:
            async with self.store.transaction(self.tenant) as work:
                expired = await work.recordings.expired(
                    self.clock.now(), limit=_MANY if dry_run else self.batch
                )
                if dry_run or not expired:
                    return len(expired) if dry_run else total
                for recording_id in expired:
                    await work.recordings.remove(recording_id)
                    await self.ledger.note(
                        work, Action.RECORDING_REMOVED, f"recording:{recording_id}", expired=True
                    )
            total += len(expired)

    async def _expired(self, what: str, kept: Callable[[UnitOfWork], Probes | EventPictures]) -> None:
        """Templates and pictures of events, after the days that their gallery keeps them for corrections, and for
        people to look at."""
        limit = self.batch * 50
        removed = limit
        while removed == limit:
            async with self.store.transaction(self.tenant) as work:
                removed = await kept(work).purge(self.clock.now(), limit=limit)
                if removed:
                    await self.ledger.note(work, Action.RETENTION_APPLIED, "", **{what: removed})

    async def _snapshots(self) -> None:
        """The newest pictures of cameras that send none any more. Nothing is audited: they last minutes."""
        async with self.store.transaction(self.tenant) as work:
            await work.camera_pictures.purge(self.clock.now())

    async def _gallery(self, gallery: Gallery, *, dry_run: bool) -> GalleryRetention:
        return GalleryRetention(
            gallery=gallery,
            references=await self._references(gallery, dry_run=dry_run),
            events=await self._events(gallery.id, gallery.policy.event_days, dry_run=dry_run),
        )

    async def _references(self, gallery: Gallery, *, dry_run: bool) -> int:
        days = gallery.policy.reference_days
        if not days:
            return 0
        before = self.clock.now() - timedelta(days=days)
        total = 0
        while True:
            async with self.store.transaction(self.tenant) as work:
                limit = _MANY if dry_run else self.batch
                expired = await work.references.expired(gallery.id, before, limit=limit)
                if dry_run or not expired:
                    return len(expired) if dry_run else total
                await self._remove(work, gallery, expired)
                await self._note(work, gallery.id, references=len(expired), days=days)
            total += len(expired)

    async def _remove(self, work: UnitOfWork, gallery: Gallery, expired: Sequence[ReferenceId]) -> None:
        """An unknown who was only remembered goes with the last reference; one with a name stays."""
        page = await work.references.page(gallery.id, ids=expired, limit=len(expired))
        anonymous = {one.subject_id: one.subject for one in page if one.kind is SubjectKind.ANONYMOUS}
        for reference_id in expired:
            await work.references.remove(reference_id)
        for subject_id, name in anonymous.items():
            if await work.references.page(gallery.id, subject_id=subject_id, limit=1):
                continue
            await work.subjects.leave(gallery.id, subject_id)
            if not await work.subjects.names([subject_id]):
                await work.events.forget(subject_id)
                await work.jobs.forget(subject_id, name)

    async def _events(self, gallery_id: GalleryId | None, days: int, *, dry_run: bool) -> int:
        total, limit = 0, _MANY if dry_run else self.batch * 50
        while True:
            removed = await self._purge(gallery_id, days, limit, dry_run=dry_run)
            total += removed
            if removed < limit:
                return total

    async def _purge(self, gallery_id: GalleryId | None, days: int, limit: int, *, dry_run: bool) -> int:
        """One transaction; a dry run takes it back."""
        removed = 0
        try:
            async with self.store.transaction(self.tenant) as work:
                before = self.clock.now() - timedelta(days=days)
                removed = await work.events.purge(gallery_id, before, limit=limit)
                if gallery_id is not None:
                    await work.access_decisions.purge(gallery_id, before)
                    await work.attendance.purge(gallery_id, before)
                await work.corrections.purge(gallery_id, before, self.clock.now())
                _end_here(dry_run)
                if removed:
                    await self._note(work, gallery_id, events=removed, days=days)
        except _DryRun:
            return removed
        return removed

    async def _note(
        self,
        work: UnitOfWork,
        gallery_id: GalleryId | None,
        *,
        days: int,
        references: int = 0,
        events: int = 0,
    ) -> None:
        target = f"gallery:{gallery_id}" if gallery_id else ""
        await self.ledger.note(
            work, Action.RETENTION_APPLIED, target, references=references, events=events, days=days
        )

    async def _consents(self, galleries: Sequence[Gallery], *, dry_run: bool) -> int:
        """Subjects whose consent has ended and of whom a gallery that requires it still has references."""
        count = 0
        for purpose in sorted({gallery.policy.consent for gallery in galleries if gallery.policy.consent}):
            requiring = [gallery for gallery in galleries if gallery.policy.consent == purpose]
            async with self.store.transaction(self.tenant) as work:
                ended = await work.consents.ended(purpose, self.clock.now())
                concerned = await _enrolled(work, requiring, ended, self.batch)
            count += len(concerned)
            if not dry_run:
                for subject_id in concerned:
                    await self._withdraw(subject_id, purpose)
        return count

    async def _withdraw(self, subject_id: SubjectId, purpose: str) -> None:
        try:
            async with self.store.transaction(self.tenant) as work:
                subject = await work.subjects.get(subject_id)
                if await work.consents.valid(purpose, [subject_id], self.clock.now()):
                    return  # given anew in this moment
                removed = await withdrawn(work, subject, purpose)
                receipt = await self.receipts.issue(
                    work, removed, cause=Cause.CONSENT_EXPIRED, purpose=purpose
                )
                await self.ledger.note(
                    work,
                    Action.CONSENT_EXPIRED,
                    f"subject:{subject_id}",
                    purpose=purpose,
                    **Removal(removed=removed, receipt=receipt).details,
                )
        except SubjectNotFound:
            return  # erased in this moment


async def _enrolled(
    work: UnitOfWork, galleries: Sequence[Gallery], subjects: Sequence[SubjectId], batch: int
) -> list[SubjectId]:
    found: set[SubjectId] = set()
    for gallery in galleries:
        for start in range(0, len(subjects), batch):
            kept = await work.references.of_subjects(gallery.id, subjects[start : start + batch])
            found |= kept.keys()
    return sorted(found)

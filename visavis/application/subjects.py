"""Subjects: create before they are enrolled, rename, put into galleries and take out of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, SubjectSummary, UnitOfWork
from visavis.application.removal import found, member
from visavis.domain.audit import Action, Detail
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Subject, SubjectId, SubjectKind, TenantId, checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """The subjects of one tenant. Removing them is another use case: `Erase`."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def create(
        self, name: str, galleries: Sequence[Gallery] = (), *, kind: SubjectKind = SubjectKind.NAMED
    ) -> Subject:
        """A subject without references, member of these galleries: so that it can consent before it is enrolled.

        Raises `AlreadyExists`, `GalleryNotFound`, `ValueInvalid`.
        """
        subject = Subject(
            id=SubjectId(self.identifiers.new()),
            name=checked_name(name, what="subject name"),
            created_at=self.clock.now(),
            kind=kind,
        )
        async with self.store.transaction(self.tenant) as work:
            await work.subjects.add(subject)
            await self.ledger.note(work, Action.SUBJECT_CREATED, f"subject:{subject.id}", kind=kind.value)
            for gallery in galleries:
                await work.subjects.join(gallery.id, subject.id)
                await self._moved(work, subject, joined=str(gallery.id))
        return subject

    async def get(self, subject: str | SubjectId) -> SubjectSummary:
        """By name or identifier, with its galleries. Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            page = await work.subjects.page(prefix=one.name, limit=1)
        return page[0] if page else SubjectSummary(subject=one, galleries=())

    async def member(self, gallery: Gallery, subject: str | SubjectId) -> bool:
        """Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await member(work, gallery.id, await found(work, subject))

    async def page(
        self,
        *,
        gallery: Gallery | None = None,
        kind: SubjectKind | None = None,
        prefix: str = "",
        containing: str = "",
        after: str = "",
        limit: int = 100,
    ) -> list[SubjectSummary]:
        """By name."""
        async with self.store.transaction(self.tenant) as work:
            return await work.subjects.page(
                gallery_id=gallery.id if gallery else None,
                kind=kind,
                prefix=prefix,
                containing=containing,
                after=after,
                limit=limit,
            )

    async def rename(self, subject: str | SubjectId, name: str) -> Subject:
        """Whoever gets a name is no longer anonymous. Raises `SubjectNotFound`, `AlreadyExists`."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            renamed = await work.subjects.rename(
                one.id, checked_name(name, what="subject name"), kind=SubjectKind.NAMED
            )
            await self.ledger.note(
                work, Action.SUBJECT_CHANGED, f"subject:{one.id}", renamed=True, kind=renamed.kind.value
            )
        return renamed

    async def join(self, gallery: Gallery, subject: str | SubjectId) -> Subject:
        """Makes it a member. Raises `SubjectNotFound`, `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            if not await member(work, gallery.id, one):
                await work.subjects.join(gallery.id, one.id)
                await self._moved(work, one, joined=str(gallery.id))
        return one

    async def leave(self, gallery: Gallery, subject: str | SubjectId) -> int:
        """Removes its membership and references here, and the subject itself if it is in no other gallery; how many
        references. Raises `SubjectNotFound` if it is no member."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            removed = await work.subjects.leave(gallery.id, one.id)
            gone = not await work.subjects.names([one.id])
            await self._moved(work, one, left=str(gallery.id), references=removed, whole=gone)
        return removed

    async def _moved(self, work: UnitOfWork, subject: Subject, **details: Detail) -> None:
        await self.ledger.note(work, Action.SUBJECT_CHANGED, f"subject:{subject.id}", **details)

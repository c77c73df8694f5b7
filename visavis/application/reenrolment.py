"""The list of those whose references should be taken anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.ports.clock import Clock
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, SubjectSummary, UnitOfWork
from visavis.domain.decision import Outcome
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, Subject, SubjectKind, TenantId
from visavis.evaluation.ageing import Ageing, AgeingLimits, aged

_BATCH = 100
_MOST_BATCHES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReEnrolmentEntry:
    """A subject whose references should be taken anew, and why."""

    subject: Subject
    references: int
    ageing: Ageing


@dataclass(frozen=True, slots=True, kw_only=True)
class ReEnrolmentPage:
    """`next_after` is the name behind which the next page begins, `None` after the last subject. A page may be short,
    even empty, and not be the last."""

    entries: tuple[ReEnrolmentEntry, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReEnrolment:
    """Of subjects with a name; unknowns who are remembered come by themselves."""

    store: Store
    tenant: TenantId
    clock: Clock

    async def __call__(
        self, gallery: Gallery, limits: AgeingLimits, *, after: str = "", limit: int = 100
    ) -> ReEnrolmentPage:
        """By name. Looks at a thousand subjects at a time, at most."""
        found: list[ReEnrolmentEntry] = []
        for _ in range(_MOST_BATCHES):
            async with self.store.transaction(self.tenant) as work:
                page = await work.subjects.page(
                    gallery_id=gallery.id, kind=SubjectKind.NAMED, after=after, limit=_BATCH
                )
                found += await self._of(work, gallery, limits, page)
            if len(found) > limit:
                rest = found[:limit]
                return ReEnrolmentPage(entries=tuple(rest), next_after=rest[-1].subject.name)
            if len(page) < _BATCH:
                return ReEnrolmentPage(entries=tuple(found), next_after=None)
            after = page[-1].subject.name
        return ReEnrolmentPage(entries=tuple(found), next_after=after)

    async def _of(
        self, work: UnitOfWork, gallery: Gallery, limits: AgeingLimits, page: Sequence[SubjectSummary]
    ) -> list[ReEnrolmentEntry]:
        subjects = [one.subject for one in page]
        kept = await work.references.of_subjects(gallery.id, [one.id for one in subjects])
        entries = []
        for subject in subjects:
            references = kept.get(subject.id)
            if not references:
                continue
            ageing = await self._ageing(work, gallery, limits, subject, references)
            if ageing.reasons:
                entries.append(ReEnrolmentEntry(subject=subject, references=len(references), ageing=ageing))
        return entries

    async def _ageing(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        limits: AgeingLimits,
        subject: Subject,
        references: Sequence[Reference],
    ) -> Ageing:
        """Only matches since the youngest reference was made: those before say nothing about it."""
        youngest = max(one.created_at for one in references)
        wanted = EventFilter(
            gallery_id=gallery.id, subject_id=subject.id, outcome=Outcome.MATCH, since=youngest
        )
        matches = await work.events.page(wanted, limit=limits.looked_at)
        return aged(
            [(one.created_at, one.template.quality) for one in references],
            matches,
            model=str(gallery.model),
            policy=gallery.policy,
            now=self.clock.now(),
            limits=limits,
        )

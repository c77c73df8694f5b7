"""Classify queued pictures: every face leaves one event, exactly once and in order."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import groupby

from visavis.application.beside import grounds_of
from visavis.application.identify import Identification, Newcomer
from visavis.application.jobs.classify_tracks import ClassifyTracks
from visavis.application.jobs.looking import Contents, Look, looks
from visavis.application.jobs.process import fault_of
from visavis.application.kit import Kit, KitOf
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.record import Record
from visavis.application.remember import Remember
from visavis.domain.event import Event, Origin
from visavis.domain.gallery import Gallery
from visavis.domain.job import FaceResult, ItemKind, ItemResult, Job, JobItem
from visavis.domain.policy import Unknowns
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import SubjectId, TenantId

TOGETHER = 8
"""Pictures that are decided in one transaction. Where unknowns are remembered it is one: the next picture must find
whom this one showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify:
    """Implements `Handler` for jobs of the kind `classify`. Events, subjects, results and audit records of an item
    are one transaction, so a worker that is killed leaves all of it or nothing."""

    store: Store
    tenant: TenantId
    kits: KitOf
    contents: Contents
    remember: Remember
    record: Record
    tracks: ClassifyTracks
    clock: Clock
    ahead: int = 4

    async def __call__(self, job: Job, items: Sequence[JobItem]) -> None:
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.get(job.gallery_id)
        kit = await self.kits(gallery)
        for is_track, group in groupby(items, key=lambda item: item.kind is ItemKind.TRACK):
            if is_track:
                await self.tracks(job, gallery, kit, list(group))
            else:
                await self._pictures(job, gallery, kit, list(group))

    async def _pictures(self, job: Job, gallery: Gallery, kit: Kit, items: Sequence[JobItem]) -> None:
        size = 1 if gallery.policy.unknowns is Unknowns.REMEMBER else TOGETHER
        waiting: list[Look] = []
        async with aclosing(looks(kit, self.contents, job.id, items, ahead=self.ahead)) as seen:
            async for look in seen:
                if not look.gone:
                    waiting.append(look)
                if len(waiting) >= size:
                    await self._decide(job, gallery, kit, waiting)
                    waiting = []
        if waiting:
            await self._decide(job, gallery, kit, waiting)

    async def finish(self, job: Job) -> bool:  # noqa: ARG002 (nothing is left to do)
        return True

    async def _decide(self, job: Job, gallery: Gallery, kit: Kit, seen: Sequence[Look]) -> None:
        """One transaction. The search inside it is another one, on what was committed until now."""
        async with self.store.transaction(self.tenant) as work:
            if gallery.policy.unknowns is Unknowns.REMEMBER:
                await work.jobs.serialise(f"remember {gallery.id}")
            held = [look for look in seen if await work.jobs.hold(job.id, look.item.number)]
            templates = [template for look in held for template in look.templates]
            samples = [face for look in held for face in look.found if isinstance(face, Sample)]
            decided = iter(await kit.identify.probes(gallery, templates, samples) if templates else [])
            for look in held:
                results = [
                    Identification(found=face, quality=face.quality.unified)
                    if isinstance(face, Rejection)
                    else next(decided)
                    for face in look.found
                ]
                await self._item(work, job, gallery, kit, look, results)

    async def _item(
        self,
        work: UnitOfWork,
        job: Job,
        gallery: Gallery,
        kit: Kit,
        look: Look,
        results: Sequence[Identification],
    ) -> None:
        number = look.item.number
        if look.error is not None:
            await work.jobs.finish_item(
                job.id, number, self.clock.now(), result=None, fault=fault_of(look.error)
            )
            return
        results, new = await self._remembered(work, gallery, kit, look, results)
        record = replace(self.record, ledger=replace(self.record.ledger, request=job.request))
        events = [
            replace(event, subject_id=new.get(event.position, event.subject_id))
            for event in record.rows(gallery, results, _origin(job, look.item), job_id=job.id)
        ]
        grounds = grounds_of(events, results)
        kept = await record.write(work, gallery, events, grounds) if events else []
        logged = gallery.policy.event_days > 0
        result = ItemResult(
            faces=tuple(_face(event, new, logged=logged) for event in kept),
            repeated={event.id for event in kept} != {event.id for event in events},
        )
        await work.jobs.finish_item(job.id, number, self.clock.now(), result=result, fault=None)

    async def _remembered(
        self, work: UnitOfWork, gallery: Gallery, kit: Kit, look: Look, results: Sequence[Identification]
    ) -> tuple[list[Identification], dict[int, SubjectId]]:
        """What was decided, and who is new, by position. One after the other: who is twice in a picture, as in a
        mirror, is new only once."""
        decided: list[Identification] = []
        new: dict[int, Newcomer] = {}
        probes = iter(look.templates)
        for position, found in enumerate(results):
            face, result = found.found, found
            if isinstance(face, Sample):
                result = kit.identify.beside(gallery, found, next(probes), list(new.values()))
            decided.append(result)
            if self._wanted(gallery, result) and isinstance(face, Sample):
                newcomer = await self.remember(work, gallery, face, look.content, kit.inference)
                new |= {position: newcomer} if newcomer else {}
        return decided, {position: one.subject_id for position, one in new.items()}

    def _wanted(self, gallery: Gallery, result: Identification) -> bool:
        decision, face = result.decision, result.found
        if decision is None or not isinstance(face, Sample):
            return False
        return self.remember.wants(gallery, decision.outcome, face, result.quality)


def _origin(job: Job, item: JobItem) -> Origin:
    """The sender's own reference, or one that only this item has: the same item never leaves two events."""
    return Origin(
        source=job.source,
        reference=item.label or f"{job.id}:{item.number}",
        captured_at=item.captured_at or job.created_at,
    )


def _face(event: Event, new: dict[int, SubjectId], *, logged: bool) -> FaceResult:
    return FaceResult(
        position=event.position,
        event_id=event.id if logged else None,
        outcome=event.outcome,
        subject_id=event.subject_id,
        remembered=event.position in new,
        score=event.score,
        quality=event.quality,
        reasons=event.reasons,
    )

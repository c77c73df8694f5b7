"""Accept work for later: commit it first, then call a worker."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.jobs import NewItem
from visavis.application.ports.queue import Errand, Queue
from visavis.application.ports.store import Store
from visavis.domain.access import Actor
from visavis.domain.audit import Action
from visavis.domain.errors import JobNotFound, Unavailable, ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.job import ItemKind, Job, JobId, JobKind, JobOptions, stream_of
from visavis.domain.subject import TenantId, checked_name

PROCESS = "visavis.jobs.process"
"""The task whose errands have a stream as their key."""

_FITTING = {
    JobKind.CLASSIFY: {ItemKind.PHOTO, ItemKind.CROP, ItemKind.PATH, ItemKind.TRACK},
    JobKind.ENROL: {ItemKind.PHOTO, ItemKind.PATH},
    JobKind.REEMBED: {ItemKind.REFERENCE},
    JobKind.INDEX: {ItemKind.PATH},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """What one job may hold."""

    items: int = 10_000
    payload_bytes: int = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitJob:
    """Keeps a job and its items durably. When it has returned, the job will be done, whoever is killed."""

    store: Store
    tenant: TenantId
    queue: Queue
    clock: Clock
    identifiers: Identifiers
    ledger: Ledger
    limits: JobLimits = JobLimits()

    async def __call__(
        self,
        kind: JobKind,
        gallery: Gallery,
        items: AsyncIterable[NewItem],
        *,
        source: str = "",
        options: JobOptions | None = None,
    ) -> Job:
        """Raises `ValueInvalid` for items that do not fit the kind or are too many; then nothing is kept.

        A job of this identifier is the one that an earlier try of the same request has kept.
        """
        job = self._job(kind, gallery, source, options or JobOptions(), self.ledger.actor)
        async with self.store.transaction(self.tenant) as work:
            with suppress(JobNotFound):
                return await work.jobs.get(job.id)
            kept = await work.jobs.add(job, self._checked(kind, items))
            if kept.total == 0:
                raise ValueInvalid("There is nothing to do: the job has no items.")
            await self.ledger.note(
                work,
                Action.JOB_SUBMITTED,
                f"job:{job.id}",
                kind=kind.value,
                gallery=str(gallery.id),
                items=kept.total,
            )
        await call(self.queue, self.tenant, job.stream)
        return kept

    def _job(self, kind: JobKind, gallery: Gallery, source: str, options: JobOptions, actor: Actor) -> Job:
        job_id = JobId(self.identifiers.new())
        return Job(
            id=job_id,
            kind=kind,
            gallery_id=gallery.id,
            gallery=gallery.name,
            stream=stream_of(kind, job_id, gallery.id, source),
            source=source,
            actor=actor,
            request=self.ledger.request,
            options=options,
            created_at=self.clock.now(),
        )

    async def _checked(self, kind: JobKind, items: AsyncIterable[NewItem]) -> AsyncIterator[NewItem]:
        count = size = 0
        async for new in items:
            if new.item.kind not in _FITTING[kind]:
                raise ValueInvalid(f"A job of the kind {kind} takes no items of the kind {new.item.kind}.")
            if kind is JobKind.CLASSIFY and len(new.item.label) > 200:
                raise ValueInvalid("A reference has at most 200 characters.")
            if kind is JobKind.ENROL:
                checked_name(new.item.subject, what="subject name")
            count, size = count + 1, size + len(new.payload)
            if kind is not JobKind.REEMBED and (
                count > self.limits.items or size > self.limits.payload_bytes
            ):
                raise ValueInvalid(
                    f"A job takes at most {self.limits.items} items and {self.limits.payload_bytes} bytes.",
                    hint="Send several jobs; those of one source keep their order.",
                )
            yield new


async def call(queue: Queue, tenant: TenantId, stream: str) -> None:
    """Calls a worker for a stream. If that fails, the sweep does it later: what is to be done is in the store."""
    try:
        await queue.defer(Errand(task=PROCESS, tenant=tenant, key=stream))
    except Unavailable:
        return

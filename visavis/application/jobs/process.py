"""One call of a worker: the next items of a stream, in order, whatever the queue lost or said twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Protocol

from visavis.application.jobs.submit import call
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.jobs import Taken
from visavis.application.ports.queue import Queue
from visavis.application.ports.store import Store
from visavis.domain.audit import Action
from visavis.domain.errors import Unavailable, VisavisError
from visavis.domain.job import ATTEMPTS, CHUNK, Fault, Job, JobItem, JobKind
from visavis.domain.subject import TenantId


class Handler(Protocol):
    """How items of one kind of job are processed."""

    async def __call__(self, job: Job, items: Sequence[JobItem]) -> None:
        """Finishes each item, in order, in the transaction that keeps what it yielded.

        Raises `Unavailable` for what may work later; any other error ends the job.
        """
        ...

    async def finish(self, job: Job) -> bool:
        """Called when nothing waits any more; whether that is the end of the job."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStream:
    """Takes items of a stream, up to `CHUNK` at a time and for `budget_s` seconds: then other streams come first.
    Errands of one stream never run at the same time, so that order holds;
    should a worker that was thought dead go on beside another, each item is still finished only once."""

    store: Store
    tenant: TenantId
    queue: Queue
    clock: Clock
    ledger: Ledger
    handlers: Mapping[JobKind, Handler]
    budget_s: float = 10.0

    async def __call__(self, stream: str) -> int:
        """The number of items taken. Raises `Unavailable`; the sweep then calls again."""
        end = self.clock.now() + timedelta(seconds=self.budget_s)
        done, waits = 0, True
        while waits:
            async with self.store.transaction(self.tenant) as work:
                taken = await work.jobs.take(stream, CHUNK)
                for job in {one.job.id: one.job for one in taken}.values():
                    await work.jobs.start(job.id, self.clock.now())
            if not taken:
                break
            done += len(taken)
            try:
                await self._chunk(taken)
            except Unavailable:
                async with self.store.transaction(self.tenant) as work:
                    await work.jobs.release(taken)
                raise
            waits = self.clock.now() < end
        more = await self._settle(stream)
        if more or (done and not waits):
            await call(self.queue, self.tenant, stream)
        return done

    async def _chunk(self, taken: Sequence[Taken]) -> None:
        sound = [one for one in taken if one.item.attempts <= ATTEMPTS]
        for one in taken:
            if one.item.attempts > ATTEMPTS:
                await self._give_up(one)
        for _, group in groupby(sound, key=lambda one: one.job.id):
            members = list(group)
            await self._items(members[0].job, members)

    async def _items(self, job: Job, taken: Sequence[Taken]) -> None:
        try:
            await self.handlers[job.kind](job, [one.item for one in taken])
        except Unavailable:
            raise
        except VisavisError as error:
            await self._fail(job, error)

    async def _settle(self, stream: str) -> bool:
        """Ends the jobs of the stream of which nothing waits; whether one of them got more to do."""
        async with self.store.transaction(self.tenant) as work:
            ready = await work.jobs.ready(stream)
        more = False
        for job in ready:
            try:
                ended = await self.handlers[job.kind].finish(job)
            except Unavailable:
                raise
            except VisavisError as error:
                await self._fail(job, error)
                continue
            if ended:
                await self._end(job)
            more |= not ended
        return more

    async def _end(self, job: Job) -> None:
        async with self.store.transaction(self.tenant) as work:
            ended = await work.jobs.settle(job.id, self.clock.now())
            if ended is not None:
                await self.ledger.note(
                    work,
                    Action.JOB_FINISHED,
                    f"job:{job.id}",
                    state=ended.state.value,
                    succeeded=ended.succeeded,
                    failed=ended.failed,
                    cancelled=ended.cancelled,
                )

    async def _fail(self, job: Job, error: VisavisError) -> None:
        async with self.store.transaction(self.tenant) as work:
            await work.jobs.fail(job.id, self.clock.now(), fault_of(error))
            await self.ledger.note(
                work, Action.JOB_FINISHED, f"job:{job.id}", state="failed", code=error.code
            )

    async def _give_up(self, one: Taken) -> None:
        fault = Fault(
            code="abandoned", message="The worker ended each time it began this item, so it was given up."
        )
        async with self.store.transaction(self.tenant) as work:
            if await work.jobs.hold(one.job.id, one.item.number):
                await work.jobs.finish_item(
                    one.job.id, one.item.number, self.clock.now(), result=None, fault=fault
                )


def fault_of(error: VisavisError) -> Fault:
    """What is kept of an error."""
    return Fault(
        code=error.code, message=error.message, reasons=tuple(str(reason) for reason in error.reasons)
    )

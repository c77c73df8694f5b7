"""Look at jobs, and stop them."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.jobs import JobFilter
from visavis.application.ports.store import Store
from visavis.domain.audit import Action
from visavis.domain.job import ItemState, Job, JobId, JobItem
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOverview:
    """The jobs of one tenant."""

    store: Store
    tenant: TenantId
    clock: Clock
    ledger: Ledger

    async def get(self, job_id: JobId) -> Job:
        """Raises `JobNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.jobs.get(job_id)

    async def page(
        self, wanted: JobFilter | None = None, *, before: int | None = None, limit: int = 100
    ) -> Sequence[Job]:
        """The latest first; `before` is the sequence of the last job of the page before."""
        async with self.store.transaction(self.tenant) as work:
            return await work.jobs.page(wanted or JobFilter(), before=before, limit=limit)

    async def items(
        self, job_id: JobId, *, state: ItemState | None = None, after: int = -1, limit: int = 100
    ) -> Sequence[JobItem]:
        """By number; the failed ones are the failure report. Raises `JobNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.jobs.get(job_id)
            return await work.jobs.items(job_id, state=state, after=after, limit=limit)

    async def cancel(self, job_id: JobId) -> Job:
        """What is done stays done; what waits is never begun. Raises `JobNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            before = await work.jobs.get(job_id)
            after = await work.jobs.cancel(job_id, self.clock.now())
            if not before.state.final:
                await self.ledger.note(
                    work,
                    Action.JOB_FINISHED,
                    f"job:{job_id}",
                    state=after.state.value,
                    succeeded=after.succeeded,
                    failed=after.failed,
                    cancelled=after.cancelled,
                )
        return after

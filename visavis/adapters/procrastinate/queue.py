"""The queue on procrastinate, in the same PostgreSQL as everything else."""

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self

import psycopg
import psycopg_pool
from procrastinate import App, exceptions
from procrastinate.jobs import Status

from visavis.adapters.procrastinate.app import make_app, queue_of
from visavis.adapters.procrastinate.schema import provide_schema
from visavis.application.ports.queue import Errand
from visavis.domain.errors import StoreDown

_LOG = logging.getLogger("visavis.queue")


class ProcrastinateQueue:
    """Implements `visavis.application.ports.queue.Queue`. Connects at the first use.

    `stalled_s`: a worker that has given no sign of life for so long is taken for dead.
    """

    def __init__(self, url: str, *, stalled_s: float = 30.0, connections: int = 2) -> None:
        self._url = url
        self._app = make_app(url, connections=connections)
        self._stalled_s = stalled_s
        self._open = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._open:
            self._open = False
            await self._app.close_async()

    async def defer(self, errand: Errand) -> bool:
        async with self._opened() as app:
            deferrer = app.configure_task(
                errand.task,
                allow_unknown=True,
                queue=queue_of(errand.task),
                lock=_lock(errand),
                queueing_lock=_lock(errand),
            )
            try:
                await deferrer.defer_async(tenant=str(errand.tenant), key=errand.key)
            except exceptions.AlreadyEnqueued:
                return False
            return True

    async def cancel(self, errand: Errand) -> bool:
        async with self._opened() as app:
            waiting = await app.job_manager.list_jobs_async(
                queueing_lock=_lock(errand), status=Status.TODO.value
            )
            cancelled = [
                await app.job_manager.cancel_job_by_id_async(job.id, delete_job=True)
                for job in waiting
                if job.id is not None
            ]
            return any(cancelled)

    async def rescue(self) -> int:
        """What a dead worker had begun is taken from it and deferred anew, which a waiting errand makes needless."""
        async with self._opened() as app:
            stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled_s)
            count = 0
            for job in stalled:
                if job.id is None:
                    continue
                try:
                    await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
                except exceptions.ConnectorException:
                    continue  # it has ended in this moment
                count += 1
                if job.queueing_lock is None or "timestamp" in job.task_kwargs:
                    continue  # a round comes again by itself
                with contextlib.suppress(exceptions.AlreadyEnqueued):
                    await app.configure_task(
                        job.task_name,
                        allow_unknown=True,
                        queue=job.queue,
                        lock=job.lock,
                        queueing_lock=job.queueing_lock,
                    ).defer_async(**job.task_kwargs)
            if count:
                _LOG.warning("%d errands of dead workers were given to others", count)
            return count

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[App]:
        with queue_failures():
            if not self._open:
                await provide_schema(self._url)
                await self._app.open_async()
                self._open = True
            yield self._app


@contextlib.contextmanager
def queue_failures() -> Iterator[None]:
    """Whatever means "not now" is `StoreDown`, with its cause chained."""
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout) as error:
        raise StoreDown("The queue cannot be reached.") from error


def _lock(errand: Errand) -> str:
    return f"{errand.task} {errand.tenant} {errand.key}"

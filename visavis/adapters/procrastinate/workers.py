"""Workers on procrastinate."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import psycopg
import psycopg_pool
from procrastinate import App, exceptions

from visavis.adapters.procrastinate.app import ROUNDS, make_app, queue_of
from visavis.adapters.procrastinate.schema import provide_schema
from visavis.application.ports.queue import Perform, Round

_LOG = logging.getLogger("visavis.queue")
_PATIENCE_S = 2.0
_LOOK_EVERY_S = 1.0  #: nobody announces that a lock was given back


class ProcrastinateWorkers:
    """Implements `visavis.application.ports.queue.Workers` in one process.

    `concurrency` says how many errands of a task are on their way at the same time. While the database is away,
    it is tried again every two seconds. `drain_s`: how long errands may take after `stop`; then they are cut off
    between two transactions.
    """

    def __init__(
        self, url: str, concurrency: Mapping[str, int], *, stalled_s: float = 30.0, drain_s: float = 20.0
    ) -> None:
        self._url = url
        self._concurrency = concurrency
        self._stalled_s = stalled_s
        self._drain_s = drain_s
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    async def run(
        self, tasks: Mapping[str, Perform], rounds: Sequence[Round], *, until_idle: bool = False
    ) -> None:
        while not self._stopping.is_set():
            app = make_app(self._url, tasks, () if until_idle else rounds, connections=len(tasks) + 2)
            try:
                await provide_schema(self._url)
                async with app.open_async():
                    await self._work(app, list(tasks), until_idle=until_idle)
            except (
                exceptions.ConnectorException,
                psycopg.Error,
                psycopg_pool.PoolTimeout,
                ExceptionGroup,
            ) as error:
                if until_idle:
                    raise
                _LOG.warning("the queue cannot be reached (%s); trying again", type(error).__name__)
                await self._pause()
            else:
                return

    async def _work(self, app: App, tasks: Sequence[str], *, until_idle: bool) -> None:
        """One worker for each queue, so that webhooks of slow receivers never keep photos waiting."""
        queues = {queue_of(name): self._concurrency.get(name, 1) for name in tasks}
        if not until_idle:
            queues[ROUNDS] = 2
        running = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=concurrency,
                    wait=not until_idle,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=_LOOK_EVERY_S,
                    update_heartbeat_interval=self._stalled_s / 3,
                    stalled_worker_timeout=self._stalled_s,
                    shutdown_graceful_timeout=self._drain_s,
                )
            )
            for queue, concurrency in queues.items()
        ]
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            if until_idle:
                await asyncio.gather(*running)
                return
            await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for task in running:
                task.cancel()  # procrastinate takes this as the wish to end gracefully
            ended = await asyncio.gather(*running, return_exceptions=True)
        for one in ended:
            if isinstance(one, Exception):
                raise one
        if not self._stopping.is_set():
            raise exceptions.ConnectorException("A worker ended by itself.")

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), _PATIENCE_S)
        except TimeoutError:
            return

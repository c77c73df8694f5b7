"""A worker process, from its start to its end."""

import asyncio
import logging
import signal
from contextlib import suppress

from visavis.bootstrap.local import OnWait
from visavis.bootstrap.worker import Workshop, open_workshop
from visavis.domain.errors import VisavisError
from visavis.settings import Settings
from visavis.worker.alerts import speak_to_brokers, watch_alerts
from visavis.worker.doors import watch_doors
from visavis.worker.tasks import rounds, tasks

_LOG = logging.getLogger("visavis.worker")
_FEED_S = 5.0


async def work(settings: Settings, *, until_idle: bool = False, on_wait: OnWait | None = None) -> None:
    """Works until SIGTERM or SIGINT, then finishes what it began. `until_idle`: ends when nothing waits.

    Raises as `open_workshop` does.
    """
    async with open_workshop(settings, on_wait=on_wait) as workshop:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, workshop.workers.stop)
        await _look_after(workshop)
        beside = [
            asyncio.create_task(_rescue(workshop)),
            asyncio.create_task(_announce(workshop)),
            asyncio.create_task(watch_doors(workshop)),
            asyncio.create_task(watch_alerts(workshop)),
            asyncio.create_task(speak_to_brokers(workshop)),
        ]
        _LOG.info("the worker is ready")
        try:
            await workshop.workers.run(tasks(workshop), rounds(workshop), until_idle=until_idle)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        _LOG.info("the worker has ended")


async def _look_after(workshop: Workshop) -> None:
    """At once, what others left behind."""
    with suppress(VisavisError):
        await workshop.sweep.stalled()
        await workshop.sweep.jobs()
        await workshop.sweep.webhooks()


async def _rescue(workshop: Workshop) -> None:
    """In every worker and outside the queue, because a call of the queue could be what a dead worker holds."""
    while True:
        await asyncio.sleep(workshop.settings.jobs.stalled_s / 2)
        try:
            await workshop.sweep.stalled()
        except VisavisError as error:
            _LOG.warning("rescue: %s", error.code)


async def _announce(workshop: Workshop) -> None:
    """Webhooks are called when events are announced, not only when the sweep comes round."""
    async with workshop.feed.subscribe(None) as subscription:
        while True:
            if not await subscription.wait(_FEED_S):
                continue
            try:
                await workshop.sweep.webhooks()
            except VisavisError as error:
                _LOG.warning("announcing: %s", error.code)

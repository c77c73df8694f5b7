"""Decides at doors as soon as something is in the log, and looks for doors that stand open for too long."""

import asyncio
import logging

from visavis.bootstrap.worker import Workshop
from visavis.domain.errors import VisavisError

_LOG = logging.getLogger("visavis.worker")
_LOOK_S = 2.0


async def watch_doors(workshop: Workshop) -> None:
    """In every worker: the first one decides, the others find it done. Until it is cancelled."""
    async with workshop.feed.subscribe(None) as subscription:
        while True:
            heard = await subscription.wait(_LOOK_S)
            try:
                if heard:
                    await workshop.decide_access()
                await workshop.watch_contacts()
            except VisavisError as error:
                _LOG.warning("doors: %s", error.code)
                await asyncio.sleep(_LOOK_S)

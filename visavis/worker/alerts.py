"""Asks the rules of alerts as soon as something is in the log, and speaks to brokers."""

import asyncio
import logging
from contextlib import suppress

from visavis.bootstrap.worker import Workshop
from visavis.domain.errors import VisavisError

_LOG = logging.getLogger("visavis.worker")
_LOOK_S = 5.0


async def watch_alerts(workshop: Workshop) -> None:
    """In every worker: the first one asks, the others find it done. Until it is cancelled."""
    async with workshop.feed.subscribe(None) as subscription:
        while True:
            await subscription.wait(_LOOK_S)
            try:
                await workshop.alerts.evaluate()
            except VisavisError as error:
                _LOG.warning("alerts: %s", error.code)
                await asyncio.sleep(_LOOK_S)


async def speak_to_brokers(workshop: Workshop) -> None:
    """Beside the rules, because a broker may keep us waiting. When it is cancelled, other workers take over."""
    try:
        async with workshop.feed.subscribe(None) as subscription:
            while True:
                await subscription.wait(_LOOK_S)
                try:
                    await workshop.alerts.publish()
                except VisavisError as error:
                    _LOG.warning("brokers: %s", error.code)
    finally:
        with suppress(VisavisError):
            await workshop.alerts.leave()

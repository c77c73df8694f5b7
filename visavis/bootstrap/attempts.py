"""Parts of a round that do not depend on each other."""

import logging
from collections.abc import Awaitable, Callable

from visavis.domain.errors import VisavisError

_LOG = logging.getLogger("visavis.worker")


async def attempted(name: str, part: Callable[[], Awaitable[object]]) -> None:
    """Does it; where it fails, the log has the code, and what comes after it is done nevertheless."""
    try:
        await part()
    except VisavisError as error:
        _LOG.warning("%s: %s", name, error.code)

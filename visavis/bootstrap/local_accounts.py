"""The accounts on this machine, for the person at its command line."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from visavis.bootstrap.accounts import Doors
from visavis.bootstrap.local import OnWait, open_store
from visavis.domain.access import Principal, local_principal
from visavis.settings import Settings


@asynccontextmanager
async def open_doors(
    settings: Settings, *, on_wait: OnWait | None = None
) -> AsyncIterator[tuple[Doors, Principal]]:
    """Who can read the database and its keys may do everything. Raises as `open_store` does."""
    async with open_store(settings, on_wait=on_wait) as store:
        yield Doors(store=store), local_principal(f"uid-{os.getuid()}")

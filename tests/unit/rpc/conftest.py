from collections.abc import AsyncIterator

import pytest

from tests.unit.rpc.serving import Bench, serving


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A server with an empty gallery called staff."""
    async with serving() as one:
        await one.gallery()
        yield one

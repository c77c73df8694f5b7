"""Several questions to the server at once; if one fails, its own error is raised, and the others are given up."""

from asyncio import TaskGroup
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from visavis.domain.errors import VisavisError


@asynccontextmanager
async def at_once() -> AsyncIterator[TaskGroup]:
    """A group of tasks. Raises what the first of them that failed raised, not a group of errors, so that the page of
    an error can name it."""
    try:
        async with TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        first = next((one for one in group.exceptions if isinstance(one, VisavisError)), None)
        if first is None:
            raise
        raise first from None

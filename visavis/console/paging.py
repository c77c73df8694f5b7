"""The beginning of a list."""

from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def first_of(found: AsyncIterator[T], most: int) -> tuple[list[T], bool]:
    """At most `most` entries, and whether there are more."""
    kept: list[T] = []
    async for one in found:
        if len(kept) == most:
            return kept, True
        kept.append(one)
    return kept, False

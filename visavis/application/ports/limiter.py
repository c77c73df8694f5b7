"""Counting requests."""

from typing import Protocol

from visavis.domain.account import Rate


class Limiter(Protocol):
    async def take(self, name: str, rate: Rate) -> float:
        """Takes one from the bucket of this name: 0.0, or the seconds until there is one again."""
        ...

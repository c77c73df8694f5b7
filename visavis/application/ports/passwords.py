"""How passwords are kept."""

from typing import Protocol


class Passwords(Protocol):
    """Slow on purpose, so asynchronous: the work is done elsewhere."""

    async def encode(self, password: str) -> str:
        """What is stored: salted, never the same twice, with its parameters."""
        ...

    async def verify(self, encoded: str, password: str) -> bool:
        """An empty `encoded` is nobody's: that takes as long, and is false."""
        ...

    def outdated(self, encoded: str) -> bool:
        """Whether it would be encoded in another way today."""
        ...

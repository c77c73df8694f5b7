"""Which data keys a tenant has; never the keys themselves."""

from typing import Protocol

from visavis.domain.keyring import KeyState


class Keyring(Protocol):
    async def states(self) -> list[KeyState]:
        """By purpose, the current one first; empty where nothing is encrypted, in memory."""
        ...

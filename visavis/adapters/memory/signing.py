"""The signing key of a tenant in memory."""

from visavis.adapters.memory.work import Work


class MemorySigningKeys:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def seed(self) -> bytes:
        return self._work.read().signing_seed

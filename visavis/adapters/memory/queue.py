"""A queue in memory: for tests, first steps, and processes whose workers sweep anyway."""

from collections.abc import Mapping

from visavis.application.ports.queue import Errand, Perform


class MemoryQueue:
    """Implements `visavis.application.ports.queue.Queue`; errands are done when `drain` is called."""

    def __init__(self) -> None:
        self.waiting: list[Errand] = []

    async def defer(self, errand: Errand) -> bool:
        if errand in self.waiting:
            return False
        self.waiting.append(errand)
        return True

    async def cancel(self, errand: Errand) -> bool:
        if errand not in self.waiting:
            return False
        self.waiting.remove(errand)
        return True

    async def rescue(self) -> int:
        """Nobody else could have died."""
        return 0

    async def drain(self, tasks: Mapping[str, Perform]) -> int:
        """Does everything that waits, and what that leads to; how many errands."""
        count = 0
        while self.waiting:
            errand = self.waiting.pop(0)
            await tasks[errand.task](errand)
            count += 1
        return count


class NoQueue:
    """Calls nobody: workers find by sweeping what is to be done."""

    async def defer(self, errand: Errand) -> bool:  # noqa: ARG002
        return False

    async def cancel(self, errand: Errand) -> bool:  # noqa: ARG002
        return False

    async def rescue(self) -> int:
        return 0

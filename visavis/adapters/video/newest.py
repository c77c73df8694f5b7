"""A place for one thing, the newest: who comes too late finds the next one."""

import threading
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


@dataclass(slots=True, eq=False)
class Newest(Generic[Thing]):
    """Between the thread that reads and the one that looks. `dropped` counts what was replaced before it was taken."""

    dropped: int = 0
    _thing: Thing | None = None
    _ended: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, thing: Thing) -> None:
        with self._changed:
            self.dropped += self._thing is not None
            self._thing = thing
            self._changed.notify_all()

    def take(self) -> Thing | None:
        """Waits for it; `None` once it has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is not None or self._ended)
            if self._ended:
                return None
            thing, self._thing = self._thing, None
            return thing

    def end(self) -> None:
        with self._changed:
            self._ended, self._thing = True, None
            self._changed.notify_all()

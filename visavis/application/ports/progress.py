"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    def __call__(self, done: int, total: int) -> None: ...

"""The directory of this installation from which photos may be enrolled without being sent."""

from pathlib import Path
from typing import Protocol


class Imports(Protocol):
    async def read(self, path: str) -> bytes:
        """The content of a file, by its path below the directory.

        Raises `FileUnreadable` if it cannot be read, is too large, or lies outside, be it through a link.
        """
        ...

    async def locate(self, path: str) -> Path:
        """Where a file lies that is too large to be read at once. Raises `FileUnreadable` as `read` does."""
        ...

"""How many requests with pictures a process answers at a time."""

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from visavis.domain.access import Permission
from visavis.domain.errors import Overloaded

_WITH_PICTURES = frozenset(
    {
        Permission.DETECT,
        Permission.TEMPLATES,
        Permission.VERIFY,
        Permission.IDENTIFY,
        Permission.ENROL,
        Permission.INFERENCE,
    }
)


@dataclass(slots=True, kw_only=True)
class Room:
    """As many as its threads and their queue hold, over all ways in. Further ones are refused before anything of them
    is read: after the models there is still a search and a commit to be waited for, and a line there would grow
    without bound."""

    most: int
    inside: int = 0
    refused: int = 0

    @contextlib.contextmanager
    def place(self, permissions: Collection[Permission]) -> Iterator[None]:
        """For a request that needs these permissions; those without pictures take no place. Raises `Overloaded`."""
        if not _WITH_PICTURES.intersection(permissions):
            yield
            return
        if self.inside >= self.most:
            self.refused += 1
            raise Overloaded(retry_after_s=1.0)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

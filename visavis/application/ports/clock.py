"""Time and identity, so that tests can hold them still."""

import uuid
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, UTC, with time zone."""
        ...


class Identifiers(Protocol):
    def new(self) -> uuid.UUID:
        """An identifier that was never given before."""
        ...

"""The machine's own time and randomness."""

import uuid
from datetime import UTC, datetime


class SystemClock:
    """The clock of the operating system."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class RandomIdentifiers:
    """Random identifiers (UUID version 4): they say nothing about when or where they were made."""

    def new(self) -> uuid.UUID:
        return uuid.uuid4()

"""What addresses of pages ask for, read forgivingly: what makes no sense is as if it had not been asked."""

from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

Text = Annotated[str, Query(max_length=200)]


def day_of(text: str) -> date | None:
    """A day that every clock knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 9000 else None


def moment_of(text: str) -> datetime | None:
    """A time, or midnight of a day; UTC where it has no zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if 1900 < at.year < 9000 else None


def identifier_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

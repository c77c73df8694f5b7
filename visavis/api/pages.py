"""Cursor pagination: an opaque text that says where the next page begins."""

import base64
import binascii
from typing import Annotated
from uuid import UUID

from fastapi import Query

from visavis.domain.errors import ValueInvalid

Limit = Annotated[int, Query(ge=1, le=1000, description="Entries on a page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=1000, description="`next_cursor` of the page before; without it the first page."),
]


def cursor_of(place: str) -> str:
    """The cursor for the page after this place."""
    return base64.urlsafe_b64encode(b"1:" + place.encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> str:
    """The place a cursor stands for; empty for the first page. Raises `ValueInvalid`."""
    if not cursor:
        return ""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ValueInvalid("This is not a cursor.", hint="Pass `next_cursor` unchanged.") from error
    version, _, place = text.partition(":")
    if version != "1":
        raise ValueInvalid("This is not a cursor.", hint="Pass `next_cursor` unchanged.")
    return place


def number_of(cursor: str | None) -> int | None:
    """The number a cursor stands for, if one was given. Raises `ValueInvalid`."""
    place = place_of(cursor)
    if not place:
        return None
    if not (place.isascii() and place.isdigit() and len(place) < 19):
        raise ValueInvalid("This is not a cursor.", hint="Pass `next_cursor` unchanged.")
    return int(place)


def uuid_of(text: str) -> UUID:
    """An identifier. Raises `ValueInvalid`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise ValueInvalid("An identifier is a UUID.") from error

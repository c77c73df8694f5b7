"""The values that documents are made of, as narrow in the description as they are in truth."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field

PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"
"""No control characters: they have no place in names, and a database cannot keep all of them."""

LARGEST: Final = 2**63 - 1
"""What a sequence can be."""

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
"""Of a gallery or a subject."""

Text = Annotated[str, Field(max_length=200, pattern=PLAIN)]
"""A line, perhaps empty."""


def _of_our_time(moment: datetime) -> datetime:
    """Neither time zones nor clients of years with five digits can be kept."""
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("a time lies between the years 1900 and 9000")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
"""A time with its zone."""

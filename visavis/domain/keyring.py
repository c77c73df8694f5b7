"""What may be told of a tenant's data keys: when they were made and what they are for, never the keys."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyState:
    """`purpose` is what it encrypts or signs, `master` the name of the master key that it is wrapped with.

    `retired_at`: nothing new is encrypted with it since then; it is deleted when nothing old is either.
    """

    purpose: str
    master: str
    made_at: datetime
    retired_at: datetime | None

"""ETags: a digest of what the client saw, so that an update made on an old view is refused."""

import hashlib
from typing import Annotated, Any, Final

from fastapi import Header

from visavis.domain.errors import PreconditionFailed
from visavis.wire.model import Model

IfMatch = Annotated[
    str | None,
    Header(max_length=200, description="ETag that was read: the update is refused if it changed since."),
]


TAGGED: Final[dict[str, Any]] = {
    "headers": {
        "ETag": {"schema": {"type": "string"}, "description": "Send it back as If-Match with an update."}
    }
}
"""The part of `responses` that says so."""


def etag_of(seen: Model) -> str:
    """Strong: equal for equal content."""
    return '"' + hashlib.sha256(seen.model_dump_json().encode()).hexdigest()[:32] + '"'


def require_match(sent: str | None, seen: Model) -> None:
    """Raises `PreconditionFailed` if the client names another version than the one that is stored."""
    if sent is None or sent.strip() == "*":
        return
    if etag_of(seen) not in {one.strip().removeprefix("W/") for one in sent.split(",")}:
        raise PreconditionFailed

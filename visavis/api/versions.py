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


def tag_of(version: int) -> str:
    """Of what is numbered: clients that know the number know its ETag."""
    return f'"{version}"'


def require_match(sent: str | None, seen: Model) -> None:
    """Raises `PreconditionFailed` if the client names another version than the one that is stored."""
    if not is_match(sent, etag_of(seen)):
        raise PreconditionFailed


def is_match(sent: str | None, tag: str) -> bool:
    """Whether the client means this version, or any."""
    if sent is None or sent.strip() == "*":
        return True
    return tag in {one.strip().removeprefix("W/") for one in sent.split(",")}

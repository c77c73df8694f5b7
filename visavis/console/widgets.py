"""What a capture widget may do: one thing, once, for a few minutes, on one site. The site never sees an API key."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from visavis.client.asynchronous import AsyncClient
from visavis.console.seal import Seal
from visavis.domain.access import Permission
from visavis.domain.errors import NotAuthenticated, NotPermitted, ValueInvalid

_PURPOSE: Final = "widget/1"


class Operation(StrEnum):
    PICTURE = "picture"  #: the pictures go to the site, and nowhere else
    VERIFY = "verify"  #: whether it is the subject
    ENROL = "enrol"  #: the pictures become references of the subject


_NEEDS: Final = {
    Operation.PICTURE: frozenset({Permission.DETECT}),
    Operation.VERIFY: frozenset({Permission.DETECT, Permission.VERIFY}),
    Operation.ENROL: frozenset({Permission.DETECT, Permission.ENROL}),
}


class Wish(BaseModel):
    """What the server of a site asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: Operation
    origin: Annotated[str, Field(max_length=300)]
    gallery: Annotated[str, Field(max_length=200)] = ""
    subject: Annotated[str, Field(max_length=200)] = ""
    minutes: Annotated[int, Field(ge=1, le=30)] = 10
    challenge: Annotated[str, Field(max_length=50)] = "none"


class Grant(BaseModel):
    """A wish that was granted, with the key of whoever asked: sealed, so that only the console uses it. `nonce` is the
    idempotency key of the one operation."""

    model_config = ConfigDict(frozen=True)

    wish: Wish
    key: str = Field(repr=False)
    nonce: str
    expires_at: AwareDatetime

    def sealed(self, seal: Seal) -> str:
        return seal.close(_PURPOSE, self.model_dump_json())

    @classmethod
    def unsealed(cls, seal: Seal, letters: str, now: datetime) -> Self:
        """Raises `NotAuthenticated`."""
        grant = cls.model_validate_json(seal.open(_PURPOSE, letters))
        if grant.expires_at <= now:
            raise NotAuthenticated("The time for this is over.", hint="Ask the site to begin again.")
        return grant


async def granted(
    client: AsyncClient, wish: Wish, key: str, origins: tuple[str, ...], expires_at: datetime
) -> Grant:
    """Raises `NotAuthenticated`, `NotPermitted` for what the key may not do itself, and for sites that are not named in
    the settings; `ValueInvalid`."""
    if wish.origin not in origins:
        raise NotPermitted(
            "This site may not show the widget.", hint="Add its origin to VISAVIS_CONSOLE__WIDGET_ORIGINS."
        )
    if wish.operation is not Operation.PICTURE and not (wish.gallery and wish.subject):
        raise ValueInvalid("Say which gallery, and which subject.")
    me = await client.me()
    missing = _NEEDS[wish.operation] - set(me.permissions)
    if missing:
        raise NotPermitted(f"This key has not the permission {min(missing)}.")
    if me.galleries is not None and wish.gallery and wish.gallery not in me.galleries:
        raise NotPermitted("This key is limited to other galleries.")
    return Grant(wish=wish, key=key, nonce=str(uuid.uuid4()), expires_at=expires_at)

"""Accounts: tenants, the users who sign in, the API keys of applications, and sessions."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from visavis.domain.access import ROLES, Actor, ActorKind, Permission, Principal, Role
from visavis.domain.errors import NotPermitted, ValueInvalid
from visavis.domain.subject import TenantId, checked_name

UserId = NewType("UserId", uuid.UUID)
ApiKeyId = NewType("ApiKeyId", uuid.UUID)
SessionId = NewType("SessionId", uuid.UUID)

SHORTEST_PASSWORD: Final = (
    12  #: characters, as NIST SP 800-63B-4 §3.1.1.2 asks of passwords that stand almost alone
)
LONGEST_PASSWORD: Final = 1024  #: characters; hashing more would only cost time

_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Requests per minute on average, and how many may come at once (as many as in a minute, if 0)."""

    per_minute: int
    burst: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.per_minute <= 10_000_000 and 0 <= self.burst <= 10_000_000):
            raise ValueInvalid("A rate limit lies between 1 and 10,000,000 requests per minute.")

    @property
    def capacity(self) -> int:
        return self.burst or self.per_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An organisation whose data nobody else sees. While it is suspended nobody of it is let in.

    `rate` bounds all of its requests together, in each process.
    """

    id: TenantId
    name: str
    created_at: datetime
    suspended_at: datetime | None = None
    rate: Rate | None = None

    def __post_init__(self) -> None:
        checked_name(self.name, what="tenant name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user as an OpenID provider names it: `subject` is unique and never given anew at its `issuer`."""

    issuer: str
    subject: str

    def __post_init__(self) -> None:
        if not (0 < len(self.issuer) <= 500 and 0 < len(self.subject) <= 255):
            raise ValueInvalid(
                "An identity has an issuer of up to 500 and a subject of up to 255 characters."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account holder. `login` is an e-mail address or a name, unique in the installation, in lower case.

    `galleries` are the names of those it is limited to; `None` for all. A disabled user is not let in.
    """

    id: UserId
    login: str
    role: Role
    created_at: datetime
    galleries: frozenset[str] | None = None
    identity: Identity | None = None
    has_password: bool = False
    disabled_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.login != normal_login(self.login):
            raise ValueInvalid("A login is written in lower case.")

    @property
    def actor(self) -> Actor:
        return Actor(kind=ActorKind.USER, id=str(self.id))

    def principal(self, tenant: TenantId) -> Principal:
        """What this user may do."""
        return Principal(
            tenant=tenant, actor=self.actor, permissions=ROLES[self.role], galleries=self.galleries
        )


class KeyKind(StrEnum):
    """What an API key looks like, which depends on the client it is for."""

    NATIVE = "native"  #: vv_<identifier>_<secret>
    UUID = "uuid"  #: as clients of the CompreFace dialect expect
    ACCESS_KEY = "access_key"  #: a pair that signs requests (Signature Version 4) and is never sent itself


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An application's access. `label` is the part that is no secret and recognises it in lists and files.

    `last_used_at` is true to the minute.
    """

    id: ApiKeyId
    name: str
    kind: KeyKind
    label: str
    permissions: frozenset[Permission]
    created_by: Actor
    created_at: datetime
    galleries: frozenset[str] | None = None
    expires_at: datetime | None = None
    rate: Rate | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_name(self.name, what="key name")
        if not self.permissions:
            raise ValueInvalid("An API key needs at least one permission.")
        if self.galleries is not None and not self.galleries:
            raise ValueInvalid("An API key that is limited to galleries names at least one.")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    def usable(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def actor(self) -> Actor:
        return Actor(kind=ActorKind.KEY, id=str(self.id))

    def principal(self, tenant: TenantId) -> Principal:
        """What its bearer may do."""
        return Principal(
            tenant=tenant, actor=self.actor, permissions=self.permissions, galleries=self.galleries
        )


class SignInMethod(StrEnum):
    PASSWORD = "password"  # noqa: S105 (the name of the method)
    LINK = "link"  #: a one-time link, with which the password was set
    OIDC = "oidc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A user who is signed in, until `expires_at` or as long as nothing was heard for `idle_s` seconds.

    `seen_at` is true to the minute. `agent` is what the browser calls itself, for the list of sessions.
    """

    id: SessionId
    user_id: UserId
    method: SignInMethod
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    idle_s: int
    agent: str = ""

    def __post_init__(self) -> None:
        if len(self.agent) > 200 or self.idle_s < 1:
            raise ValueInvalid("An agent has at most 200 characters, a session lasts at least a second.")

    def usable(self, now: datetime) -> bool:
        return now < self.expires_at and (now - self.seen_at).total_seconds() < self.idle_s


def normal_login(login: str) -> str:
    """The login as it is compared. Raises `ValueInvalid` if empty, too long or with blanks in it."""
    normal = login.strip().casefold()
    if not _LOGIN.fullmatch(normal):
        raise ValueInvalid("A login has 1 to 200 characters and no blanks.")
    return normal


def checked_password(password: str) -> str:
    """Raises `ValueInvalid` for one that is too short or too long; nothing else is asked of it."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueInvalid(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            hint="Several words in a row are easy to remember.",
        )
    return password


def require_grantable(
    by: Principal, permissions: frozenset[Permission], galleries: frozenset[str] | None
) -> None:
    """Raises `NotPermitted` unless `by` has all of this itself: nobody gives away more than it has."""
    beyond = sorted(permissions - by.permissions)
    if beyond:
        raise NotPermitted(f"Nobody can grant a permission it does not have: {', '.join(beyond)}.")
    if by.galleries is not None and (galleries is None or not galleries <= by.galleries):
        raise NotPermitted("This caller is limited to some galleries, and so is whatever it creates.")

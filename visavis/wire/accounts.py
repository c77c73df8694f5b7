"""Users and API keys."""

from datetime import datetime
from typing import ClassVar, Final, Literal, Self

from pydantic import Field

from visavis.domain.account import ApiKey, Rate, User
from visavis.wire.model import Document, Model

SIGN_IN_PATH: Final = "/sign-in"


def link_url(base: str, token: str) -> str:
    """Where a one-time link leads. The token stands behind #, so no server and no proxy writes it into a log."""
    return f"{base.rstrip('/')}{SIGN_IN_PATH}#{token}"


class UserEntry(Model):
    """A user."""

    login: str
    id: str
    role: str
    galleries: tuple[str, ...] | None = Field(description="Those it is limited to; null for all.")
    created_at: datetime
    disabled: bool
    password: bool = Field(description="Whether it has set a password.")
    identity: str | None = Field(description="Address of the OpenID provider it signs in with.")

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            login=user.login,
            id=str(user.id),
            role=user.role.value,
            galleries=None if user.galleries is None else tuple(sorted(user.galleries)),
            created_at=user.created_at,
            disabled=user.disabled_at is not None,
            password=user.has_password,
            identity=user.identity.issuer if user.identity else None,
        )


class UsersDocument(Document):
    """Users by login: all of them, or the one that was changed."""

    title: ClassVar[str] = "users, users role"
    kind: Literal["visavis.users/1"] = Field(default="visavis.users/1", alias="schema")
    users: tuple[UserEntry, ...]
    next_after: str | None = Field(
        default=None, description="Pass it to --after for the next page; null at the end."
    )


class SignInLinkDocument(Document):
    """A one-time link. Whoever opens it first sets the user's password; it is shown only here."""

    title: ClassVar[str] = "users add, users sign-in"
    kind: Literal["visavis.sign-in-link/1"] = Field(default="visavis.sign-in-link/1", alias="schema")
    user: UserEntry
    token: str = Field(description="Secret.")
    url: str = Field(description="The same as a link. Secret.")
    expires_at: datetime


class UserRemovedDocument(Document):
    """A user was removed."""

    title: ClassVar[str] = "users remove"
    kind: Literal["visavis.user-removed/1"] = Field(default="visavis.user-removed/1", alias="schema")
    login: str
    api_keys_revoked: int


class RateNote(Model):
    """How many requests are allowed."""

    per_minute: int
    burst: int = Field(description="How many at once.")

    @classmethod
    def of(cls, rate: Rate) -> Self:
        return cls(per_minute=rate.per_minute, burst=rate.capacity)


class ApiKeyEntry(Model):
    """An API key without its secret."""

    name: str
    id: str
    kind_of_key: str = Field(description="native, uuid or access_key.")
    label: str = Field(description="The part that is no secret; of an access key, the access key id.")
    permissions: tuple[str, ...]
    galleries: tuple[str, ...] | None = Field(description="Those it is limited to; null for all.")
    rate: RateNote | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(
            name=key.name,
            id=str(key.id),
            kind_of_key=key.kind.value,
            label=key.label,
            permissions=tuple(sorted(key.permissions)),
            galleries=None if key.galleries is None else tuple(sorted(key.galleries)),
            rate=RateNote.of(key.rate) if key.rate else None,
            created_by=str(key.created_by),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


class ApiKeysDocument(Document):
    """API keys by name: all of them, or the one that was revoked."""

    title: ClassVar[str] = "api-keys, api-keys revoke"
    kind: Literal["visavis.api-keys/1"] = Field(default="visavis.api-keys/1", alias="schema")
    api_keys: tuple[ApiKeyEntry, ...]


class ApiKeyCreatedDocument(Document):
    """A new API key; the secret is shown only here."""

    title: ClassVar[str] = "api-keys create"
    kind: Literal["visavis.api-key-created/1"] = Field(default="visavis.api-key-created/1", alias="schema")
    api_key: ApiKeyEntry
    secret: str = Field(description="Secret: the whole key, or the secret that belongs to an access key id.")

"""Who may come in: users, API keys, sessions and tenants, as a unit of work of one tenant sees them.

Secrets are passed as digests (SHA-256) of random values of at least 122 bits; only the secret of an access key,
which signatures are computed with, is kept itself, encrypted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.account import ApiKey, ApiKeyId, Identity, Session, SessionId, Tenant, User, UserId
from visavis.domain.subject import TenantId


class Users(Protocol):
    async def add(self, user: User) -> None:
        """Raises `AlreadyExists` if the login or identity is taken, in whichever tenant."""
        ...

    async def get(self, user_id: UserId) -> User:
        """Raises `AccountNotFound`."""
        ...

    async def by_login(self, login: str) -> User:
        """Raises `AccountNotFound`."""
        ...

    async def by_identity(self, identity: Identity) -> User | None: ...

    async def page(self, *, after: str = "", limit: int = 100) -> list[User]:
        """By login, after the login `after`."""
        ...

    async def replace(self, user: User) -> None:
        """Role, galleries, identity and whether it is disabled; nothing else changes.

        Raises `AccountNotFound`, or `AlreadyExists` if the identity is another user's.
        """
        ...

    async def set_password(self, user_id: UserId, encoded: str) -> None:
        """Raises `AccountNotFound`."""
        ...

    async def owners(self) -> list[User]:
        """Those who are not disabled, locked until the transaction ends: of two who want to remove the last two
        owners at once, the second sees what the first did."""
        ...

    async def remove(self, user_id: UserId) -> None:
        """With its sessions and links. Raises `AccountNotFound`."""
        ...


class Links(Protocol):
    """One-time sign-in links, at most one of each user."""

    async def put(self, user_id: UserId, digest: bytes, expires_at: datetime) -> None:
        """Replaces the one before. Raises `AccountNotFound`."""
        ...

    async def take(self, digest: bytes, now: datetime) -> UserId | None:
        """Uses the link up; whose it was, unless it is unknown, used or expired."""
        ...


class ApiKeys(Protocol):
    async def add(self, key: ApiKey, digest: bytes, *, secret: str | None = None) -> None:
        """`secret` is given for access keys, whose digest is that of the label. Raises `AlreadyExists` if the name
        is taken by a key that is not revoked."""
        ...

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        """Raises `AccountNotFound`."""
        ...

    async def page(self, *, after: ApiKeyId | None = None, limit: int = 100) -> list[ApiKey]:
        """By identifier, after `after`; revoked ones, too."""
        ...

    async def by_name(self, name: str) -> ApiKey:
        """The one that is not revoked. Raises `AccountNotFound`."""
        ...

    async def replace(self, key: ApiKey) -> None:
        """Name, permissions, galleries, expiry and rate. Raises `AccountNotFound`, `AlreadyExists`."""
        ...

    async def revoke(self, key_id: ApiKeyId, at: datetime) -> bool:
        """Whether it was not revoked before. Its secret is deleted. Raises `AccountNotFound`."""
        ...

    async def created_by(self, actor: str) -> list[ApiKey]:
        """Those not revoked that this actor made."""
        ...

    async def touch(self, key_id: ApiKeyId, at: datetime) -> None:
        """Was used. Does nothing for a key that is gone."""
        ...


class Sessions(Protocol):
    async def add(self, session: Session, digest: bytes) -> None:
        """Raises `AccountNotFound` if the user is gone."""
        ...

    async def of_user(self, user_id: UserId) -> list[Session]:
        """The latest first, expired ones, too."""
        ...

    async def remove(self, session_id: SessionId) -> bool:
        """Whether it was there."""
        ...

    async def remove_all(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        """How many there were."""
        ...

    async def touch(self, session_id: SessionId, at: datetime) -> None: ...

    async def purge(self, now: datetime) -> int:
        """Forgets expired ones; how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """Somebody was sent to an OpenID provider and has not come back. `binding` is the digest of what the browser
    keeps, so that nobody else can finish it."""

    state: bytes
    binding: bytes
    redirect_uri: str
    return_to: str
    expires_at: datetime


class PendingSignIns(Protocol):
    async def add(self, pending: PendingSignIn) -> None:
        """Forgets expired ones."""
        ...

    async def take(self, state: bytes, now: datetime) -> PendingSignIn | None:
        """Removes it, so that it is used once; `None` if it is unknown or expired."""
        ...


class Tenants(Protocol):
    """All tenants of the installation. Only for those who may manage them."""

    async def add(self, tenant: Tenant) -> None:
        """Raises `AlreadyExists`."""
        ...

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Raises `AccountNotFound`."""
        ...

    async def all(self) -> list[Tenant]:
        """By name."""
        ...

    async def replace(self, tenant: Tenant) -> None:
        """Name, rate and whether it is suspended. Raises `AccountNotFound`, `AlreadyExists`."""
        ...

    async def remove(self, tenant_id: TenantId) -> None:
        """With its accounts; nothing else of it is touched, and its audit log stays. Raises `AccountNotFound`."""
        ...


class Accounts(Protocol):
    @property
    def users(self) -> Users: ...

    @property
    def links(self) -> Links: ...

    @property
    def keys(self) -> ApiKeys: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def pending(self) -> PendingSignIns: ...

    @property
    def tenants(self) -> Tenants: ...

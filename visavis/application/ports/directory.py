"""Looking up who somebody is, before it is known whose data it may see.

This is the only way across tenants, and it leads to accounts only.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from visavis.application.ports.store import Store
from visavis.domain.account import ApiKey, Session, Tenant, User
from visavis.domain.agent import Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A user; `password` is its encoded hash, empty if it has none."""

    tenant: Tenant
    user: User
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    tenant: Tenant
    user: User
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """An API key; `secret` only of an access key that is not revoked."""

    tenant: Tenant
    key: ApiKey
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """An invitation of an agent, used or not, expired or not."""

    tenant: Tenant
    invitation: Invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """How often something failed of late, and until when it is not tried again."""

    failures: int
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutRule:
    """After `free` tries without success each further one has to wait, `base_s` seconds at first and twice as long
    every time, up to `longest_s`. Forgotten `memory_s` seconds after the last try or the end of the wait."""

    free: int = 5
    base_s: float = 15.0
    longest_s: float = 3600.0
    memory_s: float = 3600.0

    def wait_s(self, tries: int) -> float:
        """What comes after this many tries without success."""
        if tries < self.free:
            return 0.0
        return min(self.base_s * 2.0 ** min(tries - self.free, 30), self.longest_s)


class Directory(Protocol):
    async def user(self, login: str) -> UserRecord | None: ...

    async def link(self, digest: bytes, now: datetime) -> UserRecord | None:
        """Whose one-time link this is; it is not used up. `None` if it is unknown or expired."""
        ...

    async def session(self, digest: bytes) -> SessionRecord | None: ...

    async def key(self, digest: bytes) -> KeyRecord | None: ...

    async def invitation(self, digest: bytes) -> InvitationRecord | None: ...

    async def attempt(self, subjects: Sequence[bytes], rule: LockoutRule, now: datetime) -> Lockout:
        """Counts a try against each of these digests, unless one of them is locked.

        If one was: until when. Else how many tries there were at most, this one counted; `until` is `None`.
        Counting comes before trying, so that tries at the same time are counted, too.
        """
        ...

    async def succeeded(self, clear: Sequence[bytes], forgive: Sequence[bytes]) -> None:
        """Forgets the tries of `clear`, and the last one of `forgive`."""
        ...


class AccountStore(Store, Protocol):
    def directory(self) -> AbstractAsyncContextManager[Directory]:
        """A transaction that sees accounts of all tenants and nothing else."""
        ...

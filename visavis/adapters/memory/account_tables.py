"""The accounts of one tenant, and what belongs to none, in dictionaries."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from visavis.application.ports.accounts import PendingSignIn
from visavis.application.ports.directory import Lockout
from visavis.application.ports.requests import RequestRow
from visavis.domain.account import ApiKey, ApiKeyId, Session, SessionId, Tenant, User, UserId
from visavis.domain.subject import DEFAULT_TENANT, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    key: ApiKey
    digest: bytes
    secret: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class AccountTables:
    """Not a value: part of `Tables`."""

    users: dict[UserId, User] = field(default_factory=dict)
    passwords: dict[UserId, str] = field(default_factory=dict)
    links: dict[bytes, tuple[UserId, datetime]] = field(default_factory=dict)
    keys: dict[ApiKeyId, KeptKey] = field(default_factory=dict)
    sessions: dict[bytes, Session] = field(default_factory=dict)
    pending: dict[bytes, PendingSignIn] = field(default_factory=dict)
    requests: dict[bytes, tuple[RequestRow, datetime]] = field(default_factory=dict)

    def copy(self) -> "AccountTables":
        return replace(
            self,
            users=dict(self.users),
            passwords=dict(self.passwords),
            links=dict(self.links),
            keys=dict(self.keys),
            sessions=dict(self.sessions),
            pending=dict(self.pending),
            requests=dict(self.requests),
        )

    def drop_sessions(self, user_id: UserId, *, but: SessionId | None = None) -> int:
        gone = [digest for digest, one in self.sessions.items() if one.user_id == user_id and one.id != but]
        for digest in gone:
            del self.sessions[digest]
        return len(gone)


@dataclass(slots=True, kw_only=True)
class Registry:
    """Not a value: the tenants of the installation, and who failed to sign in of late."""

    tenants: dict[TenantId, Tenant] = field(
        default_factory=lambda: {
            DEFAULT_TENANT: Tenant(id=DEFAULT_TENANT, name="default", created_at=datetime.now(UTC))
        }
    )
    lockouts: dict[bytes, tuple[Lockout, datetime]] = field(default_factory=dict)

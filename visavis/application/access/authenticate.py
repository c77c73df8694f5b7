"""Who is calling?"""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from visavis.application.access.tokens import digest
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.directory import AccountStore, KeyRecord, SessionRecord
from visavis.application.ports.limiter import Limiter
from visavis.domain.access import Principal
from visavis.domain.account import ApiKey, KeyKind, Rate, Session, Tenant, User
from visavis.domain.audit import Action
from visavis.domain.errors import NotAuthenticated, NotPermitted, Unavailable, VisavisError

T = TypeVar("T")

_COARSE: Final = timedelta(minutes=1)
_ONE_A_MINUTE: Final = Rate(per_minute=1, burst=1)


class Recent(Generic[T]):
    """What was looked up in the last moments, in this process. Not a value.

    A key that was revoked elsewhere is known here for `lasts` more at most; so much does every request of a
    burst not ask the database.
    """

    def __init__(self, *, lasts: timedelta = timedelta(seconds=3), most: int = 10_000) -> None:
        self._lasts = lasts
        self._most = most
        self._known: dict[bytes, tuple[datetime, T]] = {}

    def get(self, name: bytes, now: datetime) -> T | None:
        at, value = self._known.get(name, (None, None))
        if at is None or not timedelta() <= now - at < self._lasts:
            self._known.pop(name, None)
            return None
        return value

    def put(self, name: bytes, value: T, now: datetime) -> None:
        self._known.pop(name, None)
        self._known[name] = (now, value)
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]

    def clear(self) -> None:
        """After something was revoked in this process, or a notification said so."""
        self._known.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Somebody was let in: with an API key, or as a user with a session."""

    principal: Principal
    tenant: Tenant
    key: ApiKey | None = None
    user: User | None = None
    session: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """The secret of an access key, to compute the signature that a request should have. Let nobody in before they
    were compared."""

    secret: str = field(repr=False)
    admission: Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticate:
    """One per process. Unknown, revoked, expired, disabled and suspended are all answered with `NotAuthenticated`."""

    store: AccountStore
    clock: Clock
    limiter: Limiter
    keys: Recent[KeyRecord] = field(default_factory=Recent)
    sessions: Recent[SessionRecord] = field(default_factory=Recent)

    async def key(self, secret: str, *, kind: KeyKind | None = None) -> Admission:
        """By a key that is sent as it is: native or UUID, or only of this kind. Raises `NotAuthenticated`."""
        record = await self._record(digest(secret))
        if record.key.kind is KeyKind.ACCESS_KEY or (kind is not None and record.key.kind is not kind):
            raise _unknown_key()
        return _admitted(record)

    async def access_key(self, access_key_id: str) -> SigningKey:
        """What requests of this access key are signed with. Raises `NotAuthenticated`."""
        record = await self._record(digest(access_key_id))
        if record.secret is None:
            raise _unknown_key()
        return SigningKey(secret=record.secret, admission=_admitted(record))

    async def session(self, token: str) -> Admission:
        """Raises `NotAuthenticated`."""
        now, name = self.clock.now(), digest(token)
        record = self.sessions.get(name, now)
        if record is None:
            async with self.store.directory() as directory:
                record = await directory.session(name)
            if record is None:
                raise _signed_out()
            self.sessions.put(name, record, now)
            if record.session.usable(now) and now - record.session.seen_at >= _COARSE:
                async with self.store.transaction(record.tenant.id) as work:
                    await work.accounts.sessions.touch(record.session.id, now)
        principal = record.user.principal(record.tenant.id)
        if (reason := _reason_to_sign_out(record, now)) is not None:
            await self.note_refusal(principal, reason)
            raise _signed_out()
        return Admission(
            principal=principal,
            tenant=record.tenant,
            user=record.user,
            session=record.session,
        )

    def forget(self) -> None:
        """What was looked up so far. After a change in this process, which then counts at once."""
        self.keys.clear()
        self.sessions.clear()

    async def _record(self, name: bytes) -> KeyRecord:
        now = self.clock.now()
        record = self.keys.get(name, now)
        if record is None:
            async with self.store.directory() as directory:
                record = await directory.key(name)
            if record is None:
                raise _unknown_key()
            self.keys.put(name, record, now)
            await self._touch(record, now)
        if record.tenant.suspended_at is not None or not record.key.usable(now):
            await self.note_refusal(record.key.principal(record.tenant.id), _reason_to_refuse(record, now))
            raise _unknown_key()
        return record

    async def _touch(self, record: KeyRecord, now: datetime) -> None:
        used = record.key.last_used_at
        if record.key.usable(now) and (used is None or now - used >= _COARSE):
            async with self.store.transaction(record.tenant.id) as work:
                await work.accounts.keys.touch(record.key.id, now)

    async def note_error(self, by: Principal, error: VisavisError, *, request: uuid.UUID | None) -> None:
        """`note_refusal`, if the error is that this caller may not do something; as far as the store is there."""
        if isinstance(error, NotPermitted):
            with suppress(Unavailable):
                await self.note_refusal(
                    by, "not_permitted", needed=next(iter(error.reasons), None), request=request
                )

    async def note_refusal(
        self, by: Principal, reason: str, *, needed: str | None = None, request: uuid.UUID | None = None
    ) -> None:
        """That somebody who is known was not let in, or may not do something; `needed` is the permission.

        Once a minute for each caller and reason, so that a forgotten client does not fill the audit log.
        """
        if await self.limiter.take(f"refused:{by.tenant}:{by.actor}:{reason}", _ONE_A_MINUTE):
            return
        async with self.store.transaction(by.tenant) as work:
            ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
            await ledger.note(work, Action.ACCESS_REFUSED, str(by.actor), reason=reason, needed=needed)


def _reason_to_refuse(record: KeyRecord, now: datetime) -> str:
    if record.key.usable(now):
        return "suspended"
    return "revoked" if record.key.revoked_at else "expired"


def _reason_to_sign_out(record: SessionRecord, now: datetime) -> str | None:
    if record.tenant.suspended_at is not None:
        return "suspended"
    if record.user.disabled_at is not None:
        return "disabled"
    return None if record.session.usable(now) else "ended"


def _admitted(record: KeyRecord) -> Admission:
    return Admission(principal=record.key.principal(record.tenant.id), tenant=record.tenant, key=record.key)


def _unknown_key() -> NotAuthenticated:
    return NotAuthenticated(
        "This API key is unknown, revoked or expired.", hint="Create one with: visavis api-keys create"
    )


def _signed_out() -> NotAuthenticated:
    return NotAuthenticated("There is no such session, or it has ended.", hint="Sign in again.")

"""Sessions: opened after a sign-in, listed, closed."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from visavis.application.access.tokens import csrf_token, digest, new_session_token
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import Permission, Principal
from visavis.domain.account import Session, SessionId, SignInMethod, User, UserId
from visavis.domain.audit import Action
from visavis.domain.errors import AccountNotFound, NotAuthenticated
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long a session lasts: without a request, and at most."""

    idle_s: int = 2 * 3600
    longest_s: int = 12 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """A new session. `token` goes into a cookie that scripts cannot read, `csrf` to the page; neither is kept."""

    tenant: TenantId
    user: User
    session: Session
    token: str = field(repr=False)
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """The end of every way to sign in, in the transaction of that sign-in."""

    clock: Clock
    identifiers: Identifiers
    rules: SessionRules = SessionRules()

    async def __call__(
        self,
        work: UnitOfWork,
        tenant: TenantId,
        user_id: UserId,
        method: SignInMethod,
        *,
        agent: str = "",
        request: uuid.UUID | None = None,
    ) -> OpenedSession:
        """Raises `NotAuthenticated` if the user is gone or disabled by now."""
        try:
            user = await work.accounts.users.get(user_id)
        except AccountNotFound as error:
            raise NotAuthenticated("This user may not sign in.") from error
        if user.disabled_at is not None:
            raise NotAuthenticated("This user may not sign in.")
        now = self.clock.now()
        session = Session(
            id=SessionId(self.identifiers.new()),
            user_id=user.id,
            method=method,
            opened_at=now,
            seen_at=now,
            expires_at=now + timedelta(seconds=self.rules.longest_s),
            idle_s=self.rules.idle_s,
            agent="".join(c for c in agent if c.isprintable())[:200],
        )
        token = new_session_token()
        await work.accounts.sessions.add(session, digest(token))
        ledger = Ledger(actor=user.actor, clock=self.clock, request=request)
        await ledger.note(work, Action.SESSION_OPENED, f"session:{session.id}", method=method.value)
        return OpenedSession(tenant=tenant, user=user, session=session, token=token, csrf=csrf_token(token))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sessions of a user. Everybody may see and close her own; others need users:manage."""

    store: AccountStore
    clock: Clock

    async def all(self, by: Principal, user_id: UserId) -> list[Session]:
        """Those that still last, the latest first. Raises `NotPermitted`."""
        _require_self(by, user_id, Permission.USERS_READ)
        now = self.clock.now()
        async with self.store.transaction(by.tenant) as work:
            return [one for one in await work.accounts.sessions.of_user(user_id) if one.usable(now)]

    async def close(
        self, by: Principal, user_id: UserId, session_id: SessionId, *, request: uuid.UUID | None = None
    ) -> None:
        """Signs out. Raises `NotPermitted`, `AccountNotFound`."""
        _require_self(by, user_id, Permission.USERS_MANAGE)
        async with self.store.transaction(by.tenant) as work:
            kept = {one.id for one in await work.accounts.sessions.of_user(user_id)}
            if session_id not in kept:
                raise AccountNotFound("There is no such session.")
            await work.accounts.sessions.remove(session_id)
            ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
            await ledger.note(work, Action.SESSION_CLOSED, f"session:{session_id}")

    async def close_all(
        self,
        by: Principal,
        user_id: UserId,
        *,
        but: SessionId | None = None,
        request: uuid.UUID | None = None,
    ) -> int:
        """How many were closed. Raises `NotPermitted`."""
        _require_self(by, user_id, Permission.USERS_MANAGE)
        async with self.store.transaction(by.tenant) as work:
            count = await work.accounts.sessions.remove_all(user_id, but=but)
            ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
            await ledger.note(work, Action.SESSION_CLOSED, f"user:{user_id}", sessions=count)
        return count


def _require_self(by: Principal, user_id: UserId, otherwise: Permission) -> None:
    if str(by.actor) != f"user:{user_id}":
        by.require(otherwise)

"""Signing in with a password."""

import uuid
from dataclasses import dataclass, field
from typing import Final

from visavis.application.access.sessions import OpenedSession, OpenSession
from visavis.application.access.tokens import account_tries, address_tries
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.directory import AccountStore, LockoutRule, UserRecord
from visavis.application.ports.passwords import Passwords
from visavis.domain.access import Actor, ActorKind, Principal
from visavis.domain.account import (
    LONGEST_PASSWORD,
    SessionId,
    SignInMethod,
    UserId,
    checked_password,
    normal_login,
)
from visavis.domain.audit import Action
from visavis.domain.errors import NotAuthenticated, NotPermitted, QuotaExceeded, ValueInvalid
from visavis.domain.subject import DEFAULT_TENANT

SIGN_IN: Final = Actor(kind=ActorKind.SYSTEM, id="sign-in")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """An unknown login is answered like a wrong password, after as much work and with the same lock-out, so nobody
    learns who has an account."""

    store: AccountStore
    clock: Clock
    passwords: Passwords
    open_session: OpenSession
    rule: LockoutRule = field(default_factory=LockoutRule)

    async def __call__(
        self,
        login: str,
        password: str,
        *,
        address: str = "",
        agent: str = "",
        request: uuid.UUID | None = None,
    ) -> OpenedSession:
        """Raises `NotAuthenticated`, or `QuotaExceeded` after too many tries for this login or from this address."""
        login = _comparable(login)
        account, sender = _subjects(login, address)
        now = self.clock.now()
        async with self.store.directory() as directory:
            lockout = await directory.attempt([account, *sender], self.rule, now)
            found = await directory.user(login)
        if lockout.until is not None:
            raise QuotaExceeded(
                "There were too many failed sign-ins.",
                hint="Wait, or have a new sign-in link made for you.",
                retry_after_s=max((lockout.until - now).total_seconds(), 1.0),
            )
        reason = await self._reason_to_refuse(found, password)
        if found is None or reason:
            await self._note_refusal(
                found, reason, locked=lockout.failures >= self.rule.free, request=request
            )
            raise NotAuthenticated("The login or the password is wrong.")
        async with self.store.directory() as directory:
            await directory.succeeded([account], sender)
        encoded = await self.passwords.encode(password) if self.passwords.outdated(found.password) else None
        async with self.store.transaction(found.tenant.id) as work:
            opened = await self.open_session(
                work, found.tenant.id, found.user.id, SignInMethod.PASSWORD, agent=agent, request=request
            )
            if encoded is not None:
                await work.accounts.users.set_password(found.user.id, encoded)
        return opened

    async def _reason_to_refuse(self, found: UserRecord | None, password: str) -> str:
        """Empty if there is none. Takes the same time for every login."""
        right = await self.passwords.verify(found.password if found else "", password[: LONGEST_PASSWORD + 1])
        if found is None:
            return "unknown"
        if not right or len(password) > LONGEST_PASSWORD:
            return "password" if found.password else "no_password"
        if found.user.disabled_at is not None:
            return "disabled"
        return "suspended" if found.tenant.suspended_at is not None else ""

    async def _note_refusal(
        self, found: UserRecord | None, reason: str, *, locked: bool, request: uuid.UUID | None
    ) -> None:
        """Neither the login nor the address: the first may hold a password typed into the wrong field."""
        tenant = found.tenant.id if found else DEFAULT_TENANT
        async with self.store.transaction(tenant) as work:
            ledger = Ledger(actor=SIGN_IN, clock=self.clock, request=request)
            target = f"user:{found.user.id}" if found else ""
            await ledger.note(
                work, Action.SIGN_IN_REFUSED, target, method="password", reason=reason, locked=locked
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """A user who is signed in chooses another password. Her sessions end, but for the one to `keep`."""

    store: AccountStore
    clock: Clock
    passwords: Passwords
    rule: LockoutRule = field(default_factory=LockoutRule)

    async def __call__(
        self,
        by: Principal,
        present: str,
        wanted: str,
        *,
        keep: SessionId | None = None,
        request: uuid.UUID | None = None,
    ) -> None:
        """Raises `NotPermitted` for callers who are no users, `NotAuthenticated` if the present password is wrong,
        `QuotaExceeded` after too many tries, `ValueInvalid` if the wanted one is too short."""
        if by.actor.kind is not ActorKind.USER:
            raise NotPermitted("Only a user has a password.")
        checked_password(wanted)
        user_id, now = UserId(uuid.UUID(by.actor.id)), self.clock.now()
        async with self.store.transaction(by.tenant) as work:
            login = (await work.accounts.users.get(user_id)).login
        account, _ = _subjects(login, "")
        async with self.store.directory() as directory:
            lockout = await directory.attempt([account], self.rule, now)
            found = await directory.user(login)
        if lockout.until is not None:
            raise QuotaExceeded(retry_after_s=max((lockout.until - now).total_seconds(), 1.0))
        if found is None or not await self.passwords.verify(found.password, present[: LONGEST_PASSWORD + 1]):
            raise NotAuthenticated("The present password is wrong.")
        encoded = await self.passwords.encode(wanted)
        async with self.store.directory() as directory:
            await directory.succeeded([account], [])
        async with self.store.transaction(by.tenant) as work:
            await work.accounts.users.set_password(user_id, encoded)
            await work.accounts.sessions.remove_all(user_id, but=keep)
            ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
            await ledger.note(work, Action.USER_CHANGED, f"user:{user_id}", changed="password")


def _comparable(login: str) -> str:
    """What no user can be called stays as it is, and is found nowhere."""
    try:
        return normal_login(login)
    except ValueInvalid:
        return login[:1000]


def _subjects(login: str, address: str) -> tuple[bytes, list[bytes]]:
    """What tries are counted against: the account, and the address if there is one."""
    return account_tries(login), [address_tries(address)] if address else []

"""One-time links: the first start, invitations, forgotten passwords."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from visavis.application.access.sessions import OpenedSession, OpenSession
from visavis.application.access.tokens import account_tries, digest, new_link_token
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore, UserRecord
from visavis.application.ports.passwords import Passwords
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import Actor, ActorKind, Role
from visavis.domain.account import SignInMethod, User, UserId, checked_password, normal_login
from visavis.domain.audit import Action
from visavis.domain.errors import AlreadyExists, NotAuthenticated
from visavis.domain.subject import DEFAULT_TENANT

LINK_LASTS: Final = timedelta(hours=24)
FIRST_START: Final = Actor(kind=ActorKind.SYSTEM, id="first-start")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLink:
    """Shown once. Whoever has the token can set this user's password."""

    user: User
    expires_at: datetime
    token: str = field(repr=False)


async def issue_link(work: UnitOfWork, user: User, now: datetime) -> IssuedLink:
    """A new link, which replaces the one before."""
    issued = IssuedLink(user=user, expires_at=now + LINK_LASTS, token=new_link_token())
    await work.accounts.links.put(user.id, digest(issued.token), issued.expires_at)
    return issued


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """Makes sure that somebody can sign in."""

    store: AccountStore
    clock: Clock
    identifiers: Identifiers

    async def __call__(self, login: str = "owner", *, again: bool = False) -> IssuedLink | None:
        """The owner's link if there was no owner before; else `None`.

        With `again`, also for an owner who has no way to sign in yet: the link that was shown first is void then.
        """
        try:
            async with self.store.transaction(DEFAULT_TENANT) as work:
                owners = await work.accounts.users.owners()
                if not owners:
                    return await self._found(work, login)
                if again and not any(one.has_password or one.identity for one in owners):
                    return await issue_link(work, owners[0], self.clock.now())
        except AlreadyExists:
            return None  # another process was faster
        return None

    async def _found(self, work: UnitOfWork, login: str) -> IssuedLink:
        now = self.clock.now()
        user = User(
            id=UserId(self.identifiers.new()), login=normal_login(login), role=Role.OWNER, created_at=now
        )
        await work.accounts.users.add(user)
        ledger = Ledger(actor=FIRST_START, clock=self.clock)
        await ledger.note(work, Action.USER_CREATED, f"user:{user.id}", role=user.role.value)
        return await issue_link(work, user, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    """Uses a one-time link: the user chooses a password and is signed in. Her other sessions end.

    So does a lock-out.
    """

    store: AccountStore
    clock: Clock
    passwords: Passwords
    open_session: OpenSession

    async def whose(self, token: str) -> User:
        """For the page that asks for the password; the link is not used up. Raises `NotAuthenticated`."""
        return (await self._found(token)).user

    async def __call__(
        self, token: str, password: str, *, agent: str = "", request: uuid.UUID | None = None
    ) -> OpenedSession:
        """Raises `NotAuthenticated` for a link that is unknown, used or expired; `ValueInvalid` for a password that
        is too short, and then the link can still be used."""
        checked_password(password)
        found = await self._found(token)
        encoded = await self.passwords.encode(password)
        async with self.store.transaction(found.tenant.id) as work:
            user_id = await work.accounts.links.take(digest(token), self.clock.now())
            if user_id is None:
                raise _void()
            await work.accounts.users.set_password(user_id, encoded)
            await work.accounts.sessions.remove_all(user_id)
            ledger = Ledger(actor=found.user.actor, clock=self.clock, request=request)
            await ledger.note(work, Action.USER_CHANGED, f"user:{user_id}", changed="password")
            opened = await self.open_session(
                work, found.tenant.id, user_id, SignInMethod.LINK, agent=agent, request=request
            )
        async with self.store.directory() as directory:
            await directory.succeeded([account_tries(opened.user.login)], [])
        return opened

    async def _found(self, token: str) -> UserRecord:
        async with self.store.directory() as directory:
            found = await directory.link(digest(token), self.clock.now())
        if found is None or found.tenant.suspended_at is not None:
            raise _void()
        return found


def _void() -> NotAuthenticated:
    return NotAuthenticated(
        "This link is unknown, was used already, or has expired.",
        hint="Ask an administrator for a new one, or run: visavis users sign-in LOGIN",
    )

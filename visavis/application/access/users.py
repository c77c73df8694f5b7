"""Users: added, listed, given a role, disabled, removed."""

import uuid
from dataclasses import dataclass, replace

from visavis.application.access.api_keys import narrow_made_by, revoke_made_by
from visavis.application.access.links import IssuedLink, issue_link
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import ROLES, Permission, Principal, Role
from visavis.domain.account import User, UserId, normal_login, require_grantable
from visavis.domain.audit import Action
from visavis.domain.errors import LastOwner


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """What a user becomes; what is `None` stays. `everywhere` takes limits to galleries away.

    With `keep_keys`, the API keys the user made stay as they are.
    """

    role: Role | None = None
    disabled: bool | None = None
    galleries: frozenset[str] | None = None
    everywhere: bool = False
    keep_keys: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Nobody manages a user who may do more than herself; a tenant keeps at least one owner.

    API keys that a user made can do no more than the user: they lose what it loses with another role or narrower
    limits, and are revoked when it is disabled or removed, unless they are to be kept.
    """

    store: AccountStore
    clock: Clock
    identifiers: Identifiers

    async def add(
        self,
        by: Principal,
        login: str,
        role: Role,
        *,
        galleries: frozenset[str] | None = None,
        request: uuid.UUID | None = None,
    ) -> IssuedLink:
        """With a one-time link for the new user. Raises `AlreadyExists`, `NotPermitted`, `ValueInvalid`."""
        by.require(Permission.USERS_MANAGE)
        limits = by.galleries if galleries is None else galleries
        require_grantable(by, ROLES[role], limits)
        user = User(
            id=UserId(self.identifiers.new()),
            login=normal_login(login),
            role=role,
            created_at=self.clock.now(),
            galleries=limits,
        )
        async with self.store.transaction(by.tenant) as work:
            await work.accounts.users.add(user)
            await self._note(work, by, Action.USER_CREATED, user, request)
            return await issue_link(work, user, self.clock.now())

    async def page(self, by: Principal, *, after: str = "", limit: int = 100) -> list[User]:
        """By login. Raises `NotPermitted`."""
        by.require(Permission.USERS_READ)
        async with self.store.transaction(by.tenant) as work:
            return await work.accounts.users.page(after=after, limit=limit)

    async def get(self, by: Principal, user_id: UserId) -> User:
        """Oneself without any permission. Raises `AccountNotFound`, `NotPermitted`."""
        if str(by.actor) != f"user:{user_id}":
            by.require(Permission.USERS_READ)
        async with self.store.transaction(by.tenant) as work:
            return await work.accounts.users.get(user_id)

    async def by_login(self, by: Principal, login: str) -> User:
        """Raises `AccountNotFound`, `NotPermitted`."""
        by.require(Permission.USERS_READ)
        async with self.store.transaction(by.tenant) as work:
            return await work.accounts.users.by_login(normal_login(login))

    async def change(
        self, by: Principal, user_id: UserId, change: UserChange, *, request: uuid.UUID | None = None
    ) -> User:
        """Raises `AccountNotFound`, `NotPermitted`, `LastOwner`."""
        async with self.store.transaction(by.tenant) as work:
            old = await self._manageable(work, by, user_id)
            wanted = self._changed(old, change)
            require_grantable(by, ROLES[wanted.role], wanted.galleries)
            if wanted.role is not Role.OWNER or wanted.disabled_at is not None:
                await _require_other_owner(work, old)
            if wanted == old:
                return old
            await work.accounts.users.replace(wanted)
            await self._note(work, by, Action.USER_CHANGED, wanted, request)
            ledger, now = Ledger(actor=by.actor, clock=self.clock, request=request), self.clock.now()
            if wanted.disabled_at is not None:
                await work.accounts.sessions.remove_all(user_id)
            if change.keep_keys:
                return wanted
            if wanted.disabled_at is not None:
                await revoke_made_by(work, wanted.actor, now, ledger)
            elif (wanted.role, wanted.galleries) != (old.role, old.galleries):
                await narrow_made_by(work, wanted.principal(by.tenant), now, ledger)
        return wanted

    async def remove(
        self,
        by: Principal,
        user_id: UserId,
        *,
        keep_keys: bool = False,
        request: uuid.UUID | None = None,
    ) -> int:
        """Sessions end, and API keys the user made are revoked, unless they are to be kept: how many.

        Raises `AccountNotFound`, `NotPermitted`, `LastOwner`.
        """
        async with self.store.transaction(by.tenant) as work:
            user = await self._manageable(work, by, user_id)
            await _require_other_owner(work, user)
            ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
            now = self.clock.now()
            revoked = 0 if keep_keys else await revoke_made_by(work, user.actor, now, ledger)
            await work.accounts.users.remove(user_id)
            await self._note(work, by, Action.USER_REMOVED, user, request)
        return revoked

    async def sign_in_link(
        self, by: Principal, user_id: UserId, *, request: uuid.UUID | None = None
    ) -> IssuedLink:
        """A new one-time link, with which the user sets a new password. The old one works until then.

        Raises `AccountNotFound`, `NotPermitted`.
        """
        async with self.store.transaction(by.tenant) as work:
            user = await self._manageable(work, by, user_id)
            await self._note(work, by, Action.USER_CHANGED, user, request, changed="link")
            return await issue_link(work, user, self.clock.now())

    async def _manageable(self, work: UnitOfWork, by: Principal, user_id: UserId) -> User:
        by.require(Permission.USERS_MANAGE)
        user = await work.accounts.users.get(user_id)
        require_grantable(by, ROLES[user.role], user.galleries)
        return user

    def _changed(self, old: User, change: UserChange) -> User:
        galleries = old.galleries if change.galleries is None else change.galleries
        disabled_at = old.disabled_at
        if change.disabled is not None:
            disabled_at = (old.disabled_at or self.clock.now()) if change.disabled else None
        return replace(
            old,
            role=change.role or old.role,
            galleries=None if change.everywhere else galleries,
            disabled_at=disabled_at,
        )

    async def _note(
        self,
        work: UnitOfWork,
        by: Principal,
        action: Action,
        user: User,
        request: uuid.UUID | None,
        changed: str | None = None,
    ) -> None:
        await Ledger(actor=by.actor, clock=self.clock, request=request).note(
            work,
            action,
            f"user:{user.id}",
            role=user.role.value,
            disabled=user.disabled_at is not None,
            limited=user.galleries is not None,
            changed=changed,
        )


async def _require_other_owner(work: UnitOfWork, user: User) -> None:
    """Raises `LastOwner` if this is the only one who can sign in."""
    owners = await work.accounts.users.owners()
    if [one.id for one in owners] == [user.id]:
        raise LastOwner

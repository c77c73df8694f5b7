"""Tenants: added, suspended, removed, by those who run the installation."""

import uuid
from dataclasses import dataclass, replace

from visavis.application.access.links import IssuedLink, issue_link
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import Permission, Principal, Role
from visavis.domain.account import Rate, Tenant, User, UserId, normal_login
from visavis.domain.audit import Action
from visavis.domain.errors import AlreadyExists, Conflict, NotPermitted
from visavis.domain.subject import DEFAULT_TENANT, TenantId, checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """Only for the default tenant's holders of `tenants:manage`: owners of other tenants own those alone.

    Changes stand in the audit log of the default tenant.
    """

    store: AccountStore
    clock: Clock
    identifiers: Identifiers

    async def create(
        self, by: Principal, name: str, *, rate: Rate | None = None, request: uuid.UUID | None = None
    ) -> Tenant:
        """Without any user: see `invite_owner`. Raises `AlreadyExists`, `NotPermitted`, `ValueInvalid`."""
        _require_installation(by)
        tenant = Tenant(
            id=TenantId(self.identifiers.new()),
            name=checked_name(name, what="tenant name"),
            created_at=self.clock.now(),
            rate=rate,
        )
        async with self.store.transaction(by.tenant) as work:
            await work.accounts.tenants.add(tenant)
            await self._note(work, by, Action.TENANT_CREATED, tenant.id, request)
        return tenant

    async def require_free(self, by: Principal, login: str) -> None:
        """Asked before a tenant is made, so that none is made without its owner.

        Raises `AlreadyExists`, `NotPermitted`, `ValueInvalid`.
        """
        _require_installation(by)
        async with self.store.directory() as directory:
            if await directory.user(normal_login(login)) is not None:
                raise AlreadyExists(f"There is a user with the login {login} already.")

    async def invite_owner(
        self, by: Principal, tenant_id: TenantId, login: str, *, request: uuid.UUID | None = None
    ) -> IssuedLink:
        """A new owner of the tenant, with a one-time link; also when all its owners were lost.

        Raises `AccountNotFound`, `AlreadyExists`, `NotPermitted`.
        """
        _require_installation(by)
        async with self.store.transaction(by.tenant) as work:
            await work.accounts.tenants.get(tenant_id)
        user = User(
            id=UserId(self.identifiers.new()),
            login=normal_login(login),
            role=Role.OWNER,
            created_at=self.clock.now(),
        )
        async with self.store.transaction(tenant_id) as work:
            await work.accounts.users.add(user)
            ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
            await ledger.note(work, Action.USER_CREATED, f"user:{user.id}", role=user.role.value)
            return await issue_link(work, user, self.clock.now())

    async def all(self, by: Principal) -> list[Tenant]:
        """By name. Raises `NotPermitted`."""
        _require_installation(by)
        async with self.store.transaction(by.tenant) as work:
            return await work.accounts.tenants.all()

    async def change(
        self,
        by: Principal,
        tenant_id: TenantId,
        *,
        name: str,
        suspended: bool,
        rate: Rate | None,
        request: uuid.UUID | None = None,
    ) -> Tenant:
        """Raises `AccountNotFound`, `AlreadyExists`, `NotPermitted`, `Conflict` for suspending the default one."""
        _require_installation(by)
        if suspended and tenant_id == DEFAULT_TENANT:
            raise Conflict("The default tenant runs the installation, so it cannot be suspended.")
        async with self.store.transaction(by.tenant) as work:
            old = await work.accounts.tenants.get(tenant_id)
            since = (old.suspended_at or self.clock.now()) if suspended else None
            tenant = replace(old, name=checked_name(name, what="tenant name"), suspended_at=since, rate=rate)
            await work.accounts.tenants.replace(tenant)
            await self._note(work, by, Action.TENANT_CHANGED, tenant_id, request, suspended=suspended)
        return tenant

    async def remove(self, by: Principal, tenant_id: TenantId, *, request: uuid.UUID | None = None) -> None:
        """A suspended tenant without galleries and subjects, with all its accounts. Its audit log stays.

        Raises `AccountNotFound`, `NotPermitted`, `Conflict`.
        """
        _require_installation(by)
        async with self.store.transaction(by.tenant) as work:
            if (await work.accounts.tenants.get(tenant_id)).suspended_at is None:
                raise Conflict("Only a suspended tenant can be removed.", hint="Suspend it first.")
        async with self.store.transaction(tenant_id) as work:
            if await work.galleries.all() or await work.subjects.page(limit=1):
                raise Conflict("This tenant still has galleries or subjects.", hint="Remove them first.")
        async with self.store.transaction(by.tenant) as work:
            await work.accounts.tenants.remove(tenant_id)
            await self._note(work, by, Action.TENANT_REMOVED, tenant_id, request)

    async def _note(
        self,
        work: UnitOfWork,
        by: Principal,
        action: Action,
        tenant_id: TenantId,
        request: uuid.UUID | None,
        suspended: bool | None = None,
    ) -> None:
        ledger = Ledger(actor=by.actor, clock=self.clock, request=request)
        await ledger.note(work, action, f"tenant:{tenant_id}", suspended=suspended)


def _require_installation(by: Principal) -> None:
    by.require(Permission.TENANTS_MANAGE)
    by.require_everywhere()
    if by.tenant != DEFAULT_TENANT:
        raise NotPermitted("Tenants are managed from the default tenant.")

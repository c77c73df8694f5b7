"""Agents are let in: an administrator invites, the device shows its token once and gets a key of its own."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from visavis.application.access.tokens import digest, new_native_key
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.access import Actor, ActorKind, Permission, Principal, local_principal
from visavis.domain.account import ApiKey, ApiKeyId, KeyKind, UserId, require_grantable
from visavis.domain.agent import AGENT_PERMISSIONS, Agent, AgentId, Invitation, InvitationId
from visavis.domain.audit import Action
from visavis.domain.errors import (
    AccountNotFound,
    AlreadyExists,
    KeyUnavailable,
    NotAuthenticated,
    NotPermitted,
    ValueInvalid,
)
from visavis.domain.subject import TenantId

LONGEST: Final = timedelta(days=30)
TOKEN_PREFIX: Final = "va_"  # noqa: S105  # what every token begins with, so that people and scanners recognise one

_NOBODY: Final = Actor(kind=ActorKind.SYSTEM, id="enrolment")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedInvitation:
    """Shown once. Whoever has the token enrols as this agent."""

    invitation: Invitation
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """`cameras:manage` is needed, and whatever the agent will be allowed."""

    store: Store
    by: Principal
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def __call__(
        self, name: str, *, galleries: frozenset[str] | None, lasts: timedelta
    ) -> IssuedInvitation:
        """Raises `NotPermitted`, `AlreadyExists` if an agent has this name, `ValueInvalid`."""
        if not timedelta(0) < lasts <= LONGEST:
            raise ValueInvalid("An invitation lasts up to 30 days.")
        wanted = self.by.galleries if galleries is None else galleries
        _require(self.by, wanted)
        now, token = self.clock.now(), TOKEN_PREFIX + secrets.token_urlsafe(32)
        invitation = Invitation(
            id=InvitationId(self.identifiers.new()),
            name=name,
            galleries=wanted,
            invited_by=self.by.actor,
            created_at=now,
            expires_at=now + lasts,
        )
        async with self.store.transaction(self.by.tenant) as work:
            if any(one.name == name for one in await work.agents.page(limit=10_000)):
                raise AlreadyExists(f"There is an agent {name!r} already.", hint="Revoke it first.")
            await work.agents.forget_invitations(now - LONGEST)
            await work.agents.invite(invitation, digest(token))
            await self.ledger.note(
                work,
                Action.AGENT_INVITED,
                f"invitation:{invitation.id}",
                expires_at=invitation.expires_at.isoformat(),
                limited=wanted is not None,
            )
        return IssuedInvitation(invitation=invitation, token=token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What the device keeps. `key` is shown this once; `signing_key` is what it checks this server's word with."""

    agent: Agent
    signing_key: bytes
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAgent:
    """Anybody may ask; a token is the answer to who it is."""

    store: AccountStore
    clock: Clock
    identifiers: Identifiers
    signer: Signer | None

    async def __call__(self, token: str, *, sealing_key: bytes, request: uuid.UUID | None = None) -> Enrolled:
        """Raises `NotAuthenticated` for a token that is unknown, used, expired, or of somebody who may not invite any
        more; `AlreadyExists` if the name was taken meanwhile, and then the token can still be used."""
        async with self.store.directory() as directory:
            found = await directory.invitation(digest(token))
        if found is None or found.tenant.suspended_at is not None:
            raise _void()
        refused: NotAuthenticated | None = None
        async with self.store.transaction(found.tenant.id) as work:
            ledger = Ledger(actor=_NOBODY, clock=self.clock, request=request)
            reason = await self._reason_to_refuse(work, found.invitation, found.tenant.id)
            if not reason:
                return await self._enrolled(work, found.invitation, sealing_key, ledger)
            target = f"invitation:{found.invitation.id}"
            await ledger.note(work, Action.ACCESS_REFUSED, target, reason=reason)
            refused = _void()
        raise refused

    async def _reason_to_refuse(self, work: UnitOfWork, invitation: Invitation, tenant: TenantId) -> str:
        now = self.clock.now()
        if not await _may_still_invite(work, invitation, tenant, self.clock):
            return "inviter"
        if await work.agents.use(invitation.id, now):
            return ""
        return "expired" if invitation.used_at is None and now >= invitation.expires_at else "used"

    async def _enrolled(
        self, work: UnitOfWork, invitation: Invitation, sealing_key: bytes, ledger: Ledger
    ) -> Enrolled:
        if self.signer is None:
            raise KeyUnavailable("Agents need a server with a signing key.")
        label, secret = new_native_key()
        now = self.clock.now()
        key = ApiKey(
            id=ApiKeyId(self.identifiers.new()),
            name=f"agent {invitation.name}"[:200],
            kind=KeyKind.NATIVE,
            label=label,
            permissions=AGENT_PERMISSIONS,
            created_by=invitation.invited_by,
            created_at=now,
            galleries=invitation.galleries,
        )
        agent = Agent(
            id=AgentId(self.identifiers.new()),
            name=invitation.name,
            key_id=key.id,
            galleries=invitation.galleries,
            invited_by=invitation.invited_by,
            enrolled_at=now,
            sealing_key=sealing_key,
        )
        await work.accounts.keys.add(key, digest(secret))
        await work.agents.add(agent)
        told = {"invitation": str(invitation.id), "key": str(key.id)}
        await ledger.note(work, Action.AGENT_ENROLLED, f"agent:{agent.id}", **told)
        signature = await self.signer.sign(work.signing, str(agent.id).encode())
        return Enrolled(agent=agent, signing_key=signature.public_key, key=secret)


async def _may_still_invite(work: UnitOfWork, invitation: Invitation, tenant: TenantId, clock: Clock) -> bool:
    """Whether whoever invited may do so now: what was given away goes when its giver does."""
    try:
        inviter = await _principal(work, invitation.invited_by, tenant, clock)
        _require(inviter, invitation.galleries)
    except (AccountNotFound, NotPermitted):
        return False
    return True


async def _principal(work: UnitOfWork, actor: Actor, tenant: TenantId, clock: Clock) -> Principal:
    """Raises `AccountNotFound`, `NotPermitted`."""
    match actor.kind:
        case ActorKind.USER:
            user = await work.accounts.users.get(UserId(uuid.UUID(actor.id)))
            if user.disabled_at is not None:
                raise NotPermitted
            return user.principal(tenant)
        case ActorKind.KEY:
            key = await work.accounts.keys.get(ApiKeyId(uuid.UUID(actor.id)))
            if not key.usable(clock.now()):
                raise NotPermitted
            return key.principal(tenant)
        case _:
            return local_principal(actor.id, tenant)


def _require(by: Principal, galleries: frozenset[str] | None) -> None:
    by.require(Permission.CAMERAS_MANAGE)
    require_grantable(by, AGENT_PERMISSIONS, galleries)


def _void() -> NotAuthenticated:
    return NotAuthenticated(
        "This token is unknown, used or expired.", hint="Ask for another: visavis agents invite NAME"
    )

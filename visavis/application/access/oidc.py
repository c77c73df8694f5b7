"""Signing in with an OpenID provider."""

import hmac
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from visavis.application.access.api_keys import narrow_made_by
from visavis.application.access.sessions import OpenedSession, OpenSession
from visavis.application.access.sign_in import SIGN_IN
from visavis.application.access.tokens import derived, digest
from visavis.application.ledger import Ledger
from visavis.application.ports.accounts import PendingSignIn
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.identity import Claims, IdentityProvider, Proof
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import Role
from visavis.domain.account import SignInMethod, User, UserId, normal_login
from visavis.domain.audit import Action
from visavis.domain.errors import AccountNotFound, AlreadyExists, NotAuthenticated, ValueInvalid
from visavis.domain.subject import DEFAULT_TENANT, TenantId

DETOUR_LASTS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcRules:
    """Who gets in, and as what.

    `roles` maps values of the provider's claim to roles; of several the first in the order of this mapping
    counts. A user nobody has added is made at the first sign-in if `create` is set and there is a role for it,
    `default_role` at least. With `link_verified_email`, a user that was added with the e-mail address which the
    provider has verified becomes its: only for a provider that is trusted with all addresses.
    """

    tenant: TenantId = DEFAULT_TENANT
    roles: Mapping[str, Role] = field(default_factory=dict)
    default_role: Role | None = None
    create: bool = False
    link_verified_email: bool = False

    def role(self, claims: Claims) -> Role | None:
        mapped = (role for value, role in self.roles.items() if value in claims.roles)
        return next(mapped, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """Send the browser to `url`, and let it keep `binding` in a cookie that scripts cannot read, for as long."""

    url: str
    binding: str = field(repr=False)
    lasts_s: int = int(DETOUR_LASTS.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSignIn:
    """PKCE verifier and nonce are derived from what the browser keeps, so the store holds digests only."""

    store: AccountStore
    clock: Clock
    identifiers: Identifiers
    provider: IdentityProvider
    open_session: OpenSession
    rules: OidcRules = OidcRules()

    async def begin(self, *, redirect_uri: str, return_to: str = "/") -> Detour:
        """`return_to` is a path of ours. Raises `ValueInvalid`, `SourceUnreachable`, `SettingsInvalid`."""
        if not return_to.startswith("/") or return_to[1:2] in ("/", "\\") or not return_to.isprintable():
            raise ValueInvalid("After signing in, a browser returns to a path of this service only.")
        state, binding = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        url = await self.provider.authorization_url(
            redirect_uri=redirect_uri, state=state, proof=_proof(binding)
        )
        pending = PendingSignIn(
            state=digest(state),
            binding=digest(binding),
            redirect_uri=redirect_uri,
            return_to=return_to[:2000],
            expires_at=self.clock.now() + DETOUR_LASTS,
        )
        async with self.store.transaction(self.rules.tenant) as work:
            await work.accounts.pending.add(pending)
        return Detour(url=url, binding=binding)

    async def finish(
        self, *, code: str, state: str, binding: str, agent: str = "", request: uuid.UUID | None = None
    ) -> tuple[OpenedSession, str]:
        """The session, and where the browser wanted to go. Raises `NotAuthenticated`, `SourceUnreachable`."""
        async with self.store.transaction(self.rules.tenant) as work:
            pending = await work.accounts.pending.take(digest(state), self.clock.now())
        if pending is None or not hmac.compare_digest(pending.binding, digest(binding)):
            raise NotAuthenticated(
                "This sign-in was not begun in this browser, or took too long.", hint="Sign in again."
            )
        claims = await self._claims(code, pending, binding, request)
        try:
            async with self.store.transaction(self.rules.tenant) as work:
                user = await self._user(work, claims, request)
                opened = await self.open_session(
                    work, self.rules.tenant, user.id, SignInMethod.OIDC, agent=agent, request=request
                )
        except NotAuthenticated:
            await self._note_refusal("not_invited", request)
            raise
        return opened, pending.return_to

    async def _claims(
        self, code: str, pending: PendingSignIn, binding: str, request: uuid.UUID | None
    ) -> Claims:
        try:
            return await self.provider.redeem(code, redirect_uri=pending.redirect_uri, proof=_proof(binding))
        except NotAuthenticated:
            await self._note_refusal("token", request)
            raise

    async def _user(self, work: UnitOfWork, claims: Claims, request: uuid.UUID | None) -> User:
        """The user of these claims, with the role that the provider says."""
        role = self.rules.role(claims)
        user = await work.accounts.users.by_identity(claims.identity) or await self._by_email(work, claims)
        if user is None:
            return await self._created(work, claims, role or self.rules.default_role, request)
        wanted = replace(user, identity=claims.identity, role=role or user.role)
        if user.role is Role.OWNER and wanted.role is not Role.OWNER:
            owners = await work.accounts.users.owners()
            if [one.id for one in owners] == [user.id]:
                wanted = replace(wanted, role=Role.OWNER)  # a provider cannot take the last owner away
        if wanted != user:
            await work.accounts.users.replace(wanted)
            ledger = Ledger(actor=SIGN_IN, clock=self.clock, request=request)
            await ledger.note(
                work, Action.USER_CHANGED, f"user:{user.id}", role=wanted.role.value, method="oidc"
            )
            await narrow_made_by(work, wanted.principal(self.rules.tenant), self.clock.now(), ledger)
        return wanted

    async def _by_email(self, work: UnitOfWork, claims: Claims) -> User | None:
        if not (self.rules.link_verified_email and claims.email):
            return None
        try:
            found = await work.accounts.users.by_login(normal_login(claims.email))
        except AccountNotFound:
            return None
        return found if found.identity is None else None

    async def _created(
        self, work: UnitOfWork, claims: Claims, role: Role | None, request: uuid.UUID | None
    ) -> User:
        if not self.rules.create or role is None:
            raise NotAuthenticated(
                "Nobody has added this user.", hint="Ask an administrator to add you, or for a role."
            )
        user = User(
            id=UserId(self.identifiers.new()),
            login=normal_login(claims.email or claims.login or f"oidc:{claims.identity.subject[:150]}"),
            role=role,
            created_at=self.clock.now(),
            identity=claims.identity,
        )
        try:
            await work.accounts.users.add(user)
        except AlreadyExists as error:
            raise NotAuthenticated(
                "There is a user of this name already, who signs in in another way.",
                hint="An administrator can remove that one first.",
            ) from error
        ledger = Ledger(actor=SIGN_IN, clock=self.clock, request=request)
        await ledger.note(work, Action.USER_CREATED, f"user:{user.id}", role=role.value, method="oidc")
        return user

    async def _note_refusal(self, reason: str, request: uuid.UUID | None) -> None:
        async with self.store.transaction(self.rules.tenant) as work:
            ledger = Ledger(actor=SIGN_IN, clock=self.clock, request=request)
            await ledger.note(work, Action.SIGN_IN_REFUSED, method="oidc", reason=reason)


def _proof(binding: str) -> Proof:
    return Proof(verifier=derived(binding, "pkce"), nonce=derived(binding, "nonce"))

"""Composes who may come in: users, API keys, sessions, tenants."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from visavis.adapters.memory.limiter import MemoryLimiter
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.access.api_keys import ApiKeys
from visavis.application.access.authenticate import Admission, Authenticate
from visavis.application.access.idempotency import Idempotency
from visavis.application.access.links import FirstStart, SetPassword
from visavis.application.access.oidc import OidcRules, OidcSignIn
from visavis.application.access.purge import PurgeAccess
from visavis.application.access.rate_limit import RateLimit
from visavis.application.access.sessions import OpenSession, SessionRules, Sessions
from visavis.application.access.sign_in import ChangePassword, SignIn
from visavis.application.access.tenants import Tenants
from visavis.application.access.tokens import is_csrf_token
from visavis.application.access.users import Users
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.identity import IdentityProvider
from visavis.application.ports.passwords import Passwords
from visavis.domain.account import Rate
from visavis.domain.errors import DependencyMissing, NotAuthenticated, NotPermitted
from visavis.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Managing accounts: what the command line needs."""

    store: AccountStore
    clock: SystemClock = field(default_factory=SystemClock)
    identifiers: RandomIdentifiers = field(default_factory=RandomIdentifiers)

    @property
    def first_start(self) -> FirstStart:
        return FirstStart(store=self.store, clock=self.clock, identifiers=self.identifiers)

    @property
    def users(self) -> Users:
        return Users(store=self.store, clock=self.clock, identifiers=self.identifiers)

    @property
    def tenants(self) -> Tenants:
        return Tenants(store=self.store, clock=self.clock, identifiers=self.identifiers)

    @property
    def keys(self) -> ApiKeys:
        return ApiKeys(store=self.store, clock=self.clock, identifiers=self.identifiers)

    @property
    def sessions(self) -> Sessions:
        return Sessions(store=self.store, clock=self.clock)

    @property
    def purge(self) -> PurgeAccess:
        return PurgeAccess(store=self.store, clock=self.clock)

    @property
    def idempotency(self) -> Idempotency:
        return Idempotency(store=self.store, clock=self.clock, identifiers=self.identifiers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a request says about who sends it. Never logged.

    `session` is the session cookie, `csrf` the header that must accompany it on writes, `address` the
    client's address as far as it can be trusted; `safe` is whether the request changes nothing.
    """

    bearer: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    csrf: str = field(default="", repr=False)
    address: str = ""
    safe: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Where every request of a process comes in. `doors` and the rest are for the routes behind it."""

    doors: Doors
    authenticate: Authenticate
    rate_limit: RateLimit
    sign_in: SignIn
    set_password: SetPassword
    change_password: ChangePassword
    oidc: OidcSignIn | None

    async def __call__(self, credentials: Credentials) -> Admission:
        """An API key, or a session with its CSRF token where something changes.

        Raises `NotAuthenticated`, `NotPermitted` for a wrong CSRF token, `QuotaExceeded`.
        """
        await self.rate_limit.address(credentials.address)
        admission = await self.again(credentials)
        changes = admission.session is not None and not credentials.safe
        if changes and not is_csrf_token(credentials.session, credentials.csrf):
            await self.authenticate.note_refusal(admission.principal, "csrf")
            raise NotPermitted("The CSRF token of this session is missing or wrong.")
        await self.rate_limit(admission)
        return admission

    async def again(self, credentials: Credentials) -> Admission:
        """Whether somebody who was let in, and stays, would still be; it costs nothing of a rate.

        Raises `NotAuthenticated`.
        """
        if credentials.bearer:
            return await self.authenticate.key(credentials.bearer)
        if credentials.session:
            return await self.authenticate.session(credentials.session)
        raise NotAuthenticated(hint="Send an API key: Authorization: Bearer vv_…")


@asynccontextmanager
async def entrance(
    settings: Settings,
    store: AccountStore,
    *,
    passwords: Passwords | None = None,
    provider: IdentityProvider | None = None,
) -> AsyncIterator[Entrance]:
    """The entrance of one process. Raises `DependencyMissing`, `SettingsInvalid`."""
    doors = Doors(store=store)
    clock, identifiers = doors.clock, doors.identifiers
    limiter = MemoryLimiter()
    rules = SessionRules(idle_s=settings.access.session_idle_s, longest_s=settings.access.session_longest_s)
    opening = OpenSession(clock=clock, identifiers=identifiers, rules=rules)
    chosen = passwords or _argon2()
    rate = settings.access.address_rate
    async with AsyncExitStack() as stack:
        found = provider or await _provider(settings, stack)
        yield Entrance(
            doors=doors,
            authenticate=Authenticate(store=store, clock=clock, limiter=limiter),
            rate_limit=RateLimit(
                limiter=limiter,
                per_address=Rate(per_minute=rate) if rate else None,
                per_sign_in=Rate(per_minute=settings.access.sign_in_rate),
            ),
            sign_in=SignIn(store=store, clock=clock, passwords=chosen, open_session=opening),
            set_password=SetPassword(store=store, clock=clock, passwords=chosen, open_session=opening),
            change_password=ChangePassword(store=store, clock=clock, passwords=chosen),
            oidc=_oidc(settings, doors, opening, found) if found else None,
        )


def _argon2() -> Passwords:
    try:
        from visavis.adapters.passwords.argon2 import Argon2Passwords
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return Argon2Passwords()


async def _provider(settings: Settings, stack: AsyncExitStack) -> IdentityProvider | None:
    given = settings.oidc
    if given.issuer is None:
        return None
    try:
        import httpx

        from visavis.adapters.oidc.provider import OidcClient, OidcProvider
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    client = OidcClient(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=given.client_secret.get_secret_value() if given.client_secret else "",
        scopes=tuple(given.scopes.split()),
        roles_claim=given.roles_claim,
    )
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0))
    return OidcProvider(client, http)


def _oidc(settings: Settings, doors: Doors, opening: OpenSession, provider: IdentityProvider) -> OidcSignIn:
    given = settings.oidc
    rules = OidcRules(
        roles=given.roles,
        default_role=given.default_role,
        create=given.create_users,
        link_verified_email=given.link_by_email,
    )
    return OidcSignIn(
        store=doors.store,
        clock=doors.clock,
        identifiers=doors.identifiers,
        provider=provider,
        open_session=opening,
        rules=rules,
    )


def _missing(error: ModuleNotFoundError) -> DependencyMissing:
    return DependencyMissing(
        f"The package {error.name}, which signing in needs, is not installed.",
        hint="Run: pip install 'visavis[server]'",
    )

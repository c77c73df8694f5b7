"""Signing in, users, API keys, tenants."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr

from visavis.domain.access import ActorKind, Permission, Principal, Role
from visavis.domain.account import ApiKey, KeyKind, Rate, Session, SignInMethod, Tenant, User
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Moment, Name, closed

Password = Annotated[SecretStr, Field(min_length=1, max_length=1024, examples=["correct horse battery"])]
Login = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]


class SignInRequest(Model):
    model_config = closed(login="ada@example.org", password="correct horse battery")  # noqa: S106 (an example)

    login: Annotated[str, Field(min_length=1, max_length=200, examples=["owner"])]
    password: Password


OneTimeToken = Annotated[SecretStr, Field(min_length=1, max_length=300, description="Of the one-time link.")]


class OneTimeRequest(Model):
    """The first sign-in, or one after a lost password."""

    model_config = closed(token="vvl_k3JX", password="correct horse battery")  # noqa: S106 (an example)

    token: OneTimeToken
    password: Annotated[
        SecretStr, Field(min_length=1, max_length=1024, description="The one to use from now on.")
    ]


class OneTimeAsked(Model):
    """Whether a one-time link can still be used, and by whom."""

    model_config = closed(token="vvl_k3JX")  # noqa: S106 (an example)

    token: OneTimeToken


class PasswordChange(Model):
    model_config = closed(present="correct horse battery", wanted="staple, battery, horse")

    present: Password
    wanted: Password


class RateNote(Model):
    """Requests that are let through."""

    model_config = closed(per_minute=600, burst=50)

    per_minute: Annotated[int, Field(ge=1, le=1_000_000)]
    burst: Annotated[int, Field(ge=0, le=1_000_000, description="At once; 0: a minute's worth.")] = 0

    @classmethod
    def of(cls, rate: Rate) -> Self:
        return cls(per_minute=rate.per_minute, burst=rate.burst)

    @property
    def rate(self) -> Rate:
        return Rate(per_minute=self.per_minute, burst=self.burst)


class Me(Model):
    """The caller."""

    kind: ActorKind
    id: str = Field(description="Of the user or the key.")
    tenant: Identifier
    permissions: tuple[Permission, ...]
    galleries: tuple[str, ...] | None = Field(description="Null: all.")
    login: str = Field(default="", description="Of a user who is signed in.")
    csrf: str = Field(
        default="", description="Of a session: send it as X-CSRF-Token with every write. Empty for keys."
    )

    @classmethod
    def of(cls, principal: Principal, *, login: str = "", csrf: str = "") -> Self:
        return cls(
            kind=principal.actor.kind,
            id=principal.actor.id,
            tenant=str(principal.tenant),
            permissions=tuple(sorted(principal.permissions)),
            galleries=None if principal.galleries is None else tuple(sorted(principal.galleries)),
            login=login,
            csrf=csrf,
        )


class UserNote(Model):
    id: Identifier
    login: str
    role: Role
    galleries: tuple[str, ...] | None
    created_at: datetime
    signs_in_with: Literal["nothing yet", "password", "provider"]
    disabled: bool

    @classmethod
    def of(cls, user: User) -> Self:
        way: Literal["nothing yet", "password", "provider"] = (
            "password" if user.has_password else "nothing yet"
        )
        return cls(
            id=str(user.id),
            login=user.login,
            role=user.role,
            galleries=None if user.galleries is None else tuple(sorted(user.galleries)),
            created_at=user.created_at,
            signs_in_with="provider" if user.identity else way,
            disabled=user.disabled_at is not None,
        )


class SignInWays(Model):
    """How people may sign in here."""

    password: bool = True
    provider: bool = Field(description="With the identity provider of the organisation: /v1/auth/oidc.")


class SignedIn(Model):
    """A session was opened: its token is in a cookie that scripts cannot read."""

    user: UserNote
    csrf: str = Field(description="Send it as X-CSRF-Token with every write.")
    expires_at: datetime


class ProviderState(Model):
    """How users sign in with an identity provider (OpenID Connect); no secret is in it."""

    configured: bool
    issuer: str = ""
    client_id: str = ""
    scopes: str = ""
    callback: str = Field(default="", description="What the provider has to know as a redirect address.")
    roles_claim: str = Field(default="", description="Where a token names groups or roles.")
    roles: dict[str, Role] = Field(default_factory=dict, description="Which value of it gives which role.")
    default_role: Role | None = None
    creates_users: bool = False
    links_by_email: bool = False


class UserList(Page):
    users: tuple[UserNote, ...]


class UserCreate(Model):
    model_config = closed(login="ada@example.org", role="operator", galleries=["staff"])

    login: Annotated[Login, Field(examples=["ada@example.org"])]
    role: Role
    galleries: Annotated[
        tuple[Name, ...] | None, Field(max_length=1000, description="Galleries it is limited to; null: all.")
    ] = None


class UserEdit(Model):
    """What to change; what is left out stays as it is."""

    model_config = closed(role="reviewer", everywhere=True)

    role: Role | None = None
    disabled: bool | None = None
    galleries: Annotated[tuple[Name, ...] | None, Field(max_length=1000)] = None
    everywhere: Annotated[bool, Field(description="Lift the limit to some galleries.")] = False
    keep_keys: Annotated[
        bool,
        Field(
            description="Leave the API keys the user made as they are. Otherwise they lose what the user loses, and "
            "are revoked when it is disabled."
        ),
    ] = False


class OneTimeLink(Model):
    """Works once, for a day; it is shown only here."""

    login: str
    token: str
    url: str
    expires_at: datetime


class UserCreated(Model):
    user: UserNote
    sign_in: OneTimeLink


class SessionNote(Model):
    id: Identifier
    method: SignInMethod
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(
            id=str(session.id),
            method=session.method,
            opened_at=session.opened_at,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
            agent=session.agent,
        )


class SessionList(Model):
    sessions: tuple[SessionNote, ...]


class KeyCreate(Model):
    """A new API key, with no more rights than its maker has."""

    model_config = closed(
        name="front door",
        permissions=["identify"],
        galleries=["staff"],
        expires_at="2027-12-31T00:00:00Z",
        rate={"per_minute": 600},
    )

    name: Annotated[Name, Field(examples=["front door"])]
    permissions: Annotated[tuple[Permission, ...], Field(min_length=1)]
    kind: Annotated[
        KeyKind,
        Field(
            description="native: vv_…; uuid: as CompreFace clients send it; access_key: a pair for AWS signatures."
        ),
    ] = KeyKind.NATIVE
    galleries: Annotated[tuple[Name, ...] | None, Field(max_length=1000)] = None
    expires_at: Moment | None = None
    rate: RateNote | None = None


class KeyEdit(Model):
    """What to change; what is left out stays as it is. No more rights than the caller has."""

    model_config = closed(name="back door", permissions=["identify", "verify"])

    name: Name | None = None
    permissions: Annotated[tuple[Permission, ...] | None, Field(min_length=1)] = None
    galleries: Annotated[tuple[Name, ...] | None, Field(max_length=1000)] = None
    expires_at: Moment | None = None
    rate: RateNote | None = None


class KeyNote(Model):
    """An API key without its secret."""

    id: Identifier
    name: str
    kind: KeyKind
    label: str = Field(description="The part of the key that may be shown.")
    permissions: tuple[Permission, ...]
    galleries: tuple[str, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    rate: RateNote | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(
            id=str(key.id),
            name=key.name,
            kind=key.kind,
            label=key.label,
            permissions=tuple(sorted(key.permissions)),
            galleries=None if key.galleries is None else tuple(sorted(key.galleries)),
            created_by=str(key.created_by),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
            rate=RateNote.of(key.rate) if key.rate else None,
        )


class KeyList(Page):
    keys: tuple[KeyNote, ...]


class KeyCreated(Model):
    """The only time the secret is shown."""

    key: KeyNote
    secret: str


class TenantNote(Model):
    id: Identifier
    name: str
    created_at: datetime
    suspended: bool
    rate: RateNote | None

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        return cls(
            id=str(tenant.id),
            name=tenant.name,
            created_at=tenant.created_at,
            suspended=tenant.suspended_at is not None,
            rate=RateNote.of(tenant.rate) if tenant.rate else None,
        )


class TenantList(Model):
    tenants: tuple[TenantNote, ...]


class TenantCreate(Model):
    model_config = closed(name="Branch office", owner="owner@example.org")

    name: Annotated[Name, Field(examples=["Branch office"])]
    owner: Annotated[Login, Field(examples=["owner@example.org"], description="Login of its first owner.")]
    rate: RateNote | None = None


class TenantCreated(Model):
    tenant: TenantNote
    sign_in: OneTimeLink


class TenantEdit(Model):
    model_config = closed(name="Branch office", suspended=False)

    name: Annotated[Name, Field(examples=["Branch office"])]
    suspended: bool = False
    rate: RateNote | None = None

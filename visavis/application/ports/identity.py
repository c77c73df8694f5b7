"""Signing in with an OpenID provider: authorization code with PKCE (RFC 7636) and a nonce (OpenID Connect Core)."""

from dataclasses import dataclass, field
from typing import Protocol

from visavis.domain.account import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the provider vouches for. `roles` are the values of the configured claim; `email` is set only if the
    provider says that it was verified."""

    identity: Identity
    login: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The secrets of one sign-in: the PKCE verifier (43 to 128 characters) and the nonce."""

    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


class IdentityProvider(Protocol):
    async def authorization_url(self, *, redirect_uri: str, state: str, proof: Proof) -> str:
        """Where the browser is sent. Raises `SourceUnreachable`, `SettingsInvalid`."""
        ...

    async def redeem(self, code: str, *, redirect_uri: str, proof: Proof) -> Claims:
        """Exchanges the code. Raises `NotAuthenticated` for a code or token that does not hold,
        `SourceUnreachable` if the provider does not answer."""
        ...

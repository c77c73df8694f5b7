"""What a provider answers, read carefully."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import httpx

from visavis.domain.errors import NotAuthenticated, SourceUnreachable

_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Public-key signatures only: with HS256 the client's secret, and with none nothing, would be the key."""
_LONGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    basic_authentication: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    id_token: str = field(repr=False)


async def fetched(
    http: httpx.AsyncClient,
    request: httpx.Request,
    *,
    auth: httpx.BasicAuth | None = None,
    refused: Collection[int] = (),
) -> Mapping[str, object]:
    """A JSON object. Raises `SourceUnreachable`, or `NotAuthenticated` for a status of `refused`. Redirects are not
    followed: what is sent is secret."""
    try:
        response = await http.send(request, auth=auth, follow_redirects=False)
        if response.status_code in refused:
            raise NotAuthenticated("The OpenID provider did not accept this sign-in.", hint="Sign in again.")
        response.raise_for_status()
        answer = response.json() if len(response.content) <= _LONGEST_ANSWER else None
    except (httpx.HTTPError, ValueError) as error:
        raise SourceUnreachable("The OpenID provider does not answer.", hint="Try again later.") from error
    if not isinstance(answer, dict):
        raise SourceUnreachable("The OpenID provider answers in another way than expected.")
    return answer


def configuration_of(answer: Mapping[str, object]) -> Configuration:
    """Raises `SourceUnreachable`."""
    offered = _strings(answer.get("id_token_signing_alg_values_supported"))
    methods = _strings(answer.get("token_endpoint_auth_methods_supported"))
    return Configuration(
        issuer=_text(answer, "issuer"),
        authorization_endpoint=_text(answer, "authorization_endpoint"),
        token_endpoint=_text(answer, "token_endpoint"),
        jwks_uri=_text(answer, "jwks_uri"),
        algorithms=tuple(one for one in _ALGORITHMS if one in offered) or ("RS256",),
        basic_authentication=not methods or "client_secret_basic" in methods,
    )


def tokens_of(answer: Mapping[str, object]) -> Tokens:
    """Raises `SourceUnreachable`."""
    return Tokens(id_token=_text(answer, "id_token"))


def _text(answer: Mapping[str, object], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise SourceUnreachable(f"The OpenID provider's answer lacks {name}.")
    return value


def _strings(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

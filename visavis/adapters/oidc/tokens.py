"""ID tokens (OpenID Connect Core 1.0 §3.1.3.7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from visavis.application.ports.identity import Claims
from visavis.domain.account import Identity
from visavis.domain.errors import NotAuthenticated

_LEEWAY_S = 60  #: by how much clocks may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCheck:
    """What a token has to say. `now` is Unix time in seconds."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...]
    now: Callable[[], float]

    def __call__(self, token: str, keys: Mapping[str, object]) -> Mapping[str, object]:
        """Its claims: signature, issuer, audience, expiry and subject hold. Raises `NotAuthenticated`."""
        try:
            known = KeySet.import_key_set(cast("KeySetSerialization", keys))
            found = jwt.decode(token, known, algorithms=list(self.algorithms)).claims
            jwt.JWTClaimsRegistry(
                now=int(self.now()),
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True},
            ).validate(found)
        except (JoseError, ValueError) as error:
            raise NotAuthenticated("The OpenID provider's token does not hold.") from error
        audience, party = found.get("aud"), found.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or (
            party is not None and party != self.client_id
        ):
            raise NotAuthenticated("The OpenID provider's token was made for another application.")
        return found

    def names_unknown_key(self, token: str, keys: Mapping[str, object]) -> bool:
        """Whether the token's header names a key that is not among these."""
        try:
            wanted = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError):
            return False
        published = keys.get("keys")
        known = published if isinstance(published, list) else []
        return wanted is not None and all(one.get("kid") != wanted for one in known if isinstance(one, dict))


def claims_of(found: Mapping[str, object], *, roles_claim: str) -> Claims:
    """What is used of a token that holds. Raises `ValueInvalid` for a subject that is too long."""
    email = found.get("email")
    verified = found.get("email_verified") is True and isinstance(email, str)
    return Claims(
        identity=Identity(issuer=str(found["iss"]), subject=str(found["sub"])),
        login=str(found.get("preferred_username") or ""),
        email=str(email) if verified else "",
        roles=_values(found, roles_claim),
    )


def _values(found: Mapping[str, object], path: str) -> tuple[str, ...]:
    """The strings at this path: one, or a list of them. A claim may have dots in its own name, as URLs do."""
    value: object = found.get(path) if path in found else found
    if value is found:
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

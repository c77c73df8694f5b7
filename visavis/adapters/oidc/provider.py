"""Any OpenID Connect provider that publishes its configuration (OpenID Connect Discovery 1.0)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx

from visavis.adapters.oidc.documents import Configuration, Tokens, configuration_of, fetched, tokens_of
from visavis.adapters.oidc.tokens import TokenCheck, claims_of
from visavis.application.ports.identity import Claims, Proof
from visavis.domain.errors import NotAuthenticated, SettingsInvalid, SourceUnreachable

_KEPT_S: Final = 3600.0
_KEYS_AT_MOST_EVERY_S: Final = 10.0  #: forged key ids must not make us ask the provider all the time


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """How this installation is known to the provider. `roles_claim` may be a path, as realm_access.roles."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: Sequence[str] = ("openid", "email", "profile")
    roles_claim: str = ""

    def __post_init__(self) -> None:
        address = urlsplit(self.issuer)
        local = address.hostname in ("localhost", "127.0.0.1", "::1")
        if not self.client_id or not address.hostname or not (address.scheme == "https" or local):
            raise SettingsInvalid("An OpenID provider has an https:// address and a client id.")


class OidcProvider:
    """`http` is closed by whoever made it. Configuration and keys are fetched at the first use and kept for an hour;
    keys also when a token names one that is not known, because providers change theirs."""

    def __init__(
        self, client: OidcClient, http: httpx.AsyncClient, *, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._http = http
        self._now = now
        self._configuration: tuple[float, Configuration] | None = None
        self._keys: tuple[float, Mapping[str, object]] | None = None

    async def authorization_url(self, *, redirect_uri: str, state: str, proof: Proof) -> str:
        configuration = await self._configured()
        challenge = hashlib.sha256(proof.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client.client_id,
                "redirect_uri": redirect_uri,
                "scope": " ".join(self._client.scopes),
                "state": state,
                "nonce": proof.nonce,
                "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
                "code_challenge_method": "S256",
            }
        )
        separator = "&" if urlsplit(configuration.authorization_endpoint).query else "?"
        return f"{configuration.authorization_endpoint}{separator}{query}"

    async def redeem(self, code: str, *, redirect_uri: str, proof: Proof) -> Claims:
        configuration = await self._configured()
        tokens = await self._exchanged(configuration, code, redirect_uri, proof)
        check = TokenCheck(
            issuer=configuration.issuer,
            client_id=self._client.client_id,
            algorithms=configuration.algorithms,
            now=self._now,
        )
        keys = await self._published(configuration)
        if check.names_unknown_key(tokens.id_token, keys):
            keys = await self._published(configuration, older_than_s=_KEYS_AT_MOST_EVERY_S)
        found = check(tokens.id_token, keys)
        if not hmac.compare_digest(str(found.get("nonce", "")).encode(), proof.nonce.encode()):
            raise NotAuthenticated("The provider's token was made for another sign-in.")
        return claims_of(found, roles_claim=self._client.roles_claim)

    async def _exchanged(
        self, configuration: Configuration, code: str, redirect_uri: str, proof: Proof
    ) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": proof.verifier,
            "client_id": self._client.client_id,
        }
        auth = None
        if self._client.client_secret and configuration.basic_authentication:
            auth = httpx.BasicAuth(
                urlencode({"": self._client.client_id})[1:], urlencode({"": self._client.client_secret})[1:]
            )
        elif self._client.client_secret:
            form["client_secret"] = self._client.client_secret
        request = self._http.build_request("POST", configuration.token_endpoint, data=form)
        return tokens_of(await fetched(self._http, request, auth=auth, refused=(400, 401, 403)))

    async def _configured(self) -> Configuration:
        if self._configuration is None or self._now() - self._configuration[0] > _KEPT_S:
            address = self._client.issuer.rstrip("/") + "/.well-known/openid-configuration"
            answer = await fetched(self._http, self._http.build_request("GET", address))
            configuration = configuration_of(answer)
            if configuration.issuer != self._client.issuer:
                raise SettingsInvalid(
                    "The OpenID provider calls itself by another address than the settings.",
                    hint=f"Set the issuer to exactly what {address} says.",
                )
            self._configuration = (self._now(), configuration)
        return self._configuration[1]

    async def _published(
        self, configuration: Configuration, *, older_than_s: float = _KEPT_S
    ) -> Mapping[str, object]:
        if self._keys is None or self._now() - self._keys[0] > older_than_s:
            request = self._http.build_request("GET", configuration.jwks_uri)
            answer = await fetched(self._http, request)
            if not isinstance(answer.get("keys"), list):
                raise SourceUnreachable("The OpenID provider publishes no keys.")
            self._keys = (self._now(), answer)
        return self._keys[1]

"""An OpenID provider in the process: it checks what a provider checks, and can be told to misbehave."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

ISSUER = "https://id.example"
CLIENT = "visavis"
SECRET = "s3cret:with/odd chars"  # noqa: S105
START = 1_780_000_000


@dataclass
class Provider:
    """`http` reaches it. `forge` changes the claims of a token, `sign_with` its key, `named` the key's id."""

    forge: Callable[[dict[str, object]], object] = lambda claims: None
    sign_with: RSAKey | None = None
    token_of: Callable[[str], str] = lambda token: token
    claims: dict[str, object] = field(default_factory=lambda: {"sub": "42", "preferred_username": "ada"})
    issuer: str = ISSUER
    time: float = START
    methods: tuple[str, ...] = ("client_secret_basic",)
    asked: list[str] = field(default_factory=list)
    down: bool = False

    def __post_init__(self) -> None:
        self.codes: dict[str, dict[str, str]] = {}
        self.keys: list[RSAKey] = []
        self.new_key()
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    def new_key(self) -> None:
        """From now on signs with another key."""
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})]

    def authorize(self, url: str) -> tuple[str, str]:
        """The user agrees: code and state, as the browser brings them back."""
        query = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_hex(8)
        self.codes[code] = query
        return code, query["state"]

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if self.down:
            raise httpx.ConnectError("down", request=request)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(200, json=self._configuration())
        if path == "/jwks":
            public: Any = KeySet(list(self.keys)).as_dict(private=False)
            return httpx.Response(200, json=public)
        if path == "/token":
            return self._token(request)
        return httpx.Response(404)

    def _configuration(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": list(self.methods),
        }

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        query = self.codes.pop(form["code"], None)
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        if query is None or not self._authenticated(request, form):
            return httpx.Response(400, json={"error": "invalid_grant"})
        proven = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == query["code_challenge"]
        if not proven or form["redirect_uri"] != query["redirect_uri"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"id_token": self._signed(query["nonce"]), "access_token": "x"})

    def _authenticated(self, request: httpx.Request, form: dict[str, str]) -> bool:
        if "client_secret_basic" not in self.methods:
            return form.get("client_secret") == SECRET
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        name, _, secret = given.partition(":")
        return parse_qs(f"a={name}&b={secret}") == {"a": [CLIENT], "b": [SECRET]}

    def _signed(self, nonce: str) -> str:
        now = int(self.time)
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            **self.claims,
        }
        self.forge(claims)
        key = self.sign_with or self.keys[0]
        token = jwt.encode({"alg": "RS256", "kid": self.keys[0].kid}, claims, key)
        return self.token_of(token)


def unsigned(token: str) -> str:
    """The same claims with the algorithm "none"."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def altered(token: str) -> str:
    """Other claims under the old signature."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "1"
    other = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{other}.{signature}"

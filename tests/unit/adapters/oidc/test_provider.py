"""Signing in with an OpenID provider, end to end in one process."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

import pytest
from joserfc.jwk import RSAKey

from tests.unit.adapters.oidc.identity_provider import (
    CLIENT,
    ISSUER,
    SECRET,
    START,
    Provider,
    altered,
    unsigned,
)
from tests.unit.application.access.conftest import PASSWORD, House
from visavis.adapters.oidc.provider import OidcClient, OidcProvider
from visavis.application.access.oidc import OidcRules, OidcSignIn
from visavis.application.ports.identity import Claims, Proof
from visavis.domain.access import Role
from visavis.domain.account import Identity, SignInMethod
from visavis.domain.errors import (
    NotAuthenticated,
    SettingsInvalid,
    SourceUnreachable,
    ValueInvalid,
)

pytestmark = pytest.mark.anyio

BACK = "https://faces.example/v1/auth/oidc/callback"
PROOF = Proof(verifier="v" * 43, nonce="n" * 43)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def client(provider: Provider) -> OidcProvider:
    return made(provider)


def made(provider: Provider, **more: str) -> OidcProvider:
    settings = OidcClient(
        issuer=ISSUER, client_id=CLIENT, client_secret=SECRET, roles_claim=more.get("roles_claim", "")
    )
    return OidcProvider(settings, provider.http, now=lambda: provider.time)


async def redeemed(provider: Provider, client: OidcProvider) -> Claims:
    url = await client.authorization_url(redirect_uri=BACK, state="s", proof=PROOF)
    code, _ = provider.authorize(url)
    return await client.redeem(code, redirect_uri=BACK, proof=PROOF)


async def test_a_code_becomes_claims(provider: Provider, client: OidcProvider) -> None:
    provider.claims |= {"email": "Ada@example.org", "email_verified": True}
    claims = await redeemed(provider, client)
    assert claims == Claims(
        identity=Identity(issuer=ISSUER, subject="42"), login="ada", email="Ada@example.org"
    )
    assert provider.asked == ["/.well-known/openid-configuration", "/token", "/jwks"]
    await redeemed(provider, client)
    assert provider.asked[3:] == ["/token"]


async def test_the_secret_goes_where_the_provider_wants_it(provider: Provider, client: OidcProvider) -> None:
    provider.methods = ("client_secret_post",)
    assert (await redeemed(provider, client)).login == "ada"


@pytest.mark.parametrize("verified", [False, None, "true"])
async def test_an_address_that_was_not_verified_is_none(
    provider: Provider, client: OidcProvider, verified: object
) -> None:
    provider.claims |= {"email": "ada@example.org", "email_verified": verified}
    assert (await redeemed(provider, client)).email == ""


FORGERIES: dict[str, Callable[[dict[str, object]], object]] = {
    "nonce": lambda claims: claims.update(nonce="of another sign-in"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "issuer": lambda claims: claims.update(iss="https://evil.example"),
    "audience": lambda claims: claims.update(aud="another application"),
    "audiences": lambda claims: claims.update(aud=["another application", "and one more"]),
    "several audiences without a party": lambda claims: claims.update(aud=[CLIENT, "another"]),
    "party": lambda claims: claims.update(azp="another application"),
    "expired": lambda claims: claims.update(exp=START - 61),
    "no expiry": lambda claims: claims.pop("exp"),
    "of the future": lambda claims: claims.update(iat=START + 600),
    "no subject": lambda claims: claims.pop("sub"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_claims_that_do_not_hold(provider: Provider, client: OidcProvider, forgery: str) -> None:
    provider.forge = FORGERIES[forgery]
    with pytest.raises(NotAuthenticated):
        await redeemed(provider, client)


@pytest.mark.parametrize("spoil", [altered, unsigned, lambda token: token[:-8] + "AAAAAAAA", lambda _: "x"])
async def test_tokens_that_were_tampered_with(
    provider: Provider, client: OidcProvider, spoil: Callable[[str], str]
) -> None:
    provider.token_of = spoil
    with pytest.raises(NotAuthenticated):
        await redeemed(provider, client)


async def test_a_signature_of_somebody_else(provider: Provider, client: OidcProvider) -> None:
    provider.sign_with = RSAKey.generate_key(2048, {"kid": str(provider.keys[0].kid)})
    with pytest.raises(NotAuthenticated):
        await redeemed(provider, client)


async def test_the_public_key_is_no_shared_secret(provider: Provider, client: OidcProvider) -> None:
    def confused(token: str) -> str:
        header = {"alg": "HS256", "kid": provider.keys[0].kid}
        head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        body = f"{head}.{token.split('.')[1]}"
        mac = hmac.digest(provider.keys[0].as_pem(private=False), body.encode(), hashlib.sha256)
        return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    provider.token_of = confused
    with pytest.raises(NotAuthenticated):
        await redeemed(provider, client)


async def test_one_of_several_audiences_with_the_right_party(
    provider: Provider, client: OidcProvider
) -> None:
    provider.forge = lambda claims: claims.update(aud=[CLIENT, "another"], azp=CLIENT)
    assert (await redeemed(provider, client)).login == "ada"


async def test_new_keys_are_fetched_when_a_token_names_one_but_not_all_the_time(
    provider: Provider, client: OidcProvider
) -> None:
    await redeemed(provider, client)
    provider.new_key()
    provider.time += 11
    await redeemed(provider, client)
    assert provider.asked.count("/jwks") == 2
    provider.new_key()
    with pytest.raises(NotAuthenticated):
        await redeemed(provider, client)
    assert provider.asked.count("/jwks") == 2


async def test_a_wrong_code_and_a_wrong_verifier(provider: Provider, client: OidcProvider) -> None:
    url = await client.authorization_url(redirect_uri=BACK, state="s", proof=PROOF)
    with pytest.raises(NotAuthenticated):
        await client.redeem("unknown", redirect_uri=BACK, proof=PROOF)
    code, _ = provider.authorize(url)
    with pytest.raises(NotAuthenticated):
        await client.redeem(code, redirect_uri=BACK, proof=Proof(verifier="w" * 43, nonce=PROOF.nonce))


async def test_a_provider_that_is_down_or_another(provider: Provider) -> None:
    provider.down = True
    with pytest.raises(SourceUnreachable):
        await redeemed(provider, made(provider))
    provider.down, provider.issuer = False, "https://evil.example"
    with pytest.raises(SettingsInvalid):
        await redeemed(provider, made(provider))


def test_a_provider_without_tls_is_refused() -> None:
    with pytest.raises(SettingsInvalid):
        OidcClient(issuer="http://id.example", client_id=CLIENT)
    OidcClient(issuer="http://localhost:8080/realms/x", client_id=CLIENT)


@pytest.mark.parametrize(
    ("claims", "path", "expected"),
    [
        ({"groups": ["a", "b", 3]}, "groups", ("a", "b")),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ("a",)),
        ({"https://x.example/roles": "a"}, "https://x.example/roles", ("a",)),
        ({"realm_access": "x"}, "realm_access.roles", ()),
        ({}, "", ()),
    ],
)
async def test_roles_are_found_where_the_settings_say(
    provider: Provider, claims: dict[str, object], path: str, expected: tuple[str, ...]
) -> None:
    provider.claims |= claims
    assert (await redeemed(provider, made(provider, roles_claim=path))).roles == expected


def sign_in(house: House, provider: Provider, **rules: object) -> OidcSignIn:
    return OidcSignIn(
        store=house.store,
        clock=house.clock,
        identifiers=house.identifiers,
        provider=made(provider, roles_claim="groups"),
        open_session=house.open_session,
        rules=OidcRules(**rules),  # type: ignore[arg-type]
    )


@pytest.fixture
def house() -> House:
    return House()


ROLES = {"admins": Role.ADMINISTRATOR, "staff": Role.OPERATOR}


async def test_the_first_sign_in_makes_a_user_whose_role_follows_the_provider(
    house: House, provider: Provider
) -> None:
    use = sign_in(house, provider, roles=ROLES, create=True)
    provider.claims |= {"groups": ["staff"]}
    detour = await use.begin(redirect_uri=BACK, return_to="/console?x=1")
    code, state = provider.authorize(detour.url)
    assert detour.binding not in detour.url
    opened, back = await use.finish(code=code, state=state, binding=detour.binding, agent="Firefox")
    assert (opened.user.login, opened.user.role, back) == ("ada", Role.OPERATOR, "/console?x=1")
    assert opened.session.method is SignInMethod.OIDC
    assert (await house.authenticate.session(opened.token)).user == opened.user
    provider.claims |= {"groups": ["staff", "admins"]}
    detour = await use.begin(redirect_uri=BACK)
    code, state = provider.authorize(detour.url)
    again, _ = await use.finish(code=code, state=state, binding=detour.binding)
    assert (again.user.id, again.user.role) == (opened.user.id, Role.ADMINISTRATOR)
    assert await house.actions() == [
        *("user.created", "session.opened", "user.changed", "session.opened"),
    ]


async def test_only_the_browser_that_began_can_finish_and_only_once(house: House, provider: Provider) -> None:
    use = sign_in(house, provider, default_role=Role.AUDITOR, create=True)
    detour = await use.begin(redirect_uri=BACK)
    code, state = provider.authorize(detour.url)
    with pytest.raises(NotAuthenticated):
        await use.finish(code=code, state=state, binding="of an attacker")
    with pytest.raises(NotAuthenticated):
        await use.finish(code=code, state=state, binding=detour.binding)
    late = await use.begin(redirect_uri=BACK)
    code, state = provider.authorize(late.url)
    house.clock.wait(minutes=10)
    with pytest.raises(NotAuthenticated):
        await use.finish(code=code, state=state, binding=late.binding)


async def test_strangers_stay_outside(house: House, provider: Provider) -> None:
    for rules in ({"default_role": Role.AUDITOR}, {"create": True, "roles": ROLES}):
        use = sign_in(house, provider, **rules)
        detour = await use.begin(redirect_uri=BACK)
        code, state = provider.authorize(detour.url)
        with pytest.raises(NotAuthenticated):
            await use.finish(code=code, state=state, binding=detour.binding)
    assert await house.actions() == ["sign_in.refused", "sign_in.refused"]


@pytest.mark.parametrize("trusted", [True, False])
async def test_an_invited_user_is_linked_by_verified_address_only_if_the_rules_say_so(
    house: House, provider: Provider, trusted: bool
) -> None:
    owner = await house.owner()
    invited = await house.users.add(owner, "ada@example.org", Role.REVIEWER)
    provider.claims |= {"email": "Ada@example.org", "email_verified": True}
    use = sign_in(house, provider, link_verified_email=trusted)
    detour = await use.begin(redirect_uri=BACK)
    code, state = provider.authorize(detour.url)
    if not trusted:
        with pytest.raises(NotAuthenticated):
            await use.finish(code=code, state=state, binding=detour.binding)
        return
    opened, _ = await use.finish(code=code, state=state, binding=detour.binding)
    assert (opened.user.id, opened.user.role) == (invited.user.id, Role.REVIEWER)
    assert opened.user.identity == Identity(issuer=ISSUER, subject="42")


async def test_a_login_that_belongs_to_somebody_is_not_taken_over(house: House, provider: Provider) -> None:
    await house.owner()
    provider.claims |= {"preferred_username": "owner"}
    use = sign_in(house, provider, default_role=Role.AUDITOR, create=True)
    detour = await use.begin(redirect_uri=BACK)
    code, state = provider.authorize(detour.url)
    with pytest.raises(NotAuthenticated):
        await use.finish(code=code, state=state, binding=detour.binding)
    await house.sign_in("owner", PASSWORD)


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\nb"])
async def test_browsers_are_not_sent_elsewhere(house: House, provider: Provider, place: str) -> None:
    with pytest.raises(ValueInvalid):
        await sign_in(house, provider).begin(redirect_uri=BACK, return_to=place)

"""The entrance of a process, composed from settings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.passwords.plain import UnsafePlainPasswords
from visavis.application.access.api_keys import KeyRequest
from visavis.bootstrap.accounts import Entrance, entrance
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import Rate
from visavis.domain.errors import NotAuthenticated, NotPermitted, QuotaExceeded, SettingsInvalid
from visavis.settings import AccessSettings, OidcSettings, Settings

pytestmark = pytest.mark.anyio

LOCAL = local_principal("tester")
PASSWORD = "correct horse battery"  # noqa: S105


@dataclass(frozen=True)
class Sent:
    bearer: str = ""
    session: str = ""
    csrf: str = ""
    address: str = ""
    safe: bool = True


@pytest.fixture
async def door() -> AsyncIterator[Entrance]:
    settings = Settings(access=AccessSettings(address_rate=100))
    async with entrance(settings, MemoryStore(), passwords=UnsafePlainPasswords()) as made:
        yield made


async def test_a_key_comes_in_at_its_rate(door: Entrance) -> None:
    wanted = KeyRequest(
        name="gate", permissions=frozenset({Permission.DETECT}), rate=Rate(per_minute=1, burst=2)
    )
    created = await door.doors.keys.create(LOCAL, wanted)
    for _ in range(2):
        assert (await door(Sent(bearer=created.secret, safe=False))).key == created.key
    with pytest.raises(QuotaExceeded):
        await door(Sent(bearer=created.secret))


async def test_a_session_changes_something_only_with_its_token(door: Entrance) -> None:
    issued = await door.doors.first_start()
    assert issued is not None
    opened = await door.set_password(issued.token, PASSWORD)
    assert (await door(Sent(session=opened.token))).user is not None
    for wrong in ("", "x", opened.token):
        with pytest.raises(NotPermitted):
            await door(Sent(session=opened.token, csrf=wrong, safe=False))
    await door(Sent(session=opened.token, csrf=opened.csrf, safe=False))


async def test_others_stay_outside(door: Entrance) -> None:
    for nobody in (Sent(), Sent(bearer="vv_x"), Sent(session="vs_x"), Sent(bearer="x", session="y")):
        with pytest.raises(NotAuthenticated):
            await door(nobody)


async def test_an_address_that_knocks_too_often_waits(door: Entrance) -> None:
    for _ in range(100):
        with pytest.raises(NotAuthenticated):
            await door(Sent(address="192.0.2.1"))
    with pytest.raises(QuotaExceeded):
        await door(Sent(address="192.0.2.1"))


async def test_the_settings_name_the_provider() -> None:
    async with entrance(Settings(), MemoryStore()) as made:
        assert made.oidc is None
    named = Settings(oidc=OidcSettings(issuer="https://id.example", client_id="visavis", create_users=True))
    async with entrance(named, MemoryStore()) as made:
        assert made.oidc is not None
        assert made.oidc.rules.create
    unsafe = Settings(oidc=OidcSettings(issuer="http://id.example", client_id="visavis"))
    with pytest.raises(SettingsInvalid):
        async with entrance(unsafe, MemoryStore()):
            pass

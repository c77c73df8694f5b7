"""Argon2id, cheap enough for tests."""

import pytest

from visavis.adapters.passwords.argon2 import Argon2Passwords

pytestmark = pytest.mark.anyio


def cheap(passes: int = 1) -> Argon2Passwords:
    return Argon2Passwords(memory_kib=64, passes=passes)


async def test_passwords() -> None:
    passwords = cheap()
    one, other = await passwords.encode("pässwörd \udcff"), await passwords.encode("pässwörd \udcff")
    assert one != other
    assert one.startswith("$argon2id$")
    assert await passwords.verify(one, "pässwörd \udcff")
    assert not await passwords.verify(one, "passwort")
    assert not await passwords.verify("", "nobody has this password")
    assert not await passwords.verify("no hash", "x")


async def test_what_was_encoded_in_another_way_is_outdated_and_still_right() -> None:
    old = await cheap().encode("x")
    assert not cheap().outdated(old)
    assert cheap(2).outdated(old)
    assert await cheap(2).verify(old, "x")
    assert cheap().outdated("no hash")


async def test_the_defaults_are_those_that_are_promised() -> None:
    assert "$m=65536,t=3,p=1$" in await Argon2Passwords().encode("x")

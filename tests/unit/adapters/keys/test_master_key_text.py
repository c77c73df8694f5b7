"""Master keys given as text."""

import base64
import os
from pathlib import Path

import pytest

from visavis.adapters.keys.environment import EnvironmentMasterKeys
from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.keys.ring import Ring
from visavis.domain.errors import KeyUnavailable

pytestmark = pytest.mark.anyio

ONE = base64.b64encode(os.urandom(32)).decode()
TWO = base64.b64encode(os.urandom(32)).decode()


async def test_the_last_key_wraps_and_all_unwrap() -> None:
    old = await EnvironmentMasterKeys(ONE).wrap(bytes(32), context=b"c")
    both = EnvironmentMasterKeys(f" {ONE} ,\n{TWO}, ")
    assert both.current == EnvironmentMasterKeys(TWO).current != old.master
    assert await both.unwrap(old, context=b"c") == bytes(32)
    with pytest.raises(KeyUnavailable, match=old.master):
        await EnvironmentMasterKeys(TWO).unwrap(old, context=b"c")


@pytest.mark.parametrize("value", ["", " , ", "not base64!", ONE[:20], ONE + "A", f"{ONE},x"])
def test_anything_else_is_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        EnvironmentMasterKeys(value)
    assert caught.value.advice
    assert caught.value.__cause__ is None
    assert ONE not in str(caught.value)


async def test_a_key_can_move_from_the_file_to_the_environment(tmp_path: Path) -> None:
    wrapped = await FileMasterKeys(tmp_path / "k").wrap(bytes(32), context=b"c")
    ring = Ring.from_json((tmp_path / "k").read_bytes())
    moved = EnvironmentMasterKeys(base64.b64encode(ring.newest.key).decode())
    assert await moved.unwrap(wrapped, context=b"c") == bytes(32)

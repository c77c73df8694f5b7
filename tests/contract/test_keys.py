"""The contract of master keys, over every place they may live in."""

import base64
import os
from pathlib import Path

import pytest

from visavis.adapters.keys.environment import EnvironmentMasterKeys
from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.application.ports.keys import MasterKeys, WrappedKey
from visavis.domain.errors import KeyUnavailable, ValueInvalid

pytestmark = pytest.mark.anyio

KEY = bytes(range(32))


class MasterKeysContract:
    async def test_unwraps_what_it_wrapped(self, masters: MasterKeys) -> None:
        wrapped = await masters.wrap(KEY, context=b"here")
        assert wrapped.master == masters.current
        assert KEY not in wrapped.blob
        assert await masters.unwrap(wrapped, context=b"here") == KEY
        assert (await masters.wrap(KEY, context=b"here")).blob != wrapped.blob

    async def test_refuses_another_context(self, masters: MasterKeys) -> None:
        wrapped = await masters.wrap(KEY, context=b"here")
        with pytest.raises(KeyUnavailable):
            await masters.unwrap(wrapped, context=b"there")

    async def test_refuses_every_altered_blob(self, masters: MasterKeys) -> None:
        wrapped = await masters.wrap(KEY, context=b"here")
        for position in range(len(wrapped.blob)):
            altered = bytearray(wrapped.blob)
            altered[position] ^= 1
            with pytest.raises(KeyUnavailable):
                await masters.unwrap(WrappedKey(master=wrapped.master, blob=bytes(altered)), context=b"here")
        for length in (0, 11, 12, 20, len(wrapped.blob) - 1):
            cut = WrappedKey(master=wrapped.master, blob=wrapped.blob[:length])
            with pytest.raises(KeyUnavailable):
                await masters.unwrap(cut, context=b"here")

    async def test_refuses_an_unknown_master(self, masters: MasterKeys) -> None:
        wrapped = await masters.wrap(KEY, context=b"here")
        with pytest.raises(KeyUnavailable):
            await masters.unwrap(WrappedKey(master="0" * 16, blob=wrapped.blob), context=b"here")

    async def test_derives_the_same_key_from_the_same_context_only(self, masters: MasterKeys) -> None:
        key = await masters.derive(context=b"here")
        assert len(key) == 32
        assert await masters.derive(context=b"here") == key
        assert await masters.derive(context=b"there") != key

    async def test_wraps_only_whole_keys(self, masters: MasterKeys) -> None:
        with pytest.raises(ValueInvalid):
            await masters.wrap(KEY[:16], context=b"here")


class TestMemoryMasterKeys(MasterKeysContract):
    @pytest.fixture
    def masters(self) -> MasterKeys:
        return MemoryMasterKeys()


class TestFileMasterKeys(MasterKeysContract):
    @pytest.fixture
    def masters(self, tmp_path: Path) -> MasterKeys:
        return FileMasterKeys(tmp_path / "keys.json")


class TestEnvironmentMasterKeys(MasterKeysContract):
    @pytest.fixture
    def masters(self) -> MasterKeys:
        return EnvironmentMasterKeys(base64.b64encode(os.urandom(32)).decode())

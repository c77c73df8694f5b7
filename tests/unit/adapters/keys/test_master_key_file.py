"""The key file: who may read it, and what races and damage do to it."""

import json
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from visavis.adapters.keys.file import FileMasterKeys
from visavis.application.ports.keys import WrappedKey
from visavis.domain.errors import KeyUnavailable

pytestmark = pytest.mark.anyio

KEY = bytes(range(32))


def current_of(path: Path) -> str:
    return FileMasterKeys(path).current


def rotated(path: Path) -> str:
    return FileMasterKeys(path).rotate()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "keys.json"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def exists(path: Path) -> bool:
    return path.exists()


def names(path: Path) -> list[str]:
    return [entry["name"] for entry in entries(path)]


def entries(path: Path) -> list[dict[str, str]]:
    return list(json.loads(path.read_text())["keys"])


async def test_is_made_at_first_use_for_its_owner_alone(path: Path) -> None:
    masters = FileMasterKeys(path)
    assert not exists(path)
    wrapped = await masters.wrap(KEY, context=b"c")
    assert mode_of(path) == 0o600
    assert mode_of(path.parent) == 0o700
    assert names(path) == [wrapped.master]
    assert set(entries(path)[0]) == {"name", "created", "key"}
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
    assert await FileMasterKeys(path).unwrap(wrapped, context=b"c") == KEY


def test_the_mask_of_the_process_does_not_matter(path: Path) -> None:
    mask = os.umask(0)
    try:
        assert FileMasterKeys(path).current
    finally:
        os.umask(mask)
    assert mode_of(path) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
def test_is_refused_when_others_can_reach_it(path: Path, mode: int) -> None:
    assert FileMasterKeys(path).current
    path.chmod(mode)
    with pytest.raises(KeyUnavailable, match="other users") as caught:
        assert FileMasterKeys(path).current
    assert "chmod 600" in caught.value.advice


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
def test_is_refused_when_it_belongs_to_somebody_else(path: Path) -> None:
    assert FileMasterKeys(path).current
    os.chown(path, 65534, -1)
    with pytest.raises(KeyUnavailable, match="another user"):
        assert FileMasterKeys(path).current


async def test_is_not_made_anew_to_unwrap(path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="missing") as caught:
        await FileMasterKeys(path).unwrap(WrappedKey(master="x", blob=b""), context=b"c")
    assert "backup" in caught.value.advice
    assert not exists(path)


async def test_rotation_keeps_old_keys_and_other_processes_notice(path: Path) -> None:
    one, other = FileMasterKeys(path), FileMasterKeys(path)
    old = await one.wrap(KEY, context=b"c")
    assert other.current == old.master
    new = one.rotate()
    assert one.current == new
    assert names(path) == [old.master, new]
    wrapped = await one.wrap(KEY, context=b"c")
    assert wrapped.master == new
    assert await one.unwrap(old, context=b"c") == KEY
    assert await other.unwrap(wrapped, context=b"c") == KEY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [{"name": "a", "created": "2026-01-01", "key": "AAAA"}]}',
    ],
)
def test_damage_is_told_and_not_overwritten(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnavailable, match="damaged"):
        assert FileMasterKeys(path).current
    with pytest.raises(KeyUnavailable, match="damaged"):
        FileMasterKeys(path).rotate()
    assert path.read_bytes() == content


def test_a_crash_before_the_rename_does_no_harm(path: Path) -> None:
    path.parent.mkdir()
    (path.parent / ".keys.json.new").write_bytes(b"half")
    current = FileMasterKeys(path).current
    assert names(path) == [current]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_processes_that_race_end_with_one_ring_and_lose_no_key(path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as processes:
        assert len(set(processes.map(current_of, [path] * 12))) == 1
        added = list(processes.map(rotated, [path] * 12))
    assert len(set(added)) == 12
    assert set(names(path)[1:]) == set(added)


def test_a_key_never_shows_in_a_representation(path: Path) -> None:
    masters = FileMasterKeys(path)
    assert masters.current
    secret = json.loads(path.read_text())["keys"][0]["key"]
    assert secret not in repr(masters._ring)


async def test_keys_of_another_file_are_added_and_the_own_one_stays_current(tmp_path: Path) -> None:
    old, new = FileMasterKeys(tmp_path / "old.json"), FileMasterKeys(tmp_path / "new.json")
    wrapped = await old.wrap(b"k" * 32, context=b"here")
    current = new.current
    assert new.adopt(old.content()) == [wrapped.master]
    assert new.adopt(old.content()) == []
    assert new.current == current
    assert await new.unwrap(wrapped, context=b"here") == b"k" * 32


async def test_a_process_that_read_the_file_before_wraps_with_the_newest_key(tmp_path: Path) -> None:
    running, other = FileMasterKeys(tmp_path / "keys.json"), FileMasterKeys(tmp_path / "keys.json")
    before = (await running.wrap(b"k" * 32, context=b"")).master
    added = other.rotate()
    assert (await running.wrap(b"k" * 32, context=b"")).master == added == running.current != before

"""The parts of the embedded database that need no server."""

import os
import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from visavis.adapters.embedded.account import Account, blocked_at, permits
from visavis.adapters.embedded.binaries import version
from visavis.adapters.embedded.cluster import admit, check_version
from visavis.adapters.embedded.layout import Layout, is_private_dir, prepare
from visavis.adapters.embedded.locks import drop_lock, is_locked, open_lock, try_lock
from visavis.adapters.embedded.postmaster import recorded_pid, says_ready, serves
from visavis.adapters.embedded.programs import bulk_sync, failure, rotate_log
from visavis.domain.errors import SchemaMismatch


@pytest.fixture
def account() -> Account:
    return Account(client='o"brien', name="o'brien", uid=os.geteuid(), gid=os.getegid())


@pytest.fixture
def layout(tmp_path: Path, account: Account) -> Layout:
    layout = Layout(root=tmp_path.resolve() / "data")
    prepare(layout, account)
    return layout


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "expected"),
    [
        (0o700, 1, 9, True),
        (0o077, 1, 9, False),
        (0o010, 3, 2, True),
        (0o707, 3, 2, False),
        (0o001, 3, 9, True),
        (0o770, 3, 9, False),
    ],
)
def test_the_first_class_that_fits_decides(mode: int, uid: int, gid: int, expected: bool) -> None:
    status = os.stat_result((stat.S_IFDIR | mode, 0, 0, 1, 1, 2, 0, 0, 0, 0))
    assert permits(status, uid=uid, gid=gid, wanted=stat.S_IXOTH) is expected


def test_the_outermost_closed_directory_is_named(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o600)
    status = tmp_path.stat()
    assert blocked_at(tmp_path / "missing" / "data", uid=status.st_uid, gid=status.st_gid) is None
    (tmp_path / "closed").chmod(0o700)
    blocked = blocked_at(inner / "data", uid=status.st_uid + 1, gid=status.st_gid + 1)
    assert blocked is not None
    assert tmp_path.is_relative_to(blocked) or blocked == tmp_path / "closed"


def test_the_url_survives_any_path(account: Account) -> None:
    layout = Layout(root=Path("/srv/a b&c?d%/ü"))
    parts = urlsplit(layout.url(account))
    assert parse_qs(parts.query) == {"host": ["/srv/a b&c?d%/ü/run"], "port": ["5432"]}
    assert (parts.scheme, parts.username, parts.path) == ("postgresql", "visavis", "/visavis")


def test_the_socket_path_fits_and_differs_by_user_and_directory(account: Account) -> None:
    # 100 bytes: 82 of the root, "/run", "/.s.PGSQL.5432"
    fits = Layout(root=Path("/" + "d" * 81))
    assert fits.socket_dir(account) == fits.root / "run"
    long = [Layout(root=Path("/" + "d" * count)) for count in (82, 83)]
    other = Account(client="b", name="b", uid=account.uid + 1, gid=account.gid)
    places = {layout.socket(who) for layout in long for who in (account, other)}
    assert len(places) == 4
    assert max(len(os.fsencode(place)) for place in places) <= 100


def test_only_a_real_private_directory_of_the_account_is_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    uid = tmp_path.stat().st_uid
    assert is_private_dir(tmp_path.lstat(), uid)
    assert not is_private_dir(tmp_path.lstat(), uid + 1)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert not is_private_dir(link.lstat(), uid)
    tmp_path.chmod(0o710)
    assert not is_private_dir(tmp_path.lstat(), uid)


def test_preparing_twice_changes_nothing(layout: Layout, account: Account) -> None:
    (layout.root / "other").touch()
    prepare(layout, account)
    assert stat.S_IMODE(layout.root.stat().st_mode) == 0o700


def test_a_directory_with_other_things_keeps_its_mode(tmp_path: Path, account: Account) -> None:
    root = tmp_path.resolve() / "shared"
    root.mkdir(mode=0o755)
    (root / "report.txt").touch()
    prepare(Layout(root=root), account)
    assert stat.S_IMODE(root.stat().st_mode) == 0o755


def test_a_lock_is_shared_by_many_or_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    first, second = open_lock(path), open_lock(path)
    assert try_lock(first, exclusive=False)
    assert try_lock(second, exclusive=False)
    assert not is_locked(path)
    assert not try_lock(first, exclusive=True)
    drop_lock(second)
    assert try_lock(first, exclusive=True)
    assert is_locked(path)
    drop_lock(first)
    assert not is_locked(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_copy_of_the_descriptor_does_not_keep_a_dropped_lock(tmp_path: Path) -> None:
    held = open_lock(tmp_path / "lock")
    assert try_lock(held, exclusive=True)
    copy = os.dup(held)
    drop_lock(held)
    assert not is_locked(tmp_path / "lock")
    os.close(copy)


@pytest.mark.parametrize(
    ("command_line", "expected"),
    [
        (["/x/bin/postgres", "-D", "/data/pg18", "-c", "fsync=on", ""], True),
        (["/x/bin/postgres", "-D", "/data/pg17"], False),
        (["/usr/bin/sleep", "-D", "/data/pg18"], False),
        (["postgres: visavis: checkpointer "], False),
        ([""], False),
        ([], False),
    ],
)
def test_a_server_is_known_by_its_command_line(command_line: list[str], expected: bool) -> None:
    assert serves(command_line, Path("/data/pg18")) is expected


def test_the_pid_file_is_read_with_suspicion(tmp_path: Path) -> None:
    assert recorded_pid(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("")
    assert recorded_pid(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("42\n/data\n1\n5432\n/run\n\n 1 2\nready   \n")
    assert recorded_pid(tmp_path) == 42
    assert says_ready(tmp_path)
    (tmp_path / "postmaster.pid").unlink()
    os.mkfifo(tmp_path / "postmaster.pid")
    assert recorded_pid(tmp_path) is None


def test_whoever_connects_is_mapped_by_name(layout: Layout, account: Account) -> None:
    layout.cluster.mkdir()
    elsewhere = layout.root / "precious"
    elsewhere.write_text("untouched")
    (layout.cluster / "pg_ident.conf").symlink_to(elsewhere)
    admit(layout.cluster, layout, account)
    assert elsewhere.read_text() == "untouched"
    rules = [line for line in (layout.cluster / "pg_hba.conf").read_text().splitlines() if line[0] != "#"]
    assert rules == ["local all all peer map=visavis"]
    assert (layout.cluster / "pg_ident.conf").read_text().splitlines()[-1] == 'visavis "o""brien" visavis'


def test_the_cluster_of_another_version_is_never_taken_for_none(layout: Layout) -> None:
    assert check_version(layout) is False
    layout.cluster.mkdir()
    with pytest.raises(SchemaMismatch, match="unknown"):
        check_version(layout)
    (layout.cluster / "PG_VERSION").write_text("18\n")
    assert check_version(layout) is True
    (layout.cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(SchemaMismatch, match="16"):
        check_version(layout)


def test_the_log_is_bounded_and_its_end_is_quoted(layout: Layout) -> None:
    layout.log.write_text("old\n" * 2_000_000)
    rotate_log(layout)
    assert layout.log.read_text() == ""
    layout.log.write_text("".join(f"line {number}\n" for number in range(20)))
    rotate_log(layout)
    advice = failure("it broke.", layout).advice.splitlines()
    assert str(layout.log) in advice[0]
    assert advice[1:] == [f"line {number}" for number in range(12, 20)]
    assert len(list(layout.log.parent.iterdir())) == 2


def test_the_release_is_read_from_the_header(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "pg_config.h").write_text(
        '#define PG_MAJORVERSION "18"\n#define PG_VERSION "18.4"\n'
    )
    assert version(tmp_path / "bin") == "18.4"


@pytest.mark.parametrize(
    ("system", "release", "method"),
    [
        ("Linux", "6.18.44-vm", "syncfs"),
        ("Linux", "5.8", "syncfs"),
        ("Linux", "5.4.0-150-generic", "fsync"),
        ("Linux", "4.18.0-513.el8.x86_64", "fsync"),
        ("Linux", "strange", "fsync"),
        ("Darwin", "24.1.0", "fsync"),
    ],
)
def test_one_sync_is_used_only_where_it_reports_errors(system: str, release: str, method: str) -> None:
    assert bulk_sync(system, release) == method

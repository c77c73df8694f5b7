"""Ended tracks on disk: ordered, sealed, bounded, and there after whatever happens to the process."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from visavis.domain.errors import KeyUnavailable, StoreDown
from visavis.edge.spool import Spool
from visavis.wire.edge import SpoolConfig
from visavis.wire.v1.tracks import ShotReport, TrackReport

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def report(track: UUID | None = None, *, size: int = 400) -> TrackReport:
    return TrackReport(
        track=track or uuid4(),
        camera="secret-door",
        first_at=NOON,
        last_at=NOON + timedelta(seconds=3),
        frames=9,
        shots=(ShotReport(at=NOON, template="T" * size),),
    )


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def tracks(spool: Spool) -> list[UUID]:
    return [one.report.track for one in spool.first(100)]


def test_what_is_put_comes_out_in_order_until_it_is_done(spool: Spool) -> None:
    put = [report() for _ in range(5)]
    for one in put:
        spool.put("staff", one)
    waiting = spool.first(2)
    assert [one.report for one in waiting] == put[:2]
    assert {one.gallery for one in waiting} == {"staff"}
    spool.done([one.seq for one in waiting])
    assert [one.report for one in spool.first(10)] == put[2:]
    assert spool.health.waiting == 3
    assert spool.health.dropped == 0


def test_another_process_finds_it_again_and_the_order_goes_on(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    one, two, three = report(), report(), report()
    first.put("staff", one)
    first.put("staff", two)
    first.done([first.first(1)[0].seq])
    first.close()
    second = Spool(tmp_path)
    second.put("staff", three)
    assert tracks(second) == [two.track, three.track]
    second.close()


def test_nothing_can_be_read_without_the_key_and_the_key_is_its_owners(tmp_path: Path, spool: Spool) -> None:
    one = report()
    spool.put("staff", one)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("spool.db*"))
    assert b"secret-door" not in content
    assert b"TTTTTTTT" not in content
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    spool.close()
    (tmp_path / "spool.key").chmod(0o644)
    with pytest.raises(KeyUnavailable, match="Others may read"):
        Spool(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE waiting SET sealed = zeroblob(LENGTH(sealed)) WHERE seq = 1",
        "UPDATE waiting SET gallery = 'other' WHERE seq = 1",
    ],
)
def test_what_was_changed_on_disk_is_counted_and_does_not_stop_the_rest(tmp_path: Path, change: str) -> None:
    spool = Spool(tmp_path)
    one, two = report(), report()
    spool.put("staff", one)
    spool.put("staff", two)
    spool.close()
    with sqlite3.connect(tmp_path / "spool.db") as database:
        database.execute(change)
    database.close()
    again = Spool(tmp_path)
    assert tracks(again) == [two.track]
    assert again.health.unreadable == 1
    assert again.health.waiting == 1
    again.close()


def test_the_oldest_give_way_and_are_counted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SpoolConfig(max_mb=1))
    put = [report(size=90_000) for _ in range(40)]
    for one in put:
        spool.put("staff", one)
    kept = tracks(spool)
    assert 0 < spool.health.waiting_bytes <= 2**20
    assert kept == [one.track for one in put[-len(kept) :]]
    assert spool.health.dropped == 40 - len(kept) > 0
    spool.close()


def test_what_is_too_old_is_dropped_and_counted(tmp_path: Path) -> None:
    clock = Clock()
    spool = Spool(tmp_path, SpoolConfig(max_days=1), clock)
    spool.put("staff", report())
    clock.now += 2 * 86400
    late = report()
    spool.put("staff", late)
    assert tracks(spool) == [late.track]
    assert spool.health.dropped == 1
    spool.close()


def test_a_refused_one_is_set_aside_and_can_be_tried_again(spool: Spool) -> None:
    one, two = report(), report()
    spool.put("staff", one)
    spool.put("staff", two)
    spool.refuse(spool.first(1)[0].seq, "gallery_not_found")
    assert tracks(spool) == [two.track]
    assert spool.health.refused == 1
    assert spool.try_again() == 1
    assert tracks(spool) == [two.track, one.track]
    assert spool.health.refused == 0


def test_refused_ones_are_bounded_too(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SpoolConfig(max_mb=1))
    for _ in range(40):
        spool.put("staff", report(size=90_000))
        spool.refuse(spool.first(1)[0].seq, "value_invalid")
    assert 1 < spool.health.refused <= 6
    spool.close()


@pytest.mark.parametrize("cut", [1, 100, 4096, 9000])
def test_a_torn_tail_loses_the_last_one_at_most(tmp_path: Path, cut: int) -> None:
    """As after a power failure: the end of the newest file never reached the disk."""
    put = [report() for _ in range(6)]
    writer = Spool(tmp_path)
    for one in put:
        writer.put("staff", one)
    copy = tmp_path / "after"
    copy.mkdir()
    for name in ("spool.key", "spool.db", "spool.db-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    (copy / "spool.key").chmod(0o600)
    writer.close()
    wal = copy / "spool.db-wal"
    os.truncate(wal, max(wal.stat().st_size - cut, 0))
    again = Spool(copy)
    kept = tracks(again)
    assert kept == [one.track for one in put[: len(kept)]]
    assert len(kept) >= 6 - 1 - cut // 4096
    again.put("staff", report())
    assert again.health.waiting == len(kept) + 1
    again.close()


def test_a_file_that_is_no_database_any_more_is_set_aside(tmp_path: Path) -> None:
    Spool(tmp_path).close()
    (tmp_path / "spool.db").write_bytes(b"\xff" * 8192)
    spool = Spool(tmp_path)
    spool.put("staff", report())
    assert spool.health.unreadable == 1
    assert spool.health.waiting == 1
    assert list(tmp_path.glob("spool.db.damaged-*"))
    spool.close()


def test_a_disk_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool._database.execute("PRAGMA query_only=ON")
    with pytest.raises(StoreDown, match="cannot be written"):
        spool.put("staff", report())
    assert spool.health.waiting_bytes == 0
    spool.close()


WRITER = """
import sys, uuid
from pathlib import Path
from tests.unit.edge.test_spool import report
from visavis.edge.spool import Spool
spool = Spool(Path(sys.argv[1]))
while True:
    one = report()
    spool.put("staff", one)
    sys.stdout.write(f"{one.track}\\n")
    sys.stdout.flush()
"""


def test_kill_at_any_moment_loses_nothing_that_was_put(tmp_path: Path) -> None:
    acknowledged: list[UUID] = []
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged += [UUID(writer.stdout.readline().strip()) for _ in range(40)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [UUID(line.strip()) for line in writer.stdout if len(line) == 37]
        writer.wait()
        writer.stdout.close()
    spool = Spool(tmp_path)
    found = [one.report.track for one in spool.first(100_000)]
    assert len(set(found)) == len(found)
    assert set(acknowledged) <= set(found)
    assert [one for one in found if one in set(acknowledged)] == acknowledged
    spool.close()

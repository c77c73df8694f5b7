"""Reports about visitors over a log of a million lines: how long they take, and how much memory.

python benchmarks/visitors.py [--lines 1000000] [--subjects 100000]
"""

import argparse
import resource
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio

from visavis.adapters.embedded.server import EmbeddedPostgres
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.migrate import migrate
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.visitors import Range, Visitors
from visavis.domain.gallery import Gallery, Purpose, usual_policy
from visavis.domain.subject import DEFAULT_TENANT, GalleryId
from visavis.domain.template import ModelIdentity
from visavis.domain.visit import By

_FILL_SUBJECTS = """
    INSERT INTO subjects (tenant_id, subject_id, name, created_at, kind)
    SELECT %(tenant)s, ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'anonymous-' || n, now(),
        'anonymous'
    FROM generate_series(1, %(subjects)s) AS n
"""
_FILL_EVENTS = """
    INSERT INTO events (tenant_id, event_id, sequence, kind, captured_at, recorded_at, gallery_id, gallery, source,
        reference, position, outcome, subject_id, measure, model, policy, searched, reasons, software, site, zone,
        seen_until)
    SELECT %(tenant)s, gen_random_uuid(), n, 'identified', at, at, %(gallery)s, 'shop', 'camera-' || n %% 8, '', 0,
        'match', ('00000000-0000-0000-0000-' || lpad(to_hex(1 + n %% %(subjects)s), 12, '0'))::uuid, 'cosine', 'm',
        'p', 1, '{}', 'benchmark', 'main', 'zone-' || n %% 5, at + interval '4 seconds'
    FROM (
        SELECT n, timestamptz '2026-03-01' + random() * interval '30 days' AS at
        FROM generate_series(1, %(lines)s) AS n
    ) AS made
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--subjects", type=int, default=100_000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="visavis-bench-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "data").attach() as lease:
            anyio.run(measure, lease.url, given.lines, given.subjects)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measure(url: str, lines: int, subjects: int) -> None:
    import psycopg

    gallery = Gallery(
        id=GalleryId(DEFAULT_TENANT),
        name="shop",
        purpose=Purpose.VISITORS,
        pack="standard",
        model=ModelIdentity(family="test", digest="a" * 64, contract="bgr-112", dimension=16),
        policy=usual_policy(Purpose.VISITORS),
        created_at=datetime.now(UTC),
    )
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await migrate(connection)
        names = {"tenant": DEFAULT_TENANT, "gallery": gallery.id, "lines": lines, "subjects": subjects}
        await connection.execute(_FILL_SUBJECTS, names)
        await connection.execute(_FILL_EVENTS, names)
        await connection.execute("ANALYZE events")
    async with PostgresStore(url, MemoryMasterKeys()) as store:
        visitors, zone = Visitors(store=store, tenant=DEFAULT_TENANT), ZoneInfo("Europe/Berlin")
        before = _peak_mib()
        week = Range(since=datetime(2026, 3, 9, tzinfo=UTC), until=datetime(2026, 3, 16, tzinfo=UTC))
        for name, wanted in (("the whole log", Range()), ("one week of it", week)):
            start = time.perf_counter()
            found = await visitors.summary(gallery, wanted, by=By.HOUR, zone=zone)
            took = time.perf_counter() - start
            print(
                f"summary by hour of {name}: {took:.1f} s, {found.visitors:,} visitors, {found.visits:,} visits"
            )
            start = time.perf_counter()
            page = await visitors.page(gallery, wanted, limit=100)
            print(f"the latest {len(page)} visits of {name}: {time.perf_counter() - start:.1f} s")
        print(f"memory: {_peak_mib() - before:.0f} MiB more than before")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

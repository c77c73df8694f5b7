"""How many tracks a second a server takes, against plain identifications of one template in the same run.

    python benchmarks/fill_gallery.py --data-dir DIR --references 100000 --each 1
    python benchmarks/tracks.py --data-dir DIR

Use cases over PostgreSQL in one process, without HTTP: search, decision, log, audit, committed. Tracks have five
templates each; callers come eight at a time, as cameras do.
"""

import argparse
import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from identify_gallery import Matrix, opened, template, unit

from visavis.application.tracks.reported import RecordedTrack, ReportedShot, ReportedTrack
from visavis.bootstrap.platform import GalleryWork, Platform
from visavis.domain.event import Origin
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Unknowns
from visavis.settings import load_settings

CALLERS, SHOTS = 8, 5


def looks(centre: Matrix, rng: np.random.Generator) -> Matrix:
    """Samples at a cosine of 0.75 from their centre, (SHOTS, dimension)."""
    noise = unit(rng.standard_normal((SHOTS, centre.shape[0]), dtype=np.float32))
    return unit(0.75 * centre + 0.66 * noise)


def tracks(gallery: Gallery, count: int, seed: int) -> list[ReportedTrack]:
    """Of strangers."""
    rng = np.random.default_rng(seed)
    falloff = np.exp(-np.arange(gallery.model.dimension) / 52.0).astype(np.float32)
    centres = unit(rng.standard_normal((count, gallery.model.dimension), dtype=np.float32) * falloff)
    now = datetime.now(UTC)
    return [
        ReportedTrack(
            track=uuid.uuid4(),
            camera=f"camera-{number % 16}",
            first_at=now,
            last_at=now + timedelta(seconds=4),
            frames=40,
            ended=True,
            shots=tuple(
                ReportedShot(at=now, template=template(one, gallery.model)) for one in looks(centre, rng)
            ),
        )
        for number, centre in enumerate(centres)
    ]


async def measured(calls: Sequence[Callable[[], Awaitable[object]]]) -> float:
    """Calls a second."""
    waiting = iter(calls)

    async def caller() -> None:
        for call in waiting:
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return len(calls) / (time.perf_counter() - began)


async def identified(platform: Platform, work: GalleryWork, track: ReportedTrack) -> None:
    shot = track.shots[0].template
    found = await work.identify.probes(work.gallery, [shot] if shot else [])
    await platform.record.identified(
        work.gallery, found, Origin(source=track.camera, reference=track.reference)
    )


async def told(platform: Platform, work: GalleryWork, sent: Sequence[ReportedTrack]) -> None:
    for one in await platform.record_track(work.kit, work.gallery, sent):
        if not isinstance(one, RecordedTrack):
            raise one


async def run(data_dir: Path, count: int) -> None:
    async with opened(load_settings(data_dir=data_dir)) as (platform, gallery, _):
        platform.installation.serving = True
        work = platform.work(gallery)
        await work.search.warm(gallery)
        rates: dict[str, float] = {}
        plain, single, batch = (tracks(gallery, count, seed) for seed in range(3))
        rates["identify, one template"] = await measured(
            [lambda one=one: identified(platform, work, one) for one in plain]
        )
        rates["track of five"] = await measured(
            [lambda one=one: told(platform, work, [one]) for one in single]
        )
        rates["the same track again"] = await measured(
            [lambda one=one: told(platform, work, [one]) for one in single]
        )
        groups = [batch[start : start + 16] for start in range(0, count, 16)]
        rates["track of five, sixteen together"] = (
            await measured([lambda some=some: told(platform, work, some) for some in groups])
            * count
            / len(groups)
        )
        strangers = tracks(gallery, count, 9)
        remembering = replace(gallery, policy=replace(gallery.policy, unknowns=Unknowns.REMEMBER))
        open_work = replace(work, gallery=remembering)
        rates["track of five, remembered"] = await measured(
            [lambda one=one: told(platform, open_work, [one]) for one in strangers]
        )
        for name, rate in rates.items():
            ratio = rate / rates["identify, one template"]
            print(f"{name:34} {rate:8.1f}/s   {ratio:5.2f}× identify")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--count", type=int, default=480)
    given = parser.parse_args()
    asyncio.run(run(given.data_dir, given.count))

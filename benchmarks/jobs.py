"""Photos per second through the queue, relative to plain identification in the same process, by turns.

python benchmarks/jobs.py [--photos 200] [--rounds 3] [--pack light]
"""

import argparse
import asyncio
import io
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2
import matplotlib as mpl
from PIL import Image

from tests.acceptance.conftest import variant
from visavis.application.ports.jobs import NewItem
from visavis.bootstrap.platform import GalleryWork
from visavis.bootstrap.worker import Workshop, open_workshop
from visavis.domain.job import ItemKind, JobItem, JobKind
from visavis.domain.policy import Policy, Unknowns
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import load_settings
from visavis.worker.tasks import rounds, tasks

cv2.setNumThreads(1)


def photos(count: int) -> list[bytes]:
    portrait = Image.open(Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg").convert("RGB")
    made = []
    for number in range(count):
        file = io.BytesIO()
        variant(portrait, number % 40).save(file, "JPEG", quality=85)
        made.append(file.getvalue())
    return made


async def plainly(work: GalleryWork, pictures: list[bytes], at_once: int) -> float:
    waiting = iter(pictures)

    async def go() -> None:
        for picture in waiting:
            await work.identify(work.gallery, picture)

    start = time.perf_counter()
    await asyncio.gather(*[go() for _ in range(at_once)])
    return len(pictures) / (time.perf_counter() - start)


async def queued(shop: Workshop, work: GalleryWork, pictures: list[bytes]) -> tuple[float, float]:
    """Submitting and processing, photos per second each."""
    platform = shop.platform(DEFAULT_TENANT)

    async def items() -> AsyncIterator[NewItem]:
        for picture in pictures:
            yield NewItem(item=JobItem(number=0, kind=ItemKind.PHOTO), payload=picture)

    start = time.perf_counter()
    job = await platform.submit(JobKind.CLASSIFY, work.gallery, items(), source="bench")
    submitted = time.perf_counter()
    while not (await platform.jobs.get(job.id)).state.final:  # noqa: ASYNC110 (as a client would)
        await asyncio.sleep(0.02)
    return len(pictures) / (submitted - start), len(pictures) / (time.perf_counter() - submitted)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pack", default="light")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="visavis-bench-"))
    folder.chmod(0o711)  # noqa: ASYNC240
    settings = load_settings(data_dir=folder / "data")
    pictures = photos(given.photos)
    async with open_workshop(settings) as shop:
        platform = shop.platform(DEFAULT_TENANT)
        pack = platform.models.pack(given.pack)
        working = asyncio.create_task(shop.workers.run(tasks(shop), rounds(shop)))
        for unknowns in (Unknowns.LOG, Unknowns.REMEMBER):
            gallery = await platform.create(unknowns.value, pack=pack, policy=Policy(unknowns=unknowns))
            work = platform.work(gallery)
            await plainly(work, pictures[:20], 3)
            for _ in range(given.rounds):
                plain = await plainly(work, pictures, settings.workers + 1)
                put, done = await queued(shop, work, pictures)
                print(
                    f"{unknowns.value}: plain {plain:.1f}/s, through the queue {done:.1f}/s = {done / plain:.2f}"
                    f" of it; submitting {put:.0f}/s"
                )
        shop.workers.stop()
        await working


asyncio.run(main())

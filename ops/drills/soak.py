"""Identify at a moderate rate for some minutes: does the memory of any process grow?

    python -m ops.drills.soak --folder /var/tmp/drill --minutes 10

Starts a whole service on a fresh data directory, enrols some subjects, sends photos at a fixed rate, and samples the
memory that each part has for itself (proportional to nothing, shared pages left out). Prints the slope of a straight
line through the samples after the first minute, in MiB per minute.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread
import httpx
import numpy as np

from ops.drills.clients import GALLERY
from ops.drills.installation import Installation, free_port, resident_mib
from ops.drills.photos import Photos

PARTS = ("api", "worker", "database")


@dataclass(kw_only=True)
class Memory:
    """Samples of each part: seconds since the beginning, and MiB."""

    samples: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {one: [] for one in PARTS})
    answers: Counter[int] = field(default_factory=Counter)

    def slope(self, part: str, *, after_s: float) -> float:
        """MiB per minute, by least squares."""
        late = [(at, size) for at, size in self.samples[part] if at >= after_s]
        seconds, sizes = np.array(late).T
        return float(np.polyfit(seconds / 60, sizes, 1)[0])

    def last(self, part: str) -> float:
        return self.samples[part][-1][1]


@dataclass(frozen=True, kw_only=True)
class Soak:
    """Over an installation that runs."""

    place: Installation
    photos: Photos
    per_s: float = 5.0
    every_s: float = 5.0
    pack: str = "light"

    async def __call__(self, seconds: float) -> Memory:
        api_key = await anyio.to_thread.run_sync(self.place.api_key)
        memory = Memory()
        async with httpx.AsyncClient(
            base_url=self.place.url, headers={"authorization": f"Bearer {api_key}"}, timeout=60
        ) as http:
            await self._enrol(http)
            began = time.monotonic()
            watching = asyncio.create_task(self._watch(memory, began))
            running: set[asyncio.Task[None]] = set()
            for number in range(int(seconds * self.per_s)):
                await asyncio.sleep(max(began + number / self.per_s - time.monotonic(), 0))
                task = asyncio.create_task(self._identify(http, number, memory))
                running.add(task)
                task.add_done_callback(running.discard)
            await asyncio.gather(*running)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return memory

    async def _enrol(self, http: httpx.AsyncClient) -> None:
        (await http.post("/v1/galleries", json={"name": GALLERY, "pack": self.pack})).raise_for_status()
        for number in range(20):
            query = {"subject": f"subject {number}", "force": "true", "largest": "true"}
            done = await http.post(
                f"/v1/galleries/{GALLERY}/enrol",
                content=self.photos.unique(number),
                params=query,
                headers={"content-type": "image/jpeg"},
            )
            done.raise_for_status()

    async def _identify(self, http: httpx.AsyncClient, number: int, memory: Memory) -> None:
        done = await http.post(
            f"/v1/galleries/{GALLERY}/identify",
            content=self.photos.any(number),
            headers={"content-type": "image/jpeg"},
        )
        memory.answers[done.status_code] += 1

    async def _watch(self, memory: Memory, began: float) -> None:
        while True:
            there = self.place.processes()
            of = {"api": there.apis[:1], "worker": (there.worker,), "database": (there.database,)}
            for part, pids in of.items():
                size = sum(resident_mib(pid) for pid in pids if pid is not None)
                memory.samples[part].append((time.monotonic() - began, size))
            await asyncio.sleep(self.every_s)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="is emptied; its parents are open to others"
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=5.0, help="photos per second")
    parser.add_argument("--photos", type=Path, help="a folder with a folder for each human")
    parser.add_argument("--pack", default="light")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(mode=0o755, parents=True)
    place = Installation(
        folder=given.folder / "data", port=free_port(), more={"VISAVIS_MODELS__PACK": given.pack}
    )
    soak = Soak(place=place, photos=Photos.of(given.photos, people=40), per_s=given.rate, pack=given.pack)
    place.up()
    try:
        memory = asyncio.run(soak(given.minutes * 60))
    finally:
        place.down()
    print(f"answers: {dict(memory.answers)}")
    print(f"{'part':<12}{'first, MiB':>12}{'last, MiB':>12}{'MiB per minute after the first':>34}")
    for part in PARTS:
        first = memory.samples[part][0][1]
        print(f"{part:<12}{first:>12.1f}{memory.last(part):>12.1f}{memory.slope(part, after_s=60):>34.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

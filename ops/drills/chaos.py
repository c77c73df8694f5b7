"""kill -9 at random moments under load: nothing acknowledged is lost, nothing is logged twice, the audit chain holds.

    python -m ops.drills.chaos --folder /var/tmp/drill --rounds 50

Starts a whole service on a fresh data directory, sends it concurrent work, and in each round kills an API process,
the worker, the database, several of them, or the keeper of them all, which is then started again. Every client
repeats what was not answered, and keeps a book of what was. At the end the book is compared with what the server
knows. Prints a table; ends with 1 if a promise was not kept.
"""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread
import httpx

from ops.drills.checks import Found, look, violations
from ops.drills.clients import GALLERY, Book, Clients
from ops.drills.installation import Installation, free_port, kill
from ops.drills.photos import Photos

TARGETS = ("api", "worker", "database", "api and database", "worker and database", "keeper")
_WEIGHTS = (4, 3, 4, 1, 1, 1)
_RECOVERED_WITHIN_S = 90.0
_SETTLED_WITHIN_S = 120.0


@dataclass(kw_only=True)
class Round:
    """One kill, and how long it took until everything ran and answered again."""

    number: int
    target: str
    recovered_s: float
    acknowledged: int  #: until then, of everything


@dataclass(kw_only=True)
class Outcome:
    """A whole drill."""

    rounds: list[Round]
    book: Book
    found: Found
    violations: list[str]
    settled_s: float
    up_s: list[float] = field(default_factory=list)


@dataclass(kw_only=True)
class Drill:
    """On a fresh installation, which is left running for whoever wants to look at it."""

    place: Installation
    photos: Photos
    rounds: int
    seed: int
    pack: str = "light"
    pause_s: float = 1.5  #: mean time between a recovery and the next kill
    tell: Callable[[Round], None] = lambda _: None
    up_s: list[float] = field(default_factory=list)

    async def __call__(self) -> Outcome:
        chance = random.Random(self.seed)
        await anyio.to_thread.run_sync(self._up)
        api_key = await anyio.to_thread.run_sync(self.place.api_key)
        headers = {"authorization": f"Bearer {api_key}"}
        async with httpx.AsyncClient(base_url=self.place.url, headers=headers, timeout=60) as http:
            made = await http.post("/v1/galleries", json={"name": GALLERY, "pack": self.pack})
            made.raise_for_status()
            clients = Clients(
                url=self.place.url, api_key=api_key, photos=self.photos, book=Book(), chance=chance
            )
            running = asyncio.create_task(clients.run())
            try:
                rounds = [
                    await self._round(number, clients.book, chance) for number in range(1, self.rounds + 1)
                ]
            finally:
                clients.stop.set()
                await running
            settled_s = await self._settled(http)
            found = await look(http)
        return Outcome(
            rounds=rounds,
            book=clients.book,
            found=found,
            violations=violations(clients.book, found),
            settled_s=settled_s,
            up_s=self.up_s,
        )

    def _up(self) -> None:
        self.up_s.append(self.place.up())

    async def _round(self, number: int, book: Book, chance: random.Random) -> Round:
        await asyncio.sleep(chance.expovariate(1 / self.pause_s))
        (target,) = chance.choices(TARGETS, _WEIGHTS)
        there = self.place.processes()
        if "keeper" in target:
            kill(there.keeper)
        if "api" in target:
            kill(chance.choice(there.apis) if there.apis else None)
        if "worker" in target:
            kill(there.worker)
        if "database" in target:
            kill(there.database)
        began = time.monotonic()
        if target == "keeper":
            await anyio.to_thread.run_sync(self._up)
        await self._recovered(book)
        done = Round(
            number=number,
            target=target,
            recovered_s=time.monotonic() - began,
            acknowledged=book.acknowledged,
        )
        self.tell(done)
        return done

    async def _recovered(self, book: Book) -> None:
        """Everything runs, the API is ready, and something more was acknowledged. Raises `TimeoutError`."""
        before = book.acknowledged
        async with asyncio.timeout(_RECOVERED_WITHIN_S), httpx.AsyncClient(base_url=self.place.url) as http:
            while not (self.place.processes().complete and book.acknowledged > before and await _ready(http)):
                await asyncio.sleep(0.05)

    async def _settled(self, http: httpx.AsyncClient) -> float:
        """Seconds until no job waits any more, at most the time it may take."""
        began = time.monotonic()
        while time.monotonic() - began < _SETTLED_WITHIN_S:
            waiting = [
                job
                for state in ("queued", "running")
                for job in (await http.get("/v1/jobs", params={"state": state}))
                .raise_for_status()
                .json()["jobs"]
            ]
            if not waiting:
                break
            await asyncio.sleep(0.5)
        return time.monotonic() - began


async def _ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/v1/ready")).status_code == 200
    except httpx.TransportError:
        return False


def report(outcome: Outcome) -> str:
    """What happened, as a table."""
    book, found = outcome.book, outcome.found
    recovery = sorted(one.recovered_s for one in outcome.rounds)
    lines = [f"{'killed':<22}{'times':>6}{'recovered in, s: median':>26}{'longest':>9}"]
    for target in TARGETS:
        times = sorted(one.recovered_s for one in outcome.rounds if one.target == target)
        if times:
            lines.append(f"{target:<22}{len(times):>6}{times[len(times) // 2]:>26.1f}{times[-1]:>9.1f}")
    waits = sorted(book.waits)
    facts: Sequence[tuple[str, object]] = (
        ("kills", len(outcome.rounds)),
        ("longest recovery, s", f"{recovery[-1]:.1f}" if recovery else "-"),
        ("starts, s", " ".join(f"{one:.1f}" for one in outcome.up_s)),
        ("enrolments acknowledged", len(book.enrolled)),
        ("erasures", len(book.erased)),
        ("consents", len(book.consents)),
        ("captures identified", len(book.faces)),
        ("jobs accepted", len(book.jobs)),
        ("requests repeated", book.repeated),
        ("answers by status (0: cut off)", " ".join(f"{k}×{n}" for k, n in sorted(book.answers.items()))),
        ("longest wait for an answer, s", f"{waits[-1]:.1f}" if waits else "-"),
        ("events", len(found.events)),
        ("audit entries", f"{len(found.audit)}, {'intact' if found.intact else 'BROKEN'}"),
        ("jobs settled after, s", f"{outcome.settled_s:.1f}"),
        ("promises broken", len(outcome.violations)),
    )
    lines += ["", *(f"{name:<34}{value}" for name, value in facts), *outcome.violations[:50]]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="is emptied; its parents are open to others"
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    parser.add_argument("--photos", type=Path, help="a folder with a folder for each human")
    parser.add_argument("--pack", default="light")
    parser.add_argument("--processes", type=int, default=1, help="API processes")
    parser.add_argument("--pause", type=float, default=1.5, help="mean seconds between kills")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(mode=0o755, parents=True)
    place = Installation(
        folder=given.folder / "data",
        port=free_port(),
        more={
            "VISAVIS_SERVER__PROCESSES": str(given.processes),
            "VISAVIS_MODELS__PACK": given.pack,
            "VISAVIS_JOBS__STALLED_S": "6",
        },
    )
    drill = Drill(
        place=place,
        photos=Photos.of(given.photos, people=40),
        rounds=given.rounds,
        seed=given.seed,
        pack=given.pack,
        pause_s=given.pause,
        tell=lambda one: print(
            f"{one.number:>3} {one.target:<22}{one.recovered_s:>6.1f} s {one.acknowledged:>6}",
            file=sys.stderr,
            flush=True,
        ),
    )
    print(f"seed {given.seed}", file=sys.stderr)
    try:
        outcome = asyncio.run(drill())
    finally:
        place.down()
    print(report(outcome))
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())

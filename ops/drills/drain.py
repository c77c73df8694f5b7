"""SIGTERM under load: what was accepted is answered in full, what comes later is refused, and it ends in time.

    python -m ops.drills.drain --folder /var/tmp/drill

Starts a whole service in the foreground, lets clients identify without a pause, tells the keeper to end, and looks:
what became of each request, how long it took, the exit code; and after another start, whether a capture that was not
answered is in the log all the same.
"""

import argparse
import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread
import httpx

from ops.drills.checks import look
from ops.drills.clients import GALLERY
from ops.drills.installation import PROGRAM, Installation, free_port
from ops.drills.photos import Photos

_CLIENTS = 8
_AFTER_S = 2.0


@dataclass(kw_only=True)
class Drained:
    """`fates` counts requests by what became of them, from the signal on; `late` are those that began after it."""

    fates: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)  #: references of captures with a full answer
    unanswered: set[str] = field(default_factory=set)
    code: int | None = None
    took_s: float = 0.0
    logged: set[str] = field(default_factory=set)

    @property
    def lost(self) -> set[str]:
        """Acknowledged, but not in the log."""
        return self.answered - self.logged

    @property
    def silent(self) -> set[str]:
        """Done, but never answered."""
        return self.unanswered & self.logged


@dataclass(kw_only=True)
class Drain:
    """On a fresh installation; stopped at the end."""

    place: Installation
    photos: Photos
    load_s: float = 4.0
    drained: Drained = field(default_factory=Drained)
    _told: float | None = None

    async def __call__(self) -> Drained:
        process = await anyio.to_thread.run_sync(self._start)
        try:
            api_key = await anyio.to_thread.run_sync(self.place.api_key)
            headers = {"authorization": f"Bearer {api_key}"}
            async with httpx.AsyncClient(base_url=self.place.url, headers=headers, timeout=60) as http:
                made = await http.post("/v1/galleries", json={"name": GALLERY, "pack": "light"})
                made.raise_for_status()
            running = [asyncio.create_task(self._client(number, headers)) for number in range(_CLIENTS)]
            await asyncio.sleep(self.load_s)
            self._told = time.monotonic()
            process.send_signal(signal.SIGTERM)
            self.drained.code = await anyio.to_thread.run_sync(process.wait)
            self.drained.took_s = time.monotonic() - self._told
            await asyncio.gather(*running)
        finally:
            process.kill()
            process.wait()
        await anyio.to_thread.run_sync(self.place.up)
        async with httpx.AsyncClient(base_url=self.place.url, headers=headers, timeout=60) as http:
            self.drained.logged = {event["reference"] for event in (await look(http)).events}
        return self.drained

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [PROGRAM, "up", "--foreground"],
            env=self.place.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if httpx.get(f"{self.place.url}/v1/ready", timeout=5).status_code == 200:
                    return process
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise RuntimeError("The service does not become ready.")

    async def _client(self, number: int, headers: dict[str, str]) -> None:
        """Every other one with a new connection for each request."""
        keep = 8 if number % 2 else 0
        limits = httpx.Limits(max_keepalive_connections=keep)
        async with httpx.AsyncClient(
            base_url=self.place.url, headers=headers, timeout=60, limits=limits
        ) as http:
            count = 0
            while not self._over():
                count += 1
                await self._request(http, f"{number}-{count}")

    def _over(self) -> bool:
        """A while after the signal, so that late requests are seen, too; and not before it has ended, within reason."""
        if self._told is None:
            return False
        since = time.monotonic() - self._told
        return since > 60 or (since > _AFTER_S and self.drained.code is not None)

    async def _request(self, http: httpx.AsyncClient, reference: str) -> None:
        late = self._told is not None
        try:
            done = await http.post(
                f"/v1/galleries/{GALLERY}/identify",
                content=self.photos.any(hash(reference)),
                params={"reference": reference},
                headers={"content-type": "image/jpeg"},
            )
            fate = str(done.status_code)
        except httpx.TransportError as error:
            fate = type(error).__name__
        if fate == "200":
            self.drained.answered.add(reference)
        else:
            self.drained.unanswered.add(reference)
            await asyncio.sleep(0.05)
        if self._told is not None:
            (self.drained.late if late else self.drained.fates)[fate] += 1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--folder", type=Path, required=True, help="is emptied; its parents are open to others"
    )
    parser.add_argument("--photos", type=Path, help="a folder with a folder for each human")
    parser.add_argument("--processes", type=int, default=1, help="API processes")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(mode=0o755, parents=True)
    place = Installation(
        folder=given.folder / "data",
        port=free_port(),
        more={"VISAVIS_MODELS__PACK": "light", "VISAVIS_SERVER__PROCESSES": str(given.processes)},
    )
    try:
        done = asyncio.run(Drain(place=place, photos=Photos.of(given.photos, people=40))())
    finally:
        place.down()
    print(f"exit code {done.code} after {done.took_s:.1f} s")
    print(f"on their way at the signal: {dict(done.fates)}")
    print(f"after the signal:           {dict(done.late)}")
    print(
        f"acknowledged {len(done.answered)}, lost {len(done.lost)}, done without an answer {len(done.silent)}"
    )
    return 1 if done.code or done.lost or done.silent else 0


if __name__ == "__main__":
    sys.exit(main())

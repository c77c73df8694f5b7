"""Several API processes are one: what one of them has enrolled or erased, every other knows at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ops.drills.installation import Installation, served_by
from ops.drills.photos import Photos
from tests.acceptance.service import FACES, installed
from visavis.bootstrap.models import Models

pytestmark = [
    pytest.mark.models,
    pytest.mark.postgres,
    pytest.mark.data,
    pytest.mark.anyio,
    pytest.mark.enable_socket,
]

SUBJECTS = 200
CLIENTS = 8
GALLERY = "race"


@pytest.fixture(scope="module")
def photos() -> Photos:
    if not FACES.is_dir():
        pytest.skip("the development photographs are not there")
    return Photos.of(FACES, people=SUBJECTS)


@pytest.fixture(scope="module")
def place(models: Models, photos: Photos) -> Iterator[Installation]:
    with installed(SERVER__PROCESSES="2") as found:
        found.up()
        yield found


@pytest.fixture(scope="module")
def api_key(place: Installation) -> str:
    return place.api_key()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One connection, and so one API process."""

    http: httpx.AsyncClient
    pid: int | None

    async def enrol(self, gallery: str, subject: str, photo: bytes) -> str:
        done = await self._sent(
            f"/v1/galleries/{gallery}/enrol", photo, subject=subject, force=True, largest=True
        )
        assert done.status_code == 201, done.text
        return str(done.json()["subject_id"])

    async def template(self, photo: bytes) -> str:
        """Of the largest face."""
        done = await self._sent("/v1/templates", photo, pack="light")
        return str(done.json()["templates"][0]["template"])

    async def seen(self, gallery: str, template: str) -> set[str]:
        """Everybody whom a search names, as a match or as a candidate."""
        done = await self.http.post(
            f"/v1/galleries/{gallery}/identify", json={"template": template}, params={"limit": 10}
        )
        assert done.status_code == 200, done.text
        return {one["subject_id"] for face in done.json()["faces"] for one in face["candidates"]}

    async def erase(self, subject_id: str) -> None:
        (await self.http.delete(f"/v1/subjects/{subject_id}")).raise_for_status()

    async def _sent(self, path: str, photo: bytes, **query: Any) -> httpx.Response:
        while True:
            done = await self.http.post(
                path, content=photo, params=query, headers={"content-type": "image/jpeg"}
            )
            if done.status_code != 503:  # several clients at once may be asked to come back
                return done
            await asyncio.sleep(0.1)


@asynccontextmanager
async def callers(place: Installation, api_key: str, count: int) -> AsyncIterator[list[Caller]]:
    """At least `count`, and so many that every API process has one."""
    async with AsyncExitStack() as stack:
        made: list[Caller] = []
        while len(made) < count or len({caller.pid for caller in made}) < 2:
            assert len(made) < 200, "one API process accepts all connections"
            http = await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=place.url,
                    headers={"authorization": f"Bearer {api_key}"},
                    timeout=60,
                    limits=httpx.Limits(max_connections=1),
                )
            )
            answer = await http.get("/v1/health")
            port = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
            made.append(Caller(http=http, pid=served_by(place, port)))
        yield made


async def create(caller: Caller, name: str) -> None:
    (await caller.http.post("/v1/galleries", json={"name": name, "pack": "light"})).raise_for_status()


def one_of_each(made: Sequence[Caller]) -> list[Caller]:
    return list({caller.pid: caller for caller in made}.values())


async def test_what_one_process_does_the_others_know_at_once(
    place: Installation, api_key: str, photos: Photos
) -> None:
    async with callers(place, api_key, 2) as made:
        one, other = one_of_each(made)[:2]
        await create(one, "both")
        for number in range(10):
            photo = photos.any(number)
            template = await one.template(photo)
            subject_id = await one.enrol("both", f"subject {number}", photo)
            assert subject_id in await other.seen("both", template)
            await other.erase(subject_id)
            assert subject_id not in await one.seen("both", template)
            one, other = other, one


@dataclass(kw_only=True)
class Race:
    """Who has been erased so far, and what clients saw."""

    templates: list[str]
    ids: list[str]
    erased: list[str] = field(default_factory=list)
    searches: int = 0
    found: int = 0  #: searches that named the subject of the photo
    wrong: list[str] = field(default_factory=list)

    async def search(self, caller: Caller, chance: random.Random) -> None:
        """Asks for those who are being erased now. With templates, so that hardly any time is spent on pictures."""
        while len(self.erased) < len(self.ids):
            number = max(0, min(len(self.erased) + chance.randint(-3, 3), len(self.ids) - 1))
            gone = set(self.erased)  # the erasure of these had been answered before this search began
            seen = await caller.seen(GALLERY, self.templates[number])
            self.searches += 1
            self.found += self.ids[number] in seen
            self.wrong += [f"{one} by process {caller.pid}" for one in seen & gone]


async def test_nobody_is_found_after_the_erasure_was_answered(
    place: Installation, api_key: str, photos: Photos
) -> None:
    async with callers(place, api_key, CLIENTS + 1) as made:
        await create(made[0], GALLERY)
        ids, templates = [""] * SUBJECTS, [""] * SUBJECTS
        waiting = iter(range(SUBJECTS))

        async def enrol(caller: Caller) -> None:
            for number in waiting:
                templates[number] = await caller.template(photos.any(number))
                ids[number] = await caller.enrol(GALLERY, f"race {number}", photos.any(number))

        await asyncio.gather(*(enrol(caller) for caller in made[:4]))
        race = Race(templates=templates, ids=ids)
        eraser, *others = made
        searching = [
            asyncio.create_task(race.search(caller, random.Random(number)))
            for number, caller in enumerate(others[-CLIENTS:])
        ]
        for subject_id in ids:
            await eraser.erase(subject_id)
            race.erased.append(subject_id)
        await asyncio.gather(*searching)
    assert not race.wrong
    assert len({caller.pid for caller in others[-CLIENTS:]}) == 2
    assert race.searches >= SUBJECTS
    assert race.found > 10  # the photos do find whoever is still there

"""Searching over a Milvus that several processes share: real servers, and one of them is killed."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.contract.making import MODEL, OTHER_TENANT, TENANT, a_gallery, a_reference
from tests.contract.store_references import prepared
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.ports.store import Store
from visavis.application.search import GallerySearch
from visavis.domain.decision import Calibration, CalibrationPoint, CandidateList, Measure
from visavis.domain.errors import IndexDown
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import Reference, Subject, SubjectId
from visavis.domain.template import Template

pytest.importorskip("milvus_lite", reason="needs the extra visavis[milvus]")

from visavis.adapters.milvus.connection import Connection
from visavis.adapters.milvus.index import MilvusIndex
from visavis.adapters.milvus.indexes import MilvusIndexes

pytestmark = pytest.mark.anyio

SERVER = "from milvus_lite.cmdline import main; main()"
OpenSearch = Callable[..., GallerySearch]


class LiteServer:
    """Milvus Lite in a process of its own, that can be killed and started again over the same files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVER, "server", *self.options()],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "server.log").read_text())

    def options(self) -> list[str]:
        return ["--data-dir", str(self.folder / "data"), "--host", "127.0.0.1", "--port", str(self.port)]

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    server = LiteServer(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def masters() -> MemoryMasterKeys:
    return MemoryMasterKeys()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def opened(server: LiteServer, masters: MemoryMasterKeys) -> Iterator[OpenSearch]:
    """Makes what one process has: a search, with a connection of its own."""
    connections: list[Connection] = []

    def made(store: Store, timeout_s: float = 30.0) -> GallerySearch:
        connections.append(Connection(server.url, timeout_s=timeout_s))
        return GallerySearch(store=store, tenant=TENANT, indexes=MilvusIndexes(connections[-1], masters))

    yield made
    for connection in connections:
        connection.close()


CALIBRATION = Calibration(
    model=MODEL,
    measure=Measure.COSINE,
    data="random directions",
    subjects=100,
    mated=100,
    non_mated=1000,
    points=(
        CalibrationPoint(score=0.0, fmr=0.5, fnmr=0.0),
        CalibrationPoint(score=0.9, fmr=1e-4, fnmr=0.0),
    ),
)


async def peopled(store: Store, *names: str) -> tuple[Gallery, list[Subject]]:
    """A gallery that asks for no consent, and these subjects."""
    gallery, subjects = await prepared(store, *names)
    return replace(gallery, policy=Policy()), subjects


async def best(search: GallerySearch, gallery: Gallery, probe: Template) -> SubjectId | None:
    (found,) = await ask(search, gallery, probe)
    if found.best is None or found.best.score.value < 0.9:
        return None
    return found.best.subject_id


async def ask(search: GallerySearch, gallery: Gallery, *probes: Template) -> list[CandidateList]:
    return await search(gallery, probes, CALIBRATION, limit=3)


def index_of(search: GallerySearch, gallery: Gallery) -> MilvusIndex:
    index = search._projections[gallery.id].index
    assert isinstance(index, MilvusIndex)
    return index


async def enrolled(store: Store, gallery: Gallery, *references: Reference) -> None:
    async with store.transaction(TENANT) as unit:
        await unit.references.add(references)


async def test_what_one_process_built_the_next_one_uses(store: MemoryStore, opened: OpenSearch) -> None:
    gallery, (ada, bob) = await peopled(store, "Ada", "Bob")
    kept = [a_reference(gallery, ada), a_reference(gallery, ada), a_reference(gallery, bob)]
    await enrolled(store, gallery, *kept)
    one, other = opened(store), opened(store)
    assert await one.warm(gallery) == 3
    incarnation = index_of(one, gallery).collection.marker()
    (found,) = await ask(other, gallery, kept[0].template)
    assert (found.searched, found.subjects) == (3, 2)
    assert found.best is not None
    assert found.best.subject_id == ada.id
    assert index_of(other, gallery).collection.marker() == incarnation


async def test_enrolled_and_erased_by_another_process(store: MemoryStore, opened: OpenSearch) -> None:
    gallery, (ada, bob) = await peopled(store, "Ada", "Bob")
    one, other = opened(store), opened(store)
    first, second = a_reference(gallery, ada), a_reference(gallery, bob)
    await enrolled(store, gallery, first)
    assert await best(one, gallery, first.template) == ada.id
    assert await best(other, gallery, second.template) is None
    await enrolled(store, gallery, second)
    assert await best(one, gallery, second.template) == bob.id
    assert await best(other, gallery, second.template) == bob.id
    async with store.transaction(TENANT) as unit:
        await unit.subjects.erase(ada.id)
    assert await best(other, gallery, first.template) is None
    assert index_of(other, gallery).subjects == 1  # its rows are gone, not only its matches
    assert await best(one, gallery, first.template) is None


async def test_a_lost_volume_is_filled_again(store: MemoryStore, opened: OpenSearch) -> None:
    gallery, (ada,) = await peopled(store, "Ada")
    kept = a_reference(gallery, ada)
    await enrolled(store, gallery, kept)
    search = opened(store)
    assert await best(search, gallery, kept.template) == ada.id
    collection = index_of(search, gallery).collection
    collection.connection.client.drop_collection(collection.name)
    assert await best(search, gallery, kept.template) == ada.id


async def test_an_index_ahead_of_the_store_is_not_believed(store: MemoryStore, opened: OpenSearch) -> None:
    """As after restoring an old backup of the database."""
    gallery, (ada,) = await peopled(store, "Ada")
    kept = a_reference(gallery, ada)
    await enrolled(store, gallery, kept)
    search = opened(store)
    await search.warm(gallery)
    index = index_of(search, gallery)
    index.drop(ada.id)
    index.advance(99)
    assert await best(search, gallery, kept.template) == ada.id
    assert index_of(search, gallery).sequence == 1


async def test_an_index_rebuilt_during_the_search_gives_no_answer(
    store: MemoryStore, opened: OpenSearch
) -> None:
    gallery, (ada,) = await peopled(store, "Ada")
    kept = a_reference(gallery, ada)
    await enrolled(store, gallery, kept)
    one, other = opened(store), opened(store)
    await one.warm(gallery)
    await other.warm(gallery)
    stale = index_of(one, gallery)
    index_of(other, gallery).clear()
    with pytest.raises(IndexDown):
        stale.propose(kept.template.vector[None], 5)
    assert await best(one, gallery, kept.template) == ada.id


async def test_a_new_master_key_moves_the_gallery_and_removes_the_old_copy(
    store: MemoryStore, opened: OpenSearch, masters: MemoryMasterKeys
) -> None:
    gallery, (ada,) = await peopled(store, "Ada")
    kept = a_reference(gallery, ada)
    await enrolled(store, gallery, kept)
    before = opened(store)
    await before.warm(gallery)
    masters.rotate()
    after = opened(store)
    assert await best(after, gallery, kept.template) == ada.id
    old, new = index_of(before, gallery).collection, index_of(after, gallery).collection
    assert old.name != new.name
    assert (old.exists(), new.exists()) == (False, True)
    assert await best(before, gallery, kept.template) == ada.id
    assert index_of(before, gallery).collection.name == new.name


async def test_removed_galleries_leave_nothing(store: MemoryStore, opened: OpenSearch) -> None:
    gallery, (ada,) = await peopled(store, "Ada")
    kept, search = a_reference(gallery, ada), opened(store)
    await enrolled(store, gallery, kept)
    stays = a_gallery("stays")
    async with store.transaction(TENANT) as unit:
        await unit.galleries.add(stays)
    foreign = GallerySearch(store=store, tenant=OTHER_TENANT, indexes=search.indexes)
    abroad = a_gallery("abroad")
    async with store.transaction(OTHER_TENANT) as unit:
        await unit.galleries.add(abroad)
    for one, which in ((search, gallery), (search, stays), (foreign, abroad)):
        await one.warm(which)
    indexes = [index_of(search, gallery), index_of(search, stays), index_of(foreign, abroad)]
    async with store.transaction(TENANT) as unit:
        await unit.galleries.remove(gallery.id)
    await search.prune()
    assert [index.collection.exists() for index in indexes] == [False, True, True]


async def test_vectors_at_rest_are_not_those_of_the_templates(store: MemoryStore, opened: OpenSearch) -> None:
    gallery, (ada,) = await peopled(store, "Ada")
    kept, search = a_reference(gallery, ada), opened(store)
    await enrolled(store, gallery, kept)
    await search.warm(gallery)
    collection = index_of(search, gallery).collection
    (row,) = collection.connection.client.query(
        collection.name, filter="row == 0", output_fields=["owner", "vector"]
    )
    stored = np.asarray(row["vector"], np.float32)
    assert row["owner"] == ada.id.hex
    assert np.linalg.norm(stored) == pytest.approx(np.linalg.norm(kept.template.vector), abs=1e-6)
    assert abs(float(stored @ kept.template.vector)) < 0.9
    rotation = index_of(search, gallery).rotation
    assert stored @ rotation.matrix.T == pytest.approx(kept.template.vector, abs=1e-6)


async def test_a_dead_server_is_said_and_its_return_noticed(
    store: MemoryStore, tmp_path: Path, masters: MemoryMasterKeys
) -> None:
    server = LiteServer(tmp_path)
    server.start()
    connection = Connection(server.url, timeout_s=2.0)
    try:
        search = GallerySearch(store=store, tenant=TENANT, indexes=MilvusIndexes(connection, masters))
        gallery, (ada, bob) = await peopled(store, "Ada", "Bob")
        kept, later = a_reference(gallery, ada), a_reference(gallery, bob)
        await enrolled(store, gallery, kept)
        assert await best(search, gallery, kept.template) == ada.id
        server.kill()
        with pytest.raises(IndexDown) as told:
            await best(search, gallery, kept.template)
        assert told.value.retryable
        await enrolled(store, gallery, later)
        with pytest.raises(IndexDown):
            await best(search, gallery, later.template)
        server.start()
        assert await eventually(search, gallery, later.template) == bob.id
        assert await best(search, gallery, kept.template) == ada.id
    finally:
        server.kill()


async def eventually(search: GallerySearch, gallery: Gallery, probe: Template) -> SubjectId | None:
    """The answer once there is one; until then every search says why there is none."""
    for _ in range(30):
        try:
            return await best(search, gallery, probe)
        except IndexDown:
            await asyncio.sleep(0.5)
    raise AssertionError("Milvus is back, and still not searched.")


async def test_nobody_listens(store: MemoryStore, masters: MemoryMasterKeys) -> None:
    gallery, _ = await peopled(store, "Ada")
    connection = Connection("http://user:hunter2@127.0.0.1:9", timeout_s=1.0)
    search = GallerySearch(store=store, tenant=TENANT, indexes=MilvusIndexes(connection, masters))
    with pytest.raises(IndexDown, match=r"127\.0\.0\.1:9") as told:
        await search.warm(gallery)
    assert "hunter2" not in str(told.value)


@asynccontextmanager
async def stores(url: str, masters: MemoryMasterKeys, count: int) -> AsyncIterator[list[PostgresStore]]:
    made = [PostgresStore(url, masters) for _ in range(count)]
    try:
        for store in made:
            await store.open()
        yield made
    finally:
        for store in made:
            await store.close()


@pytest.mark.postgres
async def test_many_processes_over_postgresql_build_once_and_never_disagree(
    migrated_database_url: str, masters: MemoryMasterKeys, opened: OpenSearch
) -> None:
    async with stores(migrated_database_url, masters, 4) as many:
        gallery, subjects = await peopled(many[0], *(f"S{number}" for number in range(40)))
        kept = {one.id: a_reference(gallery, one) for one in subjects}
        await enrolled(many[0], gallery, *list(kept.values())[:20])
        searches = [opened(store) for store in many]
        assert await asyncio.gather(*(search.warm(gallery) for search in searches)) == 4 * [20]
        markers = {index_of(search, gallery).collection.marker() for search in searches}
        assert len(markers) == 1
        missed: list[str] = []

        async def change(store: PostgresStore, search: GallerySearch, mine: list[SubjectId]) -> None:
            for number in mine:
                await enrolled(store, gallery, kept[number])
                if await best(search, gallery, kept[number].template) != number:
                    missed.append("enrolled")
                async with store.transaction(TENANT) as unit:
                    await unit.subjects.erase(number)
                if await best(search, gallery, kept[number].template) is not None:
                    missed.append("erased")

        late = list(kept)[20:]
        await asyncio.gather(
            *(change(many[n], searches[(n + 1) % 4], late[5 * n : 5 * n + 5]) for n in range(4))
        )
        assert missed == []
        index = index_of(searches[0], gallery)
        await searches[0].warm(gallery)
        assert (len(index), index.subjects) == (20, 20)
        assert {index_of(search, gallery).collection.name for search in searches} == {index.collection.name}

"""The connection is lost during a commit: whoever wrote is told the truth about it."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.contract.making import START, TENANT, a_subject
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.gather import Gather
from visavis.application.ledger import Ledger
from visavis.application.ports.store import UnitOfWork
from visavis.domain.access import local_principal
from visavis.domain.audit import Action
from visavis.domain.errors import StoreDown, SubjectNotFound
from visavis.domain.subject import Subject

pytestmark = [pytest.mark.anyio, pytest.mark.postgres, pytest.mark.enable_socket]


class Cut(Enum):
    """When the wire breaks."""

    NEVER = "never"
    BEFORE = "before the commit arrives"
    AFTER = "after the commit, before its answer arrives"


@dataclass
class Wire:
    """Between a store and its server; breaks at the next commit, once."""

    server: str
    cut: Cut = Cut.NEVER
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_unix_connection(self.server)
        back = asyncio.create_task(self.forward(behind, writer))
        try:
            while data := await reader.read(65536):
                cut = self.cut if b"COMMIT" in data else Cut.NEVER
                if cut is Cut.AFTER:
                    back.cancel()
                if cut is not Cut.BEFORE:
                    before.write(data)
                    await before.drain()
                if cut is not Cut.NEVER:
                    self.cut = Cut.NEVER
                    if cut is Cut.AFTER:
                        await asyncio.gather(back, return_exceptions=True)
                        await behind.read(65536)
                    break
        finally:
            back.cancel()
            writer.close()
            before.close()

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()


@dataclass
class Place:
    wire: Wire
    store: PostgresStore


@pytest.fixture
async def place(migrated_database_url: str) -> AsyncIterator[Place]:
    given = conninfo_to_dict(migrated_database_url)
    if not str(given.get("host", "")).startswith("/"):
        pytest.skip("the server is not reached by a socket file")
    port = given.get("port") or "5432"
    with tempfile.TemporaryDirectory(prefix="wire-") as folder:
        wire = Wire(server=f"{given['host']}/.s.PGSQL.{port}")
        server = await asyncio.start_unix_server(wire.serve, Path(folder) / f".s.PGSQL.{port}")
        async with (
            server,
            PostgresStore(make_conninfo(migrated_database_url, host=folder), MemoryMasterKeys()) as store,
        ):
            yield Place(wire=wire, store=store)


class Clock:
    def now(self) -> object:
        return START


LEDGER = Ledger(actor=local_principal("test").actor, clock=Clock())  # type: ignore[arg-type]


async def keep(work: UnitOfWork, subject: Subject) -> None:
    await work.subjects.add(subject)
    await LEDGER.note(work, Action.SUBJECT_CREATED, f"subject:{subject.id}")


async def there(place: Place, subject: Subject) -> bool:
    async with place.store.transaction(TENANT) as work:
        try:
            await work.subjects.get(subject.id)
        except SubjectNotFound:
            return False
    return True


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_an_audited_write_is_done_or_refused_and_nothing_between(place: Place, cut: Cut) -> None:
    subject, refused = a_subject("Ada"), False
    try:
        async with place.store.transaction(TENANT) as work:
            await keep(work, subject)
            place.wire.cut = cut
    except StoreDown:
        refused = True
    assert place.wire.cut is Cut.NEVER  # it did break
    assert refused is (cut is Cut.BEFORE)
    assert await there(place, subject) is not refused


async def test_what_is_not_audited_is_not_claimed(place: Place) -> None:
    async def write() -> None:
        async with place.store.transaction(TENANT) as work:
            await work.subjects.add(a_subject("Bob"))
            place.wire.cut = Cut.AFTER

    with pytest.raises(StoreDown):
        await write()


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
async def test_gathered_writes_are_done_once_or_refused_together(place: Place, cut: Cut) -> None:
    gather = Gather(store=place.store, tenant=TENANT)
    subjects = [a_subject(f"subject {number}") for number in range(4)]

    async def write(subject: Subject) -> None:
        async def one(work: UnitOfWork) -> None:
            await keep(work, subject)
            place.wire.cut = cut if subject is subjects[-1] else place.wire.cut

        await gather(one)

    told = await asyncio.gather(*(write(one) for one in subjects), return_exceptions=True)
    for subject, error in zip(subjects, told, strict=True):
        assert await there(place, subject) is (error is None)
    async with place.store.transaction(TENANT) as work:
        entries = await work.audit.page(limit=100)
    assert len(entries) == sum(error is None for error in told)
    assert all(error is None or isinstance(error, StoreDown) for error in told)

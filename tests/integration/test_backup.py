"""Backup, restore, rotation: on a real database, with everything that a restore must bring back."""

import asyncio
import tarfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from tests.unit.application.conftest import ACTOR
from tests.unit.application.fakes import MODEL, WordInference, calibration, picture
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.signing.ed25519 import Ed25519Signer
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.audit import Audit
from visavis.application.enrol import Enrol
from visavis.application.galleries import Galleries
from visavis.application.identify import Identify
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker
from visavis.application.record import Record
from visavis.application.search import GallerySearch
from visavis.bootstrap.archive import DUMP
from visavis.bootstrap.backup import make_backup, verified_backup
from visavis.bootstrap.local import master_keys
from visavis.bootstrap.restoring import restore_backup
from visavis.domain.audit import Action
from visavis.domain.errors import AlreadyExists, FileUnreadable, KeyUnavailable, ValueInvalid
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Keep, Policy
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import Settings, load_settings

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

NAMES = [f"subject {number}" for number in range(10)]
PASSPHRASE = "twelve or more"  # noqa: S105 (of this test)


@dataclass
class Place:
    """An installation: its database, its key file."""

    settings: Settings

    def store(self) -> PostgresStore:
        url = self.settings.database.url
        assert url is not None
        return PostgresStore(url.get_secret_value(), master_keys(self.settings))

    @property
    def key_file(self) -> Path:
        return self.settings.key_file


def place(url: str, folder: Path) -> Place:
    folder.mkdir()
    settings = load_settings(data_dir=folder)
    database = settings.database.model_copy(update={"url": SecretStr(url)})
    return Place(settings=settings.model_copy(update={"database": database}))


@pytest.fixture
async def full(empty_database_url: str, tmp_path: Path) -> Place:
    here = place(empty_database_url, tmp_path / "here")
    async with here.store() as store:
        await fill(store)
    return here


@pytest.fixture
async def other(postgres_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """Another machine."""
    from tests.conftest import _database

    async for url in _database(postgres_url, "template1"):
        yield place(url, tmp_path / "other")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


def read(file: Path) -> bytes:
    return file.read_bytes()


def write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o600)


def mode(file: Path) -> int:
    return file.stat().st_mode


def kit(store: PostgresStore) -> dict[str, object]:
    return {"store": store, "tenant": DEFAULT_TENANT}


async def fill(store: PostgresStore) -> Gallery:
    clock, identifiers = SystemClock(), RandomIdentifiers()
    ledger = Ledger(actor=ACTOR, clock=clock)
    galleries = Galleries(**kit(store), ledger=ledger, clock=clock, identifiers=identifiers)
    gallery = await galleries.create(
        "staff", purpose=Purpose.ACCESS, pack="words", model=MODEL, policy=Policy(keep=Keep.SAMPLE)
    )
    enrol = Enrol(
        **kit(store),
        inference=WordInference(),
        search=GallerySearch(**kit(store), indexes=ProcessIndexes(Float32Index)),
        calibration=calibration(),
        ledger=ledger,
        maker=ReferenceMaker(clock=clock, identifiers=identifiers),
    )
    for number, name in enumerate(NAMES):
        await enrol(gallery, name, [("x", picture(word(number), seed=1))])
    record = Record(
        **kit(store), ledger=ledger, clock=clock, identifiers=identifiers, software="visavis test"
    )
    for number in range(3):
        found = await identify(store)(gallery, picture(word(number), seed=5))
        await record.identified(gallery, found)
    return gallery


def word(number: int) -> str:
    return f"{number}x face"


def identify(store: PostgresStore) -> Identify:
    search = GallerySearch(**kit(store), indexes=ProcessIndexes(Float32Index))
    return Identify(inference=WordInference(), search=search, calibration=calibration())


async def answers(here: Place) -> list[object]:
    """What a hundred probes find: of people who are enrolled, and of others."""
    async with here.store() as store:
        async with store.transaction(DEFAULT_TENANT) as work:
            gallery = await work.galleries.by_name("staff")
        ask = identify(store)
        found = []
        for number in range(100):
            (one,) = await ask(gallery, picture(word(number % 20), seed=number))
            best = one.candidates.best if one.candidates else None
            assert one.decision is not None
            found.append((one.decision.outcome, best and best.name, best and best.score))
        return found


async def intact(here: Place) -> int:
    async with here.store() as store:
        audit = Audit(
            **kit(store),
            ledger=Ledger(actor=ACTOR, clock=SystemClock()),
            signer=Ed25519Signer(),
            clock=SystemClock(),
            software="",
        )
        report = await audit.verify()
    assert report.intact, report
    return report.entries


async def actions(here: Place) -> list[Action]:
    async with here.store() as store, store.transaction(DEFAULT_TENANT) as work:
        return [entry.record.action for entry in await work.audit.page(limit=1000)]


async def test_a_fresh_machine_answers_as_the_old_one(full: Place, other: Place, archive: Path) -> None:
    expected = await answers(full)
    made = await make_backup(full.settings, archive)
    assert verified_backup(archive).manifest == made.manifest
    assert mode(archive) & 0o077 == 0
    write(other.key_file, read(full.key_file))
    restored = await restore_backup(other.settings, archive)
    assert restored.rows == sum(made.manifest.tables.values())
    assert await answers(other) == expected
    assert await intact(other) == restored.audit_entries + 1
    assert (await actions(other))[-1] is Action.BACKUP_RESTORED
    assert (await actions(full))[-1] is Action.BACKUP_MADE


async def test_the_keys_travel_under_a_passphrase(full: Place, other: Place, archive: Path) -> None:
    with pytest.raises(ValueInvalid):
        await make_backup(full.settings, archive, passphrase=PASSPHRASE[:5])
    await make_backup(full.settings, archive, passphrase=PASSPHRASE)
    assert b'"key"' not in read(archive)
    with pytest.raises(KeyUnavailable):
        await restore_backup(other.settings, archive, passphrase=PASSPHRASE * 2)
    restored = await restore_backup(other.settings, archive, passphrase=PASSPHRASE)
    assert len(restored.keys_added) == 1
    assert await answers(other) == await answers(full)


@pytest.mark.parametrize("key", ["missing", "another"])
async def test_without_the_key_nothing_is_restored(
    full: Place, other: Place, archive: Path, key: str
) -> None:
    await make_backup(full.settings, archive)
    if key == "another":
        FileMasterKeys(other.key_file).rotate()
    with pytest.raises(KeyUnavailable) as refused:
        await restore_backup(other.settings, archive)
    assert str(other.key_file) in refused.value.advice
    url = other.settings.database.url
    assert url is not None
    async with await psycopg.AsyncConnection.connect(url.get_secret_value()) as connection:
        tables = await connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert await tables.fetchone() == (0,)


async def test_what_is_there_is_replaced_only_when_asked_and_only_as_a_whole(
    full: Place, archive: Path
) -> None:
    expected = await answers(full)
    await make_backup(full.settings, archive)
    async with full.store() as store, store.transaction(DEFAULT_TENANT) as work:
        await work.subjects.erase((await work.subjects.by_name(NAMES[0])).id)
    without = await answers(full)
    assert without != expected
    with pytest.raises(AlreadyExists):
        await restore_backup(full.settings, archive)
    kept = read(full.key_file)
    full.key_file.unlink()
    with pytest.raises(KeyUnavailable):
        await restore_backup(full.settings, archive, replace=True)
    write(full.key_file, kept)
    assert await answers(full) == without
    assert (await restore_backup(full.settings, archive, replace=True)).replaced
    assert await answers(full) == expected


async def test_a_damaged_backup_is_noticed(full: Place, archive: Path) -> None:
    await make_backup(full.settings, archive)
    with pytest.raises(AlreadyExists):
        await make_backup(full.settings, archive)
    with tarfile.open(archive) as tar:
        place_of_dump = tar.getmember(DUMP).offset_data
    content = bytearray(read(archive))
    content[place_of_dump + 5000] ^= 1
    write(archive, content)
    with pytest.raises(FileUnreadable, match="damaged"):
        verified_backup(archive)
    write(archive, content[: len(content) // 2])
    with pytest.raises(FileUnreadable):
        verified_backup(archive)


async def test_a_backup_is_one_state_while_others_write(full: Place, other: Place, archive: Path) -> None:
    async with full.store() as store:
        async with store.transaction(DEFAULT_TENANT) as work:
            gallery = await work.galleries.by_name("staff")
        ledger = Ledger(actor=ACTOR, clock=SystemClock())
        record = Record(
            **kit(store), ledger=ledger, clock=SystemClock(), identifiers=RandomIdentifiers(), software=""
        )
        found = await identify(store)(gallery, picture(word(1), seed=5))
        stop = asyncio.Event()

        async def write() -> None:
            while not stop.is_set():
                await record.identified(gallery, found)

        writer = asyncio.create_task(write())
        try:
            made = await make_backup(full.settings, archive, passphrase=PASSPHRASE)
        finally:
            stop.set()
            await writer
    restored = await restore_backup(other.settings, archive, passphrase=PASSPHRASE)
    assert restored.audit_entries == made.manifest.tables["audit_log"]
    assert made.manifest.tables["events"] < len([a for a in await actions(full) if "decision" in a])


async def test_a_running_process_goes_on_with_rotated_keys(full: Place) -> None:
    """Another process adds a master key and rotates; this one has read the old file and knows the old data key."""
    expected = await answers(full)
    async with full.store() as running:
        async with running.transaction(DEFAULT_TENANT) as work:
            gallery = await work.galleries.by_name("staff")
        ask = identify(running)
        await ask(gallery, picture(word(1), seed=5))
        new = FileMasterKeys(full.key_file).rotate()
        async with full.store() as rotating:
            await rotating.rotate(DEFAULT_TENANT, progress=lambda done, total: None)
        (found,) = await ask(gallery, picture(word(1), seed=5))
        assert found.candidates.best.name == NAMES[1]
        async with running.transaction(DEFAULT_TENANT) as work:
            references = await work.references.of_subjects(
                gallery.id, [(await work.subjects.by_name(NAMES[2])).id]
            )
            ((kept,),) = references.values()
            again = replace(kept, id=RandomIdentifiers().new(), photo=b"")
            await work.references.add([again])
        assert (await running.check(DEFAULT_TENANT)).key_problem is None
    url = full.settings.database.url
    assert url is not None
    async with await psycopg.AsyncConnection.connect(url.get_secret_value()) as connection:
        rows = await (await connection.execute("SELECT DISTINCT master FROM data_keys")).fetchall()
    assert rows == [(new,)]
    assert len(await answers(full)) == len(expected)

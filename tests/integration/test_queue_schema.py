"""The tables of procrastinate, which its updates change."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from visavis.adapters.procrastinate.queue import ProcrastinateQueue
from visavis.adapters.procrastinate.schema import FIRST, known_migrations, provide_schema
from visavis.application.ports.queue import Errand
from visavis.domain.errors import SchemaMismatch
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

RETRY = "procrastinate_retry_job_v2"  #: made by a migration of procrastinate 3.4


async def ask(url: str, *statements: str) -> list[str]:
    """The first column of the last statement's answer."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("SET search_path = visavis_queue")
        for statement in statements[:-1]:
            await connection.execute(statement)
        cursor = await connection.execute(statements[-1])
        return [str(row[0]) async for row in cursor] if cursor.description else []


async def functions(url: str) -> list[str]:
    return await ask(url, f"SELECT proname FROM pg_proc WHERE proname = '{RETRY}'")  # noqa: S608  # constants only


async def recorded(url: str) -> list[str]:
    return await ask(url, 'SELECT name FROM visavis_migrations ORDER BY name COLLATE "C"')


async def use(url: str) -> None:
    async with ProcrastinateQueue(url) as queue:
        errand = Errand(task="test", tenant=DEFAULT_TENANT, key="x")
        assert await queue.defer(errand)
        assert await queue.cancel(errand)


async def test_is_made_once_however_many_begin(migrated_database_url: str) -> None:
    await asyncio.gather(*(provide_schema(migrated_database_url) for _ in range(4)))
    assert await recorded(migrated_database_url) == [known_migrations()[-1].name]
    await use(migrated_database_url)


async def make_older(url: str) -> list[Path]:
    """As procrastinate 3.3 left it; what is newer."""
    old = [step for step in known_migrations() if step.name < "03.04"]
    record = "CREATE TABLE visavis_migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
    last = f"INSERT INTO visavis_migrations VALUES ('{old[-1].name}')"  # noqa: S608  # constants only
    await ask(url, *[step.read_text() for step in old], record, last)
    return known_migrations()[len(old) :]


async def test_an_older_one_is_brought_up_to_date(migrated_database_url: str) -> None:
    newer = await make_older(migrated_database_url)
    assert await functions(migrated_database_url) == []
    await asyncio.gather(use(migrated_database_url), provide_schema(migrated_database_url))
    assert await functions(migrated_database_url) == [RETRY]
    assert (await recorded(migrated_database_url))[1:] == [step.name for step in newer]


async def test_an_interrupted_update_goes_on(migrated_database_url: str, tmp_path: Path) -> None:
    newer = await make_older(migrated_database_url)
    broken = tmp_path / newer[-1].name
    broken.write_text("SELECT nothing")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        await provide_schema(migrated_database_url, [*known_migrations()[:-1], broken])
    assert (await recorded(migrated_database_url))[-1] == newer[-2].name
    await use(migrated_database_url)
    assert (await recorded(migrated_database_url))[-1] == newer[-1].name


async def test_without_a_record_it_is_the_first_that_was_used(migrated_database_url: str) -> None:
    await provide_schema(migrated_database_url)
    await ask(migrated_database_url, "DROP TABLE visavis_migrations")
    await use(migrated_database_url)
    assert (await recorded(migrated_database_url))[0] == FIRST


async def test_a_newer_one_is_refused(migrated_database_url: str) -> None:
    await provide_schema(migrated_database_url)
    await ask(migrated_database_url, "INSERT INTO visavis_migrations VALUES ('99.00.00_01_pre_future.sql')")
    with pytest.raises(SchemaMismatch, match="newer version of procrastinate"):
        await use(migrated_database_url)

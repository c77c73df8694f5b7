"""The schema: its versions, its history, and what it says about clear text."""

import asyncio
from dataclasses import replace

import psycopg
import pytest

from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.migrate import Migration, known_migrations, migrate, schema_version
from visavis.adapters.postgres.store import PostgresStore
from visavis.domain.errors import SchemaMismatch
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

COLUMNS = """
    SELECT c.relname, a.attname, col_description(c.oid, a.attnum)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
FORMS = ("clear text, name", "clear text, technical", "identifier", "number", "time", "digest", "encrypted")

NAMES = {
    ("alert_channels", "name"),
    ("alert_notices", "gallery"),
    ("alert_rules", "condition"),
    ("alert_rules", "name"),
    ("alerts", "gallery"),
    ("alerts", "note"),
    ("alerts", "rule"),
    ("agent_invitations", "galleries"),
    ("agent_invitations", "name"),
    ("agents", "galleries"),
    ("agents", "name"),
    ("access_decisions", "area"),
    ("access_decisions", "gallery"),
    ("access_decisions", "rule"),
    ("access_decisions", "schedule"),
    ("api_keys", "name"),
    ("attendance_corrections", "reason"),
    ("doors", "area"),
    ("doors", "gallery"),
    ("doors", "rules"),
    ("camera_pictures", "gallery"),
    ("cameras", "note"),
    ("cameras", "site"),
    ("cameras", "zone"),
    ("corrections", "note"),
    ("corrections", "undo"),
    ("drift_monitors", "gallery"),
    ("events", "gallery"),
    ("events", "site"),
    ("events", "zone"),
    ("galleries", "name"),
    ("job_items", "label"),
    ("job_items", "subject"),
    ("jobs", "gallery"),
    ("kept_reports", "content"),
    ("kept_reports", "gallery"),
    ("kept_reports", "title"),
    ("review_opinions", "reason"),
    ("recordings", "location"),
    ("recordings", "name"),
    ("recordings", "site"),
    ("recordings", "zone"),
    ("schedules", "name"),
    ("subjects", "name"),
    ("tenants", "name"),
    ("users", "login"),
    ("webhooks", "description"),
    ("webhooks", "galleries"),
}


async def connected(url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


async def test_first_starts_at_the_same_time_agree(empty_database_url: str) -> None:
    stores = [PostgresStore(empty_database_url, MemoryMasterKeys()) for _ in range(6)]
    await asyncio.gather(*(store.open() for store in stores))
    health = await stores[0].check(DEFAULT_TENANT)
    assert health.schema == known_migrations()[-1].version
    for store in stores:
        await store.close()


async def test_later_steps_are_applied_once_and_in_order(empty_database_url: str) -> None:
    steps = known_migrations()
    extra = Migration(version=steps[-1].version + 1, name="more.sql", text="CREATE TABLE more (one int);")
    async with await connected(empty_database_url) as connection:
        assert await schema_version(connection) == 0
        await migrate(connection, steps)
        assert await migrate(connection, [*steps, extra]) == extra.version
        assert await migrate(connection, [*steps, extra]) == extra.version
        assert await schema_version(connection) == extra.version


async def test_a_step_that_fails_leaves_nothing(empty_database_url: str) -> None:
    steps = known_migrations()
    broken = Migration(
        version=steps[-1].version + 1, name="broken.sql", text="CREATE TABLE more (one int); SELECT 1/0;"
    )
    async with await connected(empty_database_url) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await migrate(connection, [*steps, broken])
        assert await schema_version(connection) == 0
        found = await (await connection.execute("SELECT to_regclass('galleries')")).fetchone()
        assert found == (None,)


async def test_a_newer_schema_is_refused(migrated_database_url: str) -> None:
    async with await connected(migrated_database_url) as connection:
        await connection.execute("INSERT INTO schema_migrations VALUES (9999, 'future.sql', 'x')")
    with pytest.raises(SchemaMismatch, match="9999"):
        await PostgresStore(migrated_database_url, MemoryMasterKeys()).open()


async def test_an_altered_step_is_refused(migrated_database_url: str) -> None:
    steps = known_migrations()
    async with await connected(migrated_database_url) as connection:
        with pytest.raises(SchemaMismatch, match="another form"):
            await migrate(connection, [replace(steps[0], text=steps[0].text + " "), *steps[1:]])


async def test_without_permission_to_migrate_an_empty_database_is_refused(empty_database_url: str) -> None:
    with pytest.raises(SchemaMismatch, match="lacks"):
        await PostgresStore(empty_database_url, MemoryMasterKeys(), may_migrate=False).open()


async def test_every_column_says_how_readable_it_is_and_every_table_belongs_to_a_tenant(
    migrated_database_url: str,
) -> None:
    async with await connected(migrated_database_url) as connection:
        rows = await (await connection.execute(COLUMNS)).fetchall()
    comments = {(str(table), str(column)): str(comment or "") for table, column, comment in rows}
    assert [place for place, comment in comments.items() if not comment.startswith(FORMS)] == []
    names = {place for place, comment in comments.items() if comment.startswith("clear text, name")}
    assert names == NAMES
    tables = {table for table, _ in comments} - {"schema_migrations"}
    assert len(tables) >= 5
    assert {table for table, column in comments if column == "tenant_id"} == tables

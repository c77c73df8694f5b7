"""The second wall between tenants: what the database refuses even to wrong queries."""

import uuid
from collections.abc import AsyncIterator
from typing import LiteralString

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from tests.contract.making import (
    OTHER_TENANT,
    START,
    TENANT,
    a_consent,
    a_reference,
    a_subject,
    a_template,
    an_event,
)
from tests.contract.store_agents import a_configuration, an_agent, an_invitation
from tests.contract.store_audit import a_record
from tests.contract.store_cameras import a_camera, a_camera_picture, a_probe
from tests.contract.store_corrections import a_correction, a_denial
from tests.contract.store_monitors import a_monitor
from tests.contract.store_passages import a_decision, a_door, a_schedule, an_attendance_correction
from tests.contract.store_references import prepared
from tests.contract.store_reviews import a_case, a_picture, an_opinion
from tests.contract.store_samples import an_image
from tests.contract.store_trials import a_trial, made
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.migrate import known_migrations, migrate
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.postgres.tenancy import ROLE, choose_role, tenant_transaction
from visavis.application.ports.corrections import Parked
from visavis.domain.attendance import AttendancePlan
from visavis.domain.door import AccessRule
from visavis.domain.review import ReviewState
from visavis.domain.subject import SubjectId, TenantId
from visavis.domain.trial import Agreement, Disagreement

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

TABLES = """
    SELECT c.relname, c.relrowsecurity, p.oid IS NOT NULL, has_table_privilege('visavis_tenant', c.oid, 'SELECT')
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        LEFT JOIN pg_policy AS p ON p.polrelid = c.oid AND p.polname = 'tenant_wall'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""
FILLED = (
    "galleries",
    "subjects",
    "data_keys",
    "subject_references",
    "gallery_changes",
    "gallery_members",
    "reference_samples",
    "event_counters",
    "events",
    "consents",
    "drift_monitors",
    "drift_positions",
    "trials",
    "trial_templates",
    "trial_disagreements",
    "schedules",
    "door_subjects",
    "access_positions",
    "access_decisions",
    "attendance_plans",
    "attendance_corrections",
    "camera_pictures",
    "cameras",
    "event_probes",
    "event_pictures",
    "reviews",
    "review_opinions",
    "corrections",
    "denials",
    "parked_references",
    "subject_aliases",
    "subjects_apart",
    "agents",
    "agent_configurations",
    "agent_invitations",
    "audit_log",
)


async def connected(url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


@pytest.fixture
async def store(migrated_database_url: str) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        await fill(store)
        yield store


@pytest.fixture
async def plain_url(postgres_url: str, empty_database_url: str) -> AsyncIterator[str]:
    """An empty database that belongs to somebody who is no superuser and may not make or take roles."""
    role = sql.Identifier(f"visavis_plain_{uuid.uuid4().hex[:12]}")
    name = sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]))
    async with await connected(postgres_url) as connection:
        await connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        await connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, role))
    yield make_conninfo(empty_database_url, options=f"-c role={role._obj[0]}")
    async with await connected(empty_database_url) as connection:
        await connection.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(role))
        await connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
        await connection.execute(sql.SQL("DROP ROLE {}").format(role))


async def fill(store: PostgresStore) -> None:
    """A row or more in each of the tables of tenants."""
    gallery, (ada,) = await prepared(store, "Ada")
    kept = a_reference(gallery, ada)
    async with store.transaction(TENANT) as unit:
        await unit.references.add([kept])
        await unit.samples.add([an_image(kept)])
        await unit.consents.add(a_consent(ada))
        await unit.monitors.claim()
        await unit.monitors.keep([a_monitor(gallery)])
        await unit.trials.keep(trial := a_trial(gallery))
        await unit.trials.add(trial, [made(kept)])
        await unit.events.add([event := an_event(gallery)])
        differs = Disagreement(
            event_id=event.id,
            agreement=Agreement.OTHER,
            at=event.recorded_at,
            in_force_score=None,
            candidate_score=None,
        )
        await unit.trials.disagree(trial, [differs])
        await unit.schedules.put(a_schedule())
        door = a_door(gallery, "front", AccessRule(subjects=frozenset({ada.id})))
        await unit.doors.put(door)
        await unit.access_decisions.claim()
        await unit.access_decisions.keep(a_decision(door, ada))
        await unit.attendance.set_plan(AttendancePlan(gallery_id=gallery.id, zone="UTC"))
        await unit.attendance.add(an_attendance_correction(gallery, ada))
        await unit.agents.invite(an_invitation(), bytes(32))
        await unit.agents.add(agent := an_agent())
        await unit.agents.configure(a_configuration(agent))
        await unit.corrections.add(correction := a_correction(gallery, ada))
        await unit.denials.add([a_denial(correction, gallery, ada)])
        await unit.corrections.park(correction.id, [Parked(reference=a_reference(gallery, ada))])
        await unit.subjects.add(bob := a_subject("Bob"))
        await unit.corrections.keep_apart(ada.id, bob.id, START)
        await unit.lineage.redirect(SubjectId(uuid.uuid4()), ada.id, START)
        await unit.cameras.add(a_camera())
        await unit.camera_pictures.keep(a_camera_picture())
        await unit.events.add([event := an_event(gallery, subject=ada)])
        await unit.probes.keep([a_probe(event, gallery, a_template())])
        await unit.pictures.keep([a_picture(event, gallery)])
        await unit.reviews.open([a_case(event, gallery, ada)])
        await unit.reviews.add(an_opinion(event, "user:1"), ReviewState.WAITING, split=False)
        await unit.audit.append(a_record())


async def counts(url: str, tenant: TenantId | None) -> dict[str, int]:
    """Rows that a query without any condition sees, as the role of tenants."""
    found: dict[str, int] = {}
    async with await connected(url) as connection, connection.transaction():
        await connection.execute("SELECT set_config('role', %s, true)", (ROLE,))
        if tenant is not None:
            await connection.execute("SELECT set_config('visavis.tenant', %s, true)", (str(tenant),))
        for table in FILLED:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            row = await (await connection.execute(query)).fetchone()
            found[table] = int(str(row[0])) if row else -1
    return found


async def attempt(url: str, statement: LiteralString, role: str | None) -> None:
    async with await connected(url) as connection, connection.transaction():
        if role is not None:
            await connection.execute("SELECT set_config('role', %s, true)", (role,))
        await connection.execute("SELECT set_config('visavis.tenant', %s, true)", (str(TENANT),))
        await connection.execute(statement)


async def refused(url: str, statement: LiteralString, *, role: str | None = ROLE) -> None:
    await attempt(url, "SELECT count(*) FROM audit_log", role)
    with pytest.raises(errors.InsufficientPrivilege):
        await attempt(url, statement, role)


async def test_every_table_of_tenants_is_behind_the_wall(migrated_database_url: str) -> None:
    async with await connected(migrated_database_url) as connection:
        rows = await (await connection.execute(TABLES)).fetchall()
    assert len(rows) > len(FILLED)
    assert [row[0] for row in rows if row[1:] != (True, True, True)] == []


async def test_a_query_that_forgets_the_tenant_sees_that_tenant_only(
    store: PostgresStore, migrated_database_url: str
) -> None:
    assert min((await counts(migrated_database_url, TENANT)).values()) > 0
    assert set((await counts(migrated_database_url, OTHER_TENANT)).values()) == {0}
    assert set((await counts(migrated_database_url, None)).values()) == {0}
    assert (await store.check(TENANT)).references == 1


async def test_nothing_can_be_written_for_another_tenant(
    store: PostgresStore, migrated_database_url: str
) -> None:
    await refused(
        migrated_database_url,
        "INSERT INTO subjects SELECT gen_random_uuid(), subject_id, name, created_at, kind FROM subjects",
    )
    await refused(migrated_database_url, "UPDATE subjects SET tenant_id = gen_random_uuid()")
    assert (await store.check(TENANT)).subjects == 2


@pytest.mark.parametrize("role", [ROLE, None])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'user:somebody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ],
)
async def test_the_audit_log_is_append_only(
    store: PostgresStore, migrated_database_url: str, statement: LiteralString, role: str | None
) -> None:
    """Not even the owner, or a superuser, alters it by mistake."""
    await refused(migrated_database_url, statement, role=role)
    async with store.transaction(TENANT) as unit:
        (entry,) = await unit.audit.page()
    assert entry.intact


async def test_receipts_cannot_be_altered(store: PostgresStore, migrated_database_url: str) -> None:
    await refused(migrated_database_url, "DELETE FROM erasure_receipts")
    await refused(migrated_database_url, "UPDATE erasure_receipts SET document = ''")


async def test_transactions_run_as_the_role_of_tenants_and_leave_it(
    store: PostgresStore, migrated_database_url: str
) -> None:
    async with await connected(migrated_database_url) as connection:
        await choose_role(connection)
        async with tenant_transaction(connection, TENANT):
            row = await (await connection.execute("SELECT current_user::text")).fetchone()
            assert row == (ROLE,)
        query = "SELECT current_user::text, current_setting('visavis.tenant')"
        row = await (await connection.execute(query)).fetchone()
        assert row == (connection.info.user, "")
        await connection.execute("REVOKE SELECT ON subjects FROM visavis_tenant")
    with pytest.raises(errors.InsufficientPrivilege):
        async with store.transaction(TENANT) as unit:
            await unit.subjects.page()


async def test_an_owner_who_may_not_take_the_role_is_bound_all_the_same(plain_url: str) -> None:
    async with PostgresStore(plain_url, MemoryMasterKeys()) as store:
        await fill(store)
        async with store.transaction(OTHER_TENANT) as unit:
            await unit.subjects.add(a_subject("Bob"))
        await store.rotate(TENANT, progress=lambda done, total: None)
        await store.rewrap(TENANT)
        health = await store.check(TENANT)
        assert (health.galleries, health.subjects, health.references) == (1, 2, 1)
        assert health.key_problem is None
        async with store.transaction(OTHER_TENANT) as unit:
            assert [one.subject.name for one in await unit.subjects.page()] == ["Bob"]
    async with await connected(plain_url) as connection:
        for tenant, expected in ((TENANT, 2), (uuid.uuid4(), 0)):
            await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(tenant),))
            row = await (await connection.execute("SELECT count(*) FROM subjects")).fetchone()
            assert row == (expected,)


async def test_what_was_logged_before_monitors_came_is_not_looked_at(plain_url: str) -> None:
    """The owner is bound by the wall, too, and is no superuser here."""
    async with await connected(plain_url) as connection:
        await migrate(connection, known_migrations()[:5])
        await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(TENANT),))
        await connection.execute("INSERT INTO event_counters VALUES (%s, 77)", (TENANT,))
    async with await connected(plain_url) as connection:
        await migrate(connection)
    async with PostgresStore(plain_url, MemoryMasterKeys()) as store:
        for tenant, place in ((TENANT, 77), (OTHER_TENANT, 0)):
            async with store.transaction(tenant) as unit:
                assert await unit.monitors.claim() == place

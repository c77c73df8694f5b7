"""Accounts in the database: what a copy of it tells, and what stands between tenants."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.contract.making import OTHER_TENANT, START, TENANT
from tests.contract.store_accounts import a_session, a_user, with_tenants, with_users
from tests.contract.store_keys import ANSWER, a_key, a_row
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.memory.limiter import MemoryLimiter
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.postgres.tenancy import ROLE
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.access.api_keys import ApiKeys, KeyRequest
from visavis.application.access.authenticate import Authenticate
from visavis.application.access.tokens import digest
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import KeyKind
from visavis.domain.errors import KeyUnavailable, NotAuthenticated

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

ACCOUNTS = ("tenants", "users", "sign_in_links", "sessions", "api_keys", "idempotent_requests", "lockouts")
LOCAL = local_principal("tester")


async def connected(url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    return await psycopg.AsyncConnection.connect(url, autocommit=True)


@pytest.fixture
async def store(migrated_database_url: str) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        yield store


@pytest.fixture
async def plain_url(postgres_url: str, empty_database_url: str) -> AsyncIterator[str]:
    """An empty database that belongs to somebody who is no superuser and may not make or take roles."""
    name = f"visavis_plain_{uuid.uuid4().hex[:12]}"
    role = sql.Identifier(name)
    database = sql.Identifier(str(conninfo_to_dict(empty_database_url)["dbname"]))
    async with await connected(postgres_url) as connection:
        await connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        await connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, role))
    yield make_conninfo(empty_database_url, options=f"-c role={name}")
    async with await connected(empty_database_url) as connection:
        await connection.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(role))
        await connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
        await connection.execute(sql.SQL("DROP ROLE {}").format(role))


async def seen(url: str, tenant: str) -> dict[str, int]:
    """Rows that a query without any condition sees in a transaction of this tenant."""
    found: dict[str, int] = {}
    async with await connected(url) as connection, connection.transaction():
        await connection.execute(
            "SELECT set_config('role', %s, true), set_config('visavis.tenant', %s, true)", (ROLE, tenant)
        )
        for table in ACCOUNTS:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            row = await (await connection.execute(query)).fetchone()
            found[table] = int(str(row[0])) if row else -1
    return found


async def test_a_query_that_forgets_the_tenant_sees_no_accounts_of_others(
    store: PostgresStore, migrated_database_url: str
) -> None:
    await with_tenants(store)
    ada = a_user("ada")
    await with_users(store, ada)
    async with store.transaction(TENANT) as work:
        await work.accounts.sessions.add(a_session(ada), digest("s"))
        await work.accounts.links.put(ada.id, digest("l"), START)
        await work.accounts.keys.add(a_key(), digest("k"))
        await work.requests.claim(b"r", a_row(), now=START, expires_at=START)
    mine = await seen(migrated_database_url, str(TENANT))
    assert mine == dict.fromkeys(ACCOUNTS, 1) | {"lockouts": 0}
    others = await seen(migrated_database_url, str(OTHER_TENANT))
    assert others == dict.fromkeys(ACCOUNTS, 0) | {"tenants": 1}
    assert set((await seen(migrated_database_url, "")).values()) == {0}


async def test_a_copy_of_the_database_lets_nobody_in(
    store: PostgresStore, migrated_database_url: str
) -> None:
    keys = ApiKeys(store=store, clock=SystemClock(), identifiers=RandomIdentifiers())
    wanted = KeyRequest(name="", permissions=frozenset({Permission.DETECT}))
    secrets = []
    for kind in KeyKind:
        created = await keys.create(LOCAL, replace(wanted, name=kind.value, kind=kind))
        secrets.append(created.secret)
    row = a_row()
    async with store.transaction(LOCAL.tenant) as work:
        await work.requests.claim(b"k", row, now=START, expires_at=START)
        await work.requests.finish(b"k", row.claim, ANSWER)
    content = ""
    async with await connected(migrated_database_url) as connection:
        for table in (*ACCOUNTS, "audit_log"):
            rows = await connection.execute(
                sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))
            )
            content += "".join([str(one[0]) async for one in rows])
    assert "AKIA" in content  # the label is no secret
    for secret in (*secrets, "vv_x"):
        assert secret not in content
        assert secret.encode().hex() not in content


async def test_a_secret_that_was_moved_to_another_key_does_not_open(
    store: PostgresStore, migrated_database_url: str
) -> None:
    one, other = a_key("one", KeyKind.ACCESS_KEY), a_key("other", KeyKind.ACCESS_KEY)
    async with store.transaction(LOCAL.tenant) as work:
        await work.accounts.keys.add(one, digest("1"), secret="of one")  # noqa: S106
        await work.accounts.keys.add(other, digest("2"), secret="of the other")  # noqa: S106
    async with await connected(migrated_database_url) as connection:
        await connection.execute(
            """
            UPDATE api_keys AS k SET nonce = o.nonce, ciphertext = o.ciphertext FROM api_keys AS o
            WHERE k.api_key_id = %s AND o.api_key_id = %s
            """,
            (one.id, other.id),
        )
    async with store.directory() as directory:
        assert (await directory.key(digest("2"))) is not None
    with pytest.raises(KeyUnavailable):
        async with store.directory() as directory:
            await directory.key(digest("1"))


async def test_everything_works_for_an_owner_of_the_tables_without_any_privilege(plain_url: str) -> None:
    async with PostgresStore(plain_url, MemoryMasterKeys()) as first:
        await with_tenants(first)
        await with_users(first, a_user("ada"))
        keys = ApiKeys(store=first, clock=SystemClock(), identifiers=RandomIdentifiers())
        wanted = KeyRequest(name="k", permissions=frozenset({Permission.DETECT}), kind=KeyKind.ACCESS_KEY)
        created = await keys.create(LOCAL, wanted)
        async with first.directory() as directory:
            # the secret is opened as its tenant, and afterwards all tenants are seen again
            assert await directory.key(digest(created.key.label)) is not None
            found = await directory.user("ada")
            assert found is not None
            assert found.tenant.id == TENANT
        async with first.transaction(OTHER_TENANT) as work:
            assert await work.accounts.users.page() == []
            assert len(await work.accounts.tenants.all()) == 3


async def test_after_a_key_is_revoked_in_one_process_another_refuses_it_soon(
    store: PostgresStore, migrated_database_url: str
) -> None:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as elsewhere:
        keys = ApiKeys(store=store, clock=SystemClock(), identifiers=RandomIdentifiers())
        created = await keys.create(LOCAL, KeyRequest(name="k", permissions=frozenset({Permission.DETECT})))
        other = Authenticate(store=elsewhere, clock=SystemClock(), limiter=MemoryLimiter())
        await other.key(created.secret)
        await keys.revoke(LOCAL, created.key.id)
        other.forget()  # what time does: see the unit tests
        with pytest.raises(NotAuthenticated):
            await other.key(created.secret)

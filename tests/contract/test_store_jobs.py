"""Jobs, webhooks and monitors over memory and PostgreSQL."""

import pytest

from tests.contract.making import OTHER_TENANT, TENANT
from tests.contract.store_jobs import JobsContract, StagingContract, a_job, photos
from tests.contract.store_monitors import MonitorsContract
from tests.contract.store_webhooks import WebhooksContract, a_webhook
from tests.contract.stores import OverMemory, OverPostgres
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.postgres.store import PostgresStore

pytestmark = pytest.mark.anyio


class BacklogContract:
    async def test_tells_across_tenants_where_something_is_to_be_done(
        self, store: MemoryStore | PostgresStore
    ) -> None:
        job = a_job(stream="classify:gate")
        async with store.transaction(OTHER_TENANT) as unit:
            await unit.jobs.add(job, photos(b"1"))
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(a_webhook())
        assert await store.backlog().streams() == [(OTHER_TENANT, "classify:gate")]
        assert await store.backlog().webhooks() == [TENANT]
        async with store.transaction(OTHER_TENANT) as unit:
            await unit.jobs.cancel(job.id, job.created_at)
        assert await store.backlog().streams() == []


class JobStoreContract(JobsContract, StagingContract, WebhooksContract, MonitorsContract, BacklogContract):
    pass


class TestMemory(OverMemory, JobStoreContract):
    pass


class TestPostgres(OverPostgres, JobStoreContract):
    pass

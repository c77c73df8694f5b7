"""The store in PostgreSQL, 15 or later."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from visavis.adapters.postgres.access_decisions import PostgresAccessDecisions
from visavis.adapters.postgres.accounts import PostgresAccounts, postgres_accounts
from visavis.adapters.postgres.agents import PostgresAgents
from visavis.adapters.postgres.alert_rules import PostgresAlertRules
from visavis.adapters.postgres.alerts import PostgresAlerts
from visavis.adapters.postgres.announcements import Announcements
from visavis.adapters.postgres.attendance import PostgresAttendance
from visavis.adapters.postgres.audit import PostgresAuditLog
from visavis.adapters.postgres.backlog import PostgresBacklog
from visavis.adapters.postgres.camera_pictures import PostgresCameraPictures
from visavis.adapters.postgres.cameras import PostgresCameras
from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.channels import PostgresChannels
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.consents import PostgresConsents
from visavis.adapters.postgres.corrections import PostgresCorrections
from visavis.adapters.postgres.denials import PostgresDenials
from visavis.adapters.postgres.directory import PostgresDirectory
from visavis.adapters.postgres.doors import PostgresDoors
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.events import PostgresEvents
from visavis.adapters.postgres.failures import require_sound
from visavis.adapters.postgres.galleries import PostgresGalleries
from visavis.adapters.postgres.health import health
from visavis.adapters.postgres.jobs import PostgresJobs
from visavis.adapters.postgres.kept_reports import PostgresKeptReports
from visavis.adapters.postgres.keyring import PostgresKeyring
from visavis.adapters.postgres.lineage import PostgresLineage
from visavis.adapters.postgres.monitors import PostgresMonitors
from visavis.adapters.postgres.pictures import PostgresEventPictures
from visavis.adapters.postgres.pool import Pool
from visavis.adapters.postgres.probes import PostgresProbes
from visavis.adapters.postgres.receipts import PostgresReceipts
from visavis.adapters.postgres.recordings import PostgresRecordings
from visavis.adapters.postgres.references import PostgresReferences
from visavis.adapters.postgres.requests import PostgresRequests
from visavis.adapters.postgres.reviews import PostgresReviews
from visavis.adapters.postgres.rotation import rotate
from visavis.adapters.postgres.samples import PostgresSamples
from visavis.adapters.postgres.schedules import PostgresSchedules
from visavis.adapters.postgres.signing import PostgresSigningKeys
from visavis.adapters.postgres.staging import PostgresStaging
from visavis.adapters.postgres.subjects import PostgresSubjects
from visavis.adapters.postgres.tenancy import tenant_transaction
from visavis.adapters.postgres.trials import PostgresTrials
from visavis.adapters.postgres.vault import Vault
from visavis.adapters.postgres.visitors import PostgresVisitors
from visavis.adapters.postgres.webhooks import PostgresWebhooks
from visavis.application.ports.audit import AuditHead
from visavis.application.ports.keys import MasterKeys
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation, StoreHealth
from visavis.domain.errors import StoreDown
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUnit:
    """One transaction on one connection."""

    galleries: PostgresGalleries
    subjects: PostgresSubjects
    references: PostgresReferences
    samples: PostgresSamples
    events: PostgresEvents
    consents: PostgresConsents
    receipts: PostgresReceipts
    audit: PostgresAuditLog
    signing: PostgresSigningKeys
    accounts: PostgresAccounts
    requests: PostgresRequests
    jobs: PostgresJobs
    staging: PostgresStaging
    webhooks: PostgresWebhooks
    monitors: PostgresMonitors
    schedules: PostgresSchedules
    doors: PostgresDoors
    access_decisions: PostgresAccessDecisions
    attendance: PostgresAttendance
    visitors: PostgresVisitors
    alert_rules: PostgresAlertRules
    alerts: PostgresAlerts
    channels: PostgresChannels
    agents: PostgresAgents
    recordings: PostgresRecordings
    cameras: PostgresCameras
    camera_pictures: PostgresCameraPictures
    corrections: PostgresCorrections
    denials: PostgresDenials
    lineage: PostgresLineage
    probes: PostgresProbes
    pictures: PostgresEventPictures
    reviews: PostgresReviews
    reports: PostgresKeptReports
    keyring: PostgresKeyring
    trials: PostgresTrials


class PostgresStore:
    """`Store` and `Upkeep` over any PostgreSQL of version 15 or later, without extensions.

    Nothing is connected before the first use; then the schema is brought up to date, unless `may_migrate` is
    off. Belongs to one event loop and is closed at its end. Transactions are READ COMMITTED.

    When the connection is lost during a commit, nobody was told whether it came about. The audit log knows for
    whatever is audited, so it is asked on another connection; `StoreDown` then means that nothing was kept, unless
    the database stays away.
    """

    def __init__(
        self,
        url: str,
        masters: MasterKeys,
        *,
        may_migrate: bool = True,
        max_connections: int = 8,
        timeout_s: float = 10.0,
    ) -> None:
        self._url = url
        self._pool = Pool(url, may_migrate=may_migrate, max_size=max_connections, timeout_s=timeout_s)
        self._envelope = Envelope(masters)

    async def open(self) -> None:
        """Connects now. Raises `StoreDown`, `SchemaMismatch` or `SettingsInvalid`."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @contextlib.asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[PostgresUnit]:
        written: AuditHead | None = None
        try:
            async with self._pool.connection() as connection:
                await self._envelope.provide(connection, tenant)
                async with tenant_transaction(connection, tenant):
                    changes = Changes(connection, tenant)
                    unit = self._unit(connection, tenant, changes)
                    yield unit
                    require_sound(connection)
                    await changes.record()
                    written = await unit.audit.record()
        except StoreDown:
            if written is None or not await self._committed(tenant, written):
                raise

    async def _committed(self, tenant: TenantId, written: AuditHead) -> bool:
        """Raises `StoreDown` while the database is away."""
        async with self._pool.connection() as connection, tenant_transaction(connection, tenant):
            return await PostgresAuditLog(connection, tenant).holds(written)

    @contextlib.asynccontextmanager
    async def directory(self) -> AsyncIterator[PostgresDirectory]:
        """As the owner of the tables, who sees accounts of all tenants, and of what is forced nothing."""
        async with self._pool.connection() as connection, connection.transaction():
            yield PostgresDirectory(connection, self._envelope)
            require_sound(connection)

    async def check(self, tenant: TenantId) -> StoreHealth:
        async with self._pool.connection() as connection:
            return await health(connection, self._envelope, tenant)

    async def rotate(self, tenant: TenantId, *, progress: Progress) -> Rotation:
        return await rotate(self._pool, self._envelope, tenant, progress)

    async def rewrap(self, tenant: TenantId) -> int:
        async with self._pool.connection() as connection:
            return await self._envelope.rewrap(connection, tenant)

    @property
    def url(self) -> str:
        """Where the database is; may carry a password."""
        return self._url

    async def listen(self, heard: Callable[[str], None]) -> None:
        """Calls back with "<tenant> <sequence>" whenever events were committed, until it is cancelled.

        Raises `ConnectionError` when the connection is lost.
        """
        await Announcements(self._url)(heard)

    def backlog(self) -> PostgresBacklog:
        return PostgresBacklog(self._pool)

    def _unit(self, connection: Connection, tenant: TenantId, changes: Changes) -> PostgresUnit:
        vault = Vault(connection, tenant, self._envelope)
        return PostgresUnit(
            galleries=PostgresGalleries(connection, tenant, changes),
            subjects=PostgresSubjects(connection, tenant, changes),
            references=PostgresReferences(connection, tenant, changes, self._envelope),
            samples=PostgresSamples(connection, tenant, self._envelope),
            events=PostgresEvents(connection, tenant, changes),
            consents=PostgresConsents(connection, tenant),
            receipts=PostgresReceipts(connection, tenant),
            audit=PostgresAuditLog(connection, tenant),
            signing=PostgresSigningKeys(connection, tenant, self._envelope),
            accounts=postgres_accounts(connection, tenant, self._envelope),
            requests=PostgresRequests(connection, tenant, vault),
            jobs=PostgresJobs(connection, tenant, vault),
            staging=PostgresStaging(connection, tenant, changes, self._envelope, vault),
            webhooks=PostgresWebhooks(connection, tenant, vault),
            monitors=PostgresMonitors(connection, tenant),
            schedules=PostgresSchedules(connection, tenant),
            doors=PostgresDoors(connection, tenant),
            access_decisions=PostgresAccessDecisions(connection, tenant),
            attendance=PostgresAttendance(connection, tenant),
            visitors=PostgresVisitors(connection, tenant),
            alert_rules=PostgresAlertRules(connection, tenant),
            alerts=PostgresAlerts(connection, tenant),
            channels=PostgresChannels(connection, tenant, vault),
            agents=PostgresAgents(connection, tenant, vault),
            recordings=PostgresRecordings(connection, tenant, vault),
            cameras=PostgresCameras(connection, tenant),
            camera_pictures=PostgresCameraPictures(connection, tenant, vault),
            corrections=PostgresCorrections(connection, tenant, changes, vault),
            denials=PostgresDenials(connection, tenant, changes, vault),
            lineage=PostgresLineage(connection, tenant, changes),
            probes=PostgresProbes(connection, tenant, vault),
            pictures=PostgresEventPictures(connection, tenant, vault),
            reviews=PostgresReviews(connection, tenant),
            reports=PostgresKeptReports(connection, tenant),
            keyring=PostgresKeyring(connection, tenant),
            trials=PostgresTrials(connection, tenant, changes, vault),
        )

"""The store in memory: real transactions, nothing kept."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from visavis.adapters.memory.access_decisions import MemoryAccessDecisions
from visavis.adapters.memory.account_tables import Registry
from visavis.adapters.memory.accounts import MemoryAccounts, memory_accounts
from visavis.adapters.memory.agents import MemoryAgents
from visavis.adapters.memory.alerts import MemoryAlertRules, MemoryAlerts
from visavis.adapters.memory.attendance import MemoryAttendance
from visavis.adapters.memory.audit import MemoryAuditLog
from visavis.adapters.memory.backlog import MemoryBacklog
from visavis.adapters.memory.camera_pictures import MemoryCameraPictures
from visavis.adapters.memory.cameras import MemoryCameras
from visavis.adapters.memory.channels import MemoryChannels
from visavis.adapters.memory.consents import MemoryConsents
from visavis.adapters.memory.corrections import MemoryCorrections
from visavis.adapters.memory.denials import MemoryDenials
from visavis.adapters.memory.directory import MemoryDirectory
from visavis.adapters.memory.doors import MemoryDoors, MemorySchedules
from visavis.adapters.memory.events import MemoryEvents
from visavis.adapters.memory.galleries import MemoryGalleries
from visavis.adapters.memory.jobs import MemoryJobs
from visavis.adapters.memory.kept_reports import MemoryKeptReports, MemoryKeyring
from visavis.adapters.memory.lineage import MemoryLineage
from visavis.adapters.memory.monitors import MemoryMonitors
from visavis.adapters.memory.pictures import MemoryEventPictures
from visavis.adapters.memory.probes import MemoryProbes
from visavis.adapters.memory.receipts import MemoryReceipts
from visavis.adapters.memory.recordings import MemoryRecordings
from visavis.adapters.memory.references import MemoryReferences
from visavis.adapters.memory.requests import MemoryRequests
from visavis.adapters.memory.reviews import MemoryReviews
from visavis.adapters.memory.samples import MemorySamples
from visavis.adapters.memory.signing import MemorySigningKeys
from visavis.adapters.memory.staging import MemoryStaging
from visavis.adapters.memory.subjects import MemorySubjects
from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.trials import MemoryTrials
from visavis.adapters.memory.visitors import MemoryVisitors
from visavis.adapters.memory.webhooks import MemoryWebhooks
from visavis.adapters.memory.work import Work
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation, StoreHealth
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUnit:
    galleries: MemoryGalleries
    subjects: MemorySubjects
    references: MemoryReferences
    samples: MemorySamples
    events: MemoryEvents
    consents: MemoryConsents
    receipts: MemoryReceipts
    audit: MemoryAuditLog
    signing: MemorySigningKeys
    accounts: MemoryAccounts
    requests: MemoryRequests
    jobs: MemoryJobs
    staging: MemoryStaging
    webhooks: MemoryWebhooks
    monitors: MemoryMonitors
    schedules: MemorySchedules
    doors: MemoryDoors
    access_decisions: MemoryAccessDecisions
    attendance: MemoryAttendance
    visitors: MemoryVisitors
    alert_rules: MemoryAlertRules
    alerts: MemoryAlerts
    channels: MemoryChannels
    agents: MemoryAgents
    recordings: MemoryRecordings
    cameras: MemoryCameras
    camera_pictures: MemoryCameraPictures
    probes: MemoryProbes
    pictures: MemoryEventPictures
    reviews: MemoryReviews
    reports: MemoryKeptReports
    keyring: MemoryKeyring
    corrections: MemoryCorrections
    denials: MemoryDenials
    lineage: MemoryLineage
    trials: MemoryTrials


class MemoryStore:
    """`Store` and `Upkeep` for tests and first steps.

    A transaction sees what others commit until it writes; writers take turns. So a task that writes in one
    transaction must not write in a second one inside it.
    """

    def __init__(self) -> None:
        self._tenants: dict[TenantId, Tables] = defaultdict(Tables)
        self._registry = Registry()
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    @contextlib.asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[MemoryUnit]:
        work = Work(self._tenants, tenant, self._writing)
        accounts = memory_accounts(work, self._tenants, self._registry)
        commit = False
        try:
            yield _unit(work, accounts)
            commit = True
        finally:
            accounts.tenants.end(commit=commit)
            work.end(commit=commit)

    def backlog(self) -> MemoryBacklog:
        return MemoryBacklog(self._tenants)

    @contextlib.asynccontextmanager
    async def directory(self) -> AsyncIterator[MemoryDirectory]:
        yield MemoryDirectory(self._tenants, self._registry)

    async def check(self, tenant: TenantId) -> StoreHealth:
        tables = self._tenants[tenant]
        return StoreHealth(
            server="memory",
            schema=0,
            galleries=len(tables.galleries),
            subjects=len(tables.subjects),
            references=len(tables.everything()),
            key_problem=None,
        )

    async def rotate(self, tenant: TenantId, *, progress: Progress) -> Rotation:  # noqa: ARG002
        """Nothing is encrypted, so there is nothing to rotate."""
        progress(0, 0)
        return Rotation(references=0, deleted=0, rewrapped=0, resumed=False)

    async def rewrap(self, tenant: TenantId) -> int:  # noqa: ARG002
        return 0


def _unit(work: Work, accounts: MemoryAccounts) -> MemoryUnit:
    return MemoryUnit(
        galleries=MemoryGalleries(work),
        subjects=MemorySubjects(work),
        references=MemoryReferences(work),
        samples=MemorySamples(work),
        events=MemoryEvents(work),
        consents=MemoryConsents(work),
        receipts=MemoryReceipts(work),
        audit=MemoryAuditLog(work),
        signing=MemorySigningKeys(work),
        accounts=accounts,
        requests=MemoryRequests(work),
        jobs=MemoryJobs(work),
        staging=MemoryStaging(work),
        webhooks=MemoryWebhooks(work),
        monitors=MemoryMonitors(work),
        schedules=MemorySchedules(work),
        doors=MemoryDoors(work),
        access_decisions=MemoryAccessDecisions(work),
        attendance=MemoryAttendance(work),
        visitors=MemoryVisitors(work),
        alert_rules=MemoryAlertRules(work),
        alerts=MemoryAlerts(work),
        channels=MemoryChannels(work),
        agents=MemoryAgents(work),
        recordings=MemoryRecordings(work),
        cameras=MemoryCameras(work),
        camera_pictures=MemoryCameraPictures(work),
        probes=MemoryProbes(work),
        pictures=MemoryEventPictures(work),
        reviews=MemoryReviews(work),
        reports=MemoryKeptReports(work),
        keyring=MemoryKeyring(),
        corrections=MemoryCorrections(work),
        denials=MemoryDenials(work),
        lineage=MemoryLineage(work),
        trials=MemoryTrials(work),
    )

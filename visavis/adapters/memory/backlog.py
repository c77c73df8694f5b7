"""Where something is to be done, across tenants in memory."""

from collections.abc import Mapping
from datetime import datetime

from visavis.adapters.memory.tables import Tables
from visavis.domain.subject import TenantId


class MemoryBacklog:
    """Implements `visavis.application.ports.queue.Backlog`; made by `MemoryStore.backlog`."""

    def __init__(self, tenants: Mapping[TenantId, Tables]) -> None:
        self._tenants = tenants

    async def streams(self) -> list[tuple[TenantId, str]]:
        return sorted(
            {
                (tenant, job.stream)
                for tenant, tables in self._tenants.items()
                for job in tables.jobs.jobs.values()
                if not job.state.final
            }
        )

    async def webhooks(self) -> list[TenantId]:
        return sorted(
            tenant
            for tenant, tables in self._tenants.items()
            if any(webhook.active for webhook in tables.jobs.webhooks.values())
        )

    async def alerts(self) -> list[TenantId]:
        return sorted(
            tenant
            for tenant, tables in self._tenants.items()
            if any(rule.enabled for rule in tables.alerting.rules.values())
            or any(channel.enabled for channel in tables.alerting.channels.values())
        )

    async def doors(self) -> list[TenantId]:
        return sorted(
            tenant
            for tenant, tables in self._tenants.items()
            if any(door.cameras for door in tables.passages.doors.values())
        )

    async def standing_open(self, now: datetime) -> list[TenantId]:
        return sorted(
            tenant
            for tenant, tables in self._tenants.items()
            if any(
                contact.open and not contact.told and contact.overdue_at(tables.passages.doors[key]) <= now
                for key, contact in tables.passages.contacts.items()
                if key in tables.passages.doors
            )
        )

    async def tenants(self) -> list[TenantId]:
        """Every tenant that has been used."""
        return sorted(self._tenants)

"""The signing key of a tenant, kept among its data keys."""

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.domain.subject import TenantId


class PostgresSigningKeys:
    def __init__(self, connection: Connection, tenant: TenantId, envelope: Envelope) -> None:
        self._connection = connection
        self._tenant = tenant
        self._envelope = envelope

    async def seed(self) -> bytes:
        return await self._envelope.signing_seed(self._connection, self._tenant)

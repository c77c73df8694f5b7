"""What is known of a tenant's data keys without unwrapping any."""

from visavis.adapters.postgres.connection import Connection
from visavis.domain.keyring import KeyState
from visavis.domain.subject import TenantId

_STATES = """
    SELECT purpose, master, created_at, retired_at FROM data_keys WHERE tenant_id = %s
    ORDER BY purpose, retired_at IS NOT NULL, created_at DESC
"""


class PostgresKeyring:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def states(self) -> list[KeyState]:
        rows = await self._connection.execute(_STATES, (self._tenant,))
        return [
            KeyState(purpose=purpose, master=master, made_at=made_at, retired_at=retired_at)
            async for purpose, master, made_at, retired_at in rows
        ]

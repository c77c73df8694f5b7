"""Agents in PostgreSQL."""

from datetime import datetime

from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.domain.access import Actor
from visavis.domain.account import ApiKeyId
from visavis.domain.agent import Agent, AgentId, Configuration, ConfigurationSummary, Invitation, InvitationId
from visavis.domain.errors import AgentNotFound, AlreadyExists, ConfigurationNotFound, PreconditionFailed
from visavis.domain.subject import TenantId

_TABLE = "agent_configurations"
INVITATION_COLUMNS = (
    "i.invitation_id, i.name, i.galleries, i.invited_by, i.created_at, i.expires_at, i.used_at"
)
"""Those of `invitation_of` in a query that calls the table i."""

_INVITE = """
    INSERT INTO agent_invitations (
        tenant_id, invitation_id, name, galleries, invited_by, created_at, expires_at, used_at, digest
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_USE = """
    UPDATE agent_invitations SET used_at = %(at)s
    WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s AND used_at IS NULL AND expires_at > %(at)s
"""
_FORGET = "DELETE FROM agent_invitations WHERE tenant_id = %s AND expires_at < %s"
_COLUMNS = """
    agent_id, name, api_key_id, galleries, invited_by, enrolled_at, sealing_key, desired, applied, failed, failure,
    health, reported_at
"""
_INSERT = f"""
    INSERT INTO agents (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608  # constants only
_ONE = f"SELECT {_COLUMNS} FROM agents WHERE tenant_id = %s AND "  # noqa: S608  # constants only
_PAGE = f"""
    SELECT {_COLUMNS} FROM agents WHERE tenant_id = %s AND name > %s ORDER BY name LIMIT %s
"""  # noqa: S608  # constants only
_REPORT = """
    UPDATE agents SET applied = %s, failed = %s, failure = %s, health = %s, reported_at = %s
    WHERE tenant_id = %s AND agent_id = %s
"""
_REMOVE = "DELETE FROM agents WHERE tenant_id = %s AND agent_id = %s"
_DESIRE = "UPDATE agents SET desired = %s WHERE tenant_id = %s AND agent_id = %s AND desired = %s"
_CONFIGURE = """
    INSERT INTO agent_configurations (
        tenant_id, agent_id, version, created_at, created_by, copy_of, data_key_id, nonce, ciphertext
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_CONFIGURATION = """
    SELECT version, created_at, created_by, copy_of, data_key_id, nonce, ciphertext FROM agent_configurations
    WHERE tenant_id = %s AND agent_id = %s AND version = %s
"""
_VERSIONS = """
    SELECT version, created_at, created_by, copy_of FROM agent_configurations
    WHERE tenant_id = %s AND agent_id = %s ORDER BY version DESC LIMIT %s
"""


class PostgresAgents:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def invite(self, invitation: Invitation, digest: bytes) -> None:
        await self._connection.execute(
            _INVITE,
            (
                self._tenant,
                invitation.id,
                invitation.name,
                _names(invitation.galleries),
                str(invitation.invited_by),
                invitation.created_at,
                invitation.expires_at,
                invitation.used_at,
                digest,
            ),
        )

    async def use(self, invitation_id: InvitationId, at: datetime) -> bool:
        names = {"tenant": self._tenant, "id": invitation_id, "at": at}
        return (await self._connection.execute(_USE, names)).rowcount == 1

    async def forget_invitations(self, expired_before: datetime) -> int:
        return (await self._connection.execute(_FORGET, (self._tenant, expired_before))).rowcount

    async def add(self, agent: Agent) -> None:
        try:
            async with self._connection.transaction():
                await self._connection.execute(_INSERT, (self._tenant, *_row(agent)))
        except UniqueViolation as error:
            raise AlreadyExists(f"There is an agent {agent.name!r} already.") from error

    async def get(self, agent_id: AgentId) -> Agent:
        found = await self._one("agent_id = %s", agent_id)
        if found is None:
            raise AgentNotFound
        return found

    async def by_name(self, name: str) -> Agent:
        found = await self._one("name = %s", name)
        if found is None:
            raise AgentNotFound(f"There is no agent {name!r}.")
        return found

    async def of_key(self, key_id: ApiKeyId) -> Agent:
        found = await self._one("api_key_id = %s", key_id)
        if found is None:
            raise AgentNotFound
        return found

    async def page(self, *, after: str = "", limit: int = 100) -> list[Agent]:
        return [
            _agent(row) async for row in await self._connection.execute(_PAGE, (self._tenant, after, limit))
        ]

    async def report(self, agent: Agent) -> None:
        said = (agent.applied, agent.failed, agent.failure, agent.health, agent.reported_at)
        await self._connection.execute(_REPORT, (*said, self._tenant, agent.id))

    async def remove(self, agent_id: AgentId) -> None:
        if (await self._connection.execute(_REMOVE, (self._tenant, agent_id))).rowcount == 0:
            raise AgentNotFound

    async def configure(self, configuration: Configuration) -> None:
        summary, agent_id = configuration.summary, configuration.agent_id
        wanted = (summary.version, self._tenant, agent_id, summary.version - 1)
        if (await self._connection.execute(_DESIRE, wanted)).rowcount == 0:
            await self.get(agent_id)
            raise PreconditionFailed
        sealed = await self._vault.seal(configuration.workload.encode(), _TABLE, agent_id, summary.version)
        told = (summary.version, summary.created_at, str(summary.created_by), summary.copy_of)
        await self._connection.execute(_CONFIGURE, (self._tenant, agent_id, *told, *sealed))

    async def configuration(self, agent_id: AgentId, version: int) -> Configuration:
        row: TupleRow | None = None

        async def look() -> Sealed | None:
            nonlocal row
            found = await self._connection.execute(_CONFIGURATION, (self._tenant, agent_id, version))
            row = await found.fetchone()
            return None if row is None else Sealed(row[4], bytes(row[5]), bytes(row[6]))

        workload = await self._vault.read(look, _TABLE, agent_id, version)
        if row is None or workload is None:
            raise ConfigurationNotFound
        return Configuration(agent_id=agent_id, summary=_summary(row[:4]), workload=workload.decode())

    async def versions(self, agent_id: AgentId, *, limit: int = 50) -> list[ConfigurationSummary]:
        rows = await self._connection.execute(_VERSIONS, (self._tenant, agent_id, limit))
        return [_summary(row) async for row in rows]

    async def _one(self, condition: str, value: object) -> Agent | None:
        row = await (await self._connection.execute(_ONE + condition, (self._tenant, value))).fetchone()
        return None if row is None else _agent(row)


def invitation_of(row: TupleRow) -> Invitation:
    """From `INVITATION_COLUMNS`."""
    invitation_id, name, galleries, invited_by, created_at, expires_at, used_at = row
    return Invitation(
        id=InvitationId(invitation_id),
        name=name,
        galleries=None if galleries is None else frozenset(galleries),
        invited_by=Actor.parse(invited_by),
        created_at=created_at,
        expires_at=expires_at,
        used_at=used_at,
    )


def _names(galleries: frozenset[str] | None) -> list[str] | None:
    return None if galleries is None else sorted(galleries)


def _row(agent: Agent) -> tuple[object, ...]:
    return (
        agent.id,
        agent.name,
        agent.key_id,
        _names(agent.galleries),
        str(agent.invited_by),
        agent.enrolled_at,
        agent.sealing_key,
        agent.desired,
        agent.applied,
        agent.failed,
        agent.failure,
        agent.health,
        agent.reported_at,
    )


def _agent(row: TupleRow) -> Agent:
    agent_id, name, key_id, galleries, invited_by, enrolled_at, sealing_key, *state = row
    desired, applied, failed, failure, health, reported_at = state
    return Agent(
        id=AgentId(agent_id),
        name=name,
        key_id=ApiKeyId(key_id),
        galleries=None if galleries is None else frozenset(galleries),
        invited_by=Actor.parse(invited_by),
        enrolled_at=enrolled_at,
        sealing_key=bytes(sealing_key),
        desired=desired,
        applied=applied,
        failed=failed,
        failure=failure,
        health=health,
        reported_at=reported_at,
    )


def _summary(row: TupleRow) -> ConfigurationSummary:
    version, created_at, created_by, copy_of = row
    return ConfigurationSummary(
        version=version, created_at=created_at, created_by=Actor.parse(created_by), copy_of=copy_of
    )

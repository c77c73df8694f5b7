"""Cameras as people see them: what the server knows of a place, what an agent is told, and how it goes."""

from asyncio import Semaphore, gather
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from visavis.client.asynchronous import AsyncClient
from visavis.console.paging import first_of
from visavis.console.platform import Visit
from visavis.domain.access import Permission
from visavis.domain.errors import AgentNotFound
from visavis.wire.cameras import CameraNote
from visavis.wire.edge import CameraConfig
from visavis.wire.edge_health import CameraHealth
from visavis.wire.monitors import MonitorEntry
from visavis.wire.v1.agents import AgentDetail, AgentState
from visavis.wire.v1.camera_pictures import SnapshotNote

MOST: Final = 500
_AGENTS: Final = 100
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """Everything known under one name. `note` is the server's, `config` what its agent ought to do, `health` what the
    agent said last."""

    name: str
    note: CameraNote | None = None
    agent: AgentDetail | None = None
    config: CameraConfig | None = None
    health: CameraHealth | None = None
    snapshot: SnapshotNote | None = None
    drifts: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        return self.agent is not None and self.agent.state is AgentState.SILENT

    @property
    def state(self) -> tuple[str, str]:
        """A word and a kind of badge."""
        if self.agent is None:
            return "no agent", ""
        if self.silent:
            return "agent silent", "bad"
        if self.health is None:
            failed = self.agent.failed == self.agent.desired and self.agent.failed > 0
            return ("configuration failed", "bad") if failed else ("being set up", "watch")
        if self.health.ended:
            return "at its end", ""
        return ("sends", "good") if self.health.connected else ("no pictures", "bad")

    @property
    def problem(self) -> str:
        """Why it is not as it ought to be, and what to do."""
        if self.agent is None:
            return ""
        if self.silent:
            return f"The agent {self.agent.name} has not been heard of. Is the device on, and its network?"
        if self.health is None:
            return self.agent.failure
        return self.health.problem

    @property
    def place(self) -> str:
        """Site and zone, in the operator's words."""
        return " · ".join(filter(None, (self.note.site, self.note.zone))) if self.note else ""

    @property
    def gallery(self) -> str:
        """Where its faces are searched; empty where nobody said."""
        if self.config is None or self.agent is None or self.agent.workload is None:
            return ""
        return self.config.gallery or self.agent.workload.gallery


async def camera_views(visit: Visit) -> list[CameraView]:
    """By name: those that the server knows, and those that only an agent has."""
    client = visit.client
    (notes, _), agents, snapshots, drifting = await gather(
        first_of(client.cameras.list(page_size=MOST), MOST),
        agent_details(client),
        client.cameras.snapshots(),
        _drifting(visit),
    )
    known = {note.name: note for note in notes}
    pictures = {one.camera: one for one in snapshots.snapshots}
    placed = {one.name: one for agent in agents for one in _of_agent(agent)}
    return [
        replace(
            placed.get(name, CameraView(name=name)),
            note=known.get(name),
            snapshot=pictures.get(name),
            drifts=tuple(_alarms(one for one in drifting if one.source == name)),
        )
        for name in sorted({*known, *placed})
    ]


async def agent_details(client: AsyncClient) -> list[AgentDetail]:
    """With what each is told to do; a few at once."""
    entries, _ = await first_of(client.agents.list(page_size=_AGENTS), _AGENTS)
    room = Semaphore(_AT_ONCE)

    async def one(agent_id: str) -> AgentDetail | None:
        async with room:
            try:
                return await client.agents.get(agent_id)
            except AgentNotFound:
                return None  # revoked in this moment

    found = await gather(*(one(entry.id) for entry in entries))
    return [agent for agent in found if agent is not None]


def is_late(agent: AgentDetail) -> bool:
    """Whether it does not run what it ought to."""
    return agent.applied != agent.desired


def _of_agent(agent: AgentDetail) -> list[CameraView]:
    configured = {one.id: one for one in agent.workload.cameras} if agent.workload else {}
    said = {one.id: one for one in agent.report.health.cameras} if agent.report else {}
    return [
        CameraView(name=name, agent=agent, config=configured.get(name), health=said.get(name))
        for name in {*configured, *said}
    ]


def _alarms(monitors: Iterable[MonitorEntry]) -> list[str]:
    return [one.text for monitor in monitors for one in monitor.signals if one.alarm_since is not None]


async def _drifting(visit: Visit) -> Sequence[MonitorEntry]:
    if not visit.may(Permission.EVENTS_READ):
        return []
    found, _ = await first_of(visit.client.monitors.list(alarm=True), MOST)
    return found

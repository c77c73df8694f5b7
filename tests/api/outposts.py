"""A device beside a service in this process: its own synchronous code in a thread, its requests over no socket."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio.from_thread
import anyio.to_thread
import httpx

from tests.api.serving import Served
from visavis.bootstrap.boxes import new_pair
from visavis.client.asynchronous import AsyncClient
from visavis.domain.errors import ModelDown
from visavis.edge.copy import Copies
from visavis.edge.identity import Identity
from visavis.edge.management import Management
from visavis.wire.edge import Split, Workload
from visavis.wire.edge_health import AgentHealth
from visavis.wire.v1.agent_files import CopyPart, PackManifest
from visavis.wire.v1.agents import AgentInstructions, AgentReport, ReportReceived

DISK_KEY = bytes(range(32))


@dataclass(slots=True)
class Clock:
    """Moves when it is told to."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def later(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Bridge:
    """`client.outposts` for code in a worker thread."""

    client: AsyncClient
    copies_asked: int = 0

    def configuration(self, after: int = 0) -> AgentInstructions:
        return anyio.from_thread.run(lambda: self.client.outposts.configuration(after))

    def report(self, said: AgentReport) -> ReportReceived:
        return anyio.from_thread.run(lambda: self.client.outposts.report(said))

    def copy(self, gallery: str, *, after: int = 0, epoch: str = "", denied: bool = False) -> CopyPart:
        self.copies_asked += 1
        return anyio.from_thread.run(
            lambda: self.client.outposts.copy(gallery, after=after, epoch=epoch, denied=denied)
        )

    def pack(self, name: str) -> PackManifest:
        return anyio.from_thread.run(lambda: self.client.outposts.pack(name))

    def pack_part(self, name: str, sha256: str, start: int, size: int) -> bytes:
        return anyio.from_thread.run(lambda: self.client.outposts.pack_part(name, sha256, start, size))


@dataclass
class FakeAgent:
    """Applies what it is told, unless its pack is the broken one."""

    workload: Workload = field(default_factory=Workload)
    broken: str = "broken"

    def apply(self, workload: Workload) -> None:
        if workload.pack == self.broken:
            raise ModelDown("No model at rtsp://user:secret@192.0.2.1/x")
        self.workload = workload

    def snapshot(self) -> AgentHealth:
        now = datetime.now(UTC)
        return AgentHealth(
            version="0.1.0",
            started_at=now,
            at=now,
            split=self.workload.split,
            gallery=self.workload.gallery,
            pack=self.workload.pack,
            detector=self.workload.detector,
        )


class NoSupply:
    """Whatever pack it is, it is there."""

    def provide(self, pack: str) -> None: ...


@dataclass(slots=True)
class Device:
    """What lies on it, and what is running."""

    folder: Path
    identity: Identity
    key: str
    bridge: Bridge
    clock: Clock
    agent: FakeAgent
    management: Management = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """As a new process finds what the old one left."""
        self.management = Management(
            agent=self.agent,
            server=self.bridge,
            identity=self.identity,
            folder=self.folder,
            copies=Copies(
                folder=self.folder / "copies",
                identity=self.identity,
                server=self.bridge,
                max_age=timedelta(hours=72),
                now=self.clock.now,
            ),
            supply=NoSupply(),
            now=self.clock.now,
            seconds=self.clock.seconds,
        )

    @property
    def copies(self) -> Copies:
        return self.management.copies

    async def turn(self) -> None:
        """Half a minute later, everything is due."""
        self.clock.later(seconds=30)
        await anyio.to_thread.run_sync(self.management.turn)


def client_of(served: Served, key: str) -> AsyncClient:
    transport = httpx.ASGITransport(served.app, raise_app_exceptions=False)
    return AsyncClient("http://127.0.0.1:8420", key, transport=transport, retries=0)


async def enrolled(
    served: Served, folder: Path, *, galleries: tuple[str, ...] | None = None, name: str = "gate"
) -> Device:
    """A device that an administrator has let in."""
    async with client_of(served, await served.key()) as admin:
        issued = await admin.agents.invite(name, galleries=galleries)
    secret, public = new_pair()
    async with client_of(served, "") as anybody:
        answer = await anybody.outposts.enrol(issued.token, base64.b64encode(public).decode())
    identity = Identity(
        agent_id=answer.agent_id,
        name=answer.name,
        server="http://127.0.0.1:8420",
        signing_key=base64.b64decode(answer.signing_key),
        sealing_secret=secret,
        disk_key=DISK_KEY,
    )
    return Device(folder, identity, answer.key, Bridge(client_of(served, answer.key)), Clock(), FakeAgent())


def matching(gallery: str = "staff") -> Workload:
    return Workload(gallery=gallery, split=Split.MATCH)

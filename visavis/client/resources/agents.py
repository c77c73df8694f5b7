"""Agents, for those who manage them; and what agents themselves ask."""

from typing import TypeVar
from uuid import UUID

from pydantic import SecretStr

from visavis.client.flows import Flow, exchanged
from visavis.client.requests import Request, delete, get, send
from visavis.client.resource import Resource, listing_of, operation, parsed
from visavis.client.resources.galleries import Versioned
from visavis.wire.edge import Workload
from visavis.wire.v1.agent_files import CopyPart, PackManifest
from visavis.wire.v1.agents import (
    AgentDetail,
    AgentEnrolled,
    AgentEntry,
    AgentInstructions,
    AgentList,
    AgentReport,
    EnrolRequest,
    InvitationCreate,
    InvitationIssued,
    ReportReceived,
    RollbackRequest,
)

M = TypeVar("M")


class Agents(Resource[M]):
    """Devices that report what their cameras see."""

    @listing_of(AgentEntry)
    def list(self, *, page_size: int = 100) -> Flow[None]:
        """By name, with what they said of themselves last."""
        return self._pages(get("v1", "agents", limit=page_size), AgentList, lambda page: page.agents)

    @operation
    def get(self, agent_id: str | UUID) -> Flow[AgentDetail]:
        """With its configuration, passwords masked."""
        return self._ask(get("v1", "agents", agent_id), AgentDetail)

    @operation
    def invite(
        self, name: str, *, galleries: tuple[str, ...] | None = None, hours: float = 24.0
    ) -> Flow[InvitationIssued]:
        """A token with which one device enrols, once."""
        body = InvitationCreate(name=name, galleries=galleries, hours=hours)
        return self._ask(
            self._write(send("POST", "v1", "agents", "invitations", body=body)), InvitationIssued
        )

    @operation
    def read(self, agent_id: str | UUID) -> Flow[Versioned[AgentDetail]]:
        """The agent and the version of its configuration, for `configure`."""
        reply = yield from exchanged(self._connection, get("v1", "agents", agent_id))
        return Versioned(value=parsed(AgentDetail, reply), etag=reply.headers.get("etag", ""))

    @operation
    def configure(
        self, agent_id: str | UUID, workload: Workload, *, etag: str | None = None
    ) -> Flow[AgentDetail]:
        """A new version, which the agent fetches by itself; it replaces the whole configuration. With `etag`,
        `PreconditionFailed` if somebody was faster."""
        request = self._write(send("PUT", "v1", "agents", agent_id, "configuration", body=workload))
        return self._ask(request.with_header("If-Match", etag) if etag else request, AgentDetail)

    @operation
    def roll_back(
        self, agent_id: str | UUID, version: int = 0, *, etag: str | None = None
    ) -> Flow[AgentDetail]:
        """A new version with the content of an earlier one; 0: the one before. With `etag`, `PreconditionFailed` if
        somebody was faster."""
        body = RollbackRequest(version=version)
        request = self._write(send("POST", "v1", "agents", agent_id, "rollback", body=body))
        return self._ask(request.with_header("If-Match", etag) if etag else request, AgentDetail)

    @operation
    def revoke(self, agent_id: str | UUID) -> Flow[None]:
        """Its key is refused from now on."""
        return self._do(self._write(delete("v1", "agents", agent_id)))


class Outposts(Resource[M]):
    """What an agent asks for itself, with its own key."""

    @operation
    def enrol(self, token: str, sealing_key: str) -> Flow[AgentEnrolled]:
        """Once. Needs no key, and the answer has one; whoever misses the answer needs another token."""
        body = EnrolRequest(token=SecretStr(token), sealing_key=sealing_key)
        return self._ask(send("POST", "v1", "agents", "enrol", body=body), AgentEnrolled)

    @operation
    def configuration(self, after: int = 0) -> Flow[AgentInstructions]:
        """What the agent is to do, if that is newer than the version `after`."""
        return self._ask(get("v1", "agents", "me", "configuration", after=after), AgentInstructions)

    @operation
    def report(self, said: AgentReport) -> Flow[ReportReceived]:
        """How the agent is."""
        return self._ask(send("POST", "v1", "agents", "me", "health", body=said), ReportReceived)

    @operation
    def pack(self, name: str) -> Flow[PackManifest]:
        """The files of a model pack, signed."""
        return self._ask(get("v1", "agents", "me", "packs", name), PackManifest)

    @operation
    def pack_part(self, name: str, sha256: str, start: int, size: int) -> Flow[bytes]:
        """Bytes of a file of a pack, from a place on."""
        request = get("v1", "agents", "me", "packs", name, "files", sha256)
        return self._part(request.with_header("Range", f"bytes={start}-{start + size - 1}"))

    @operation
    def copy(self, gallery: str, *, after: int = 0, epoch: str = "", denied: bool = False) -> Flow[CopyPart]:
        """What changed in a gallery, encrypted for the agent; with the looks that were `denied`, if asked for."""
        request = get("v1", "galleries", gallery, "copy", after=after, epoch=epoch, denied=denied)
        return self._ask(request, CopyPart)

    def _part(self, request: Request) -> Flow[bytes]:
        reply = yield from exchanged(self._connection, request)
        return reply.content

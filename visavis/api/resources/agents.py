"""Agents: let in, configured, looked at, revoked."""

import base64
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of
from visavis.api.service import allowed, request_id, service_of
from visavis.api.versions import TAGGED, IfMatch, is_match, tag_of
from visavis.application.agents.fleet import changed_since
from visavis.bootstrap.agents import enrol_agent
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.agent import Agent, AgentId
from visavis.domain.errors import AgentNotFound, AlreadyExists, ConfigurationNotFound, PreconditionFailed
from visavis.wire.edge import Workload
from visavis.wire.v1.agents import (
    AgentDetail,
    AgentEnrolled,
    AgentList,
    EnrolRequest,
    InvitationCreate,
    InvitationIssued,
    RollbackRequest,
)

router = APIRouter(prefix="/v1/agents", tags=["agents"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.CAMERAS_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.CAMERAS_MANAGE))]


@router.get("", summary="Agents", responses=failures())
async def list_agents(platform: Reading, limit: Limit = 100, cursor: Cursor = None) -> AgentList:
    """By name: what each ought to run, what it runs, and how it is."""
    page = await platform.fleet.page(after=place_of(cursor), limit=limit + 1)
    return AgentList(
        agents=tuple(platform.agent_entry(one) for one in page[:limit]),
        next_cursor=cursor_of(page[limit - 1].name) if len(page) > limit else None,
    )


@router.post("/invitations", status_code=201, summary="Invite an agent", responses=failures(AlreadyExists))
async def invite_agent(platform: Managing, wanted: InvitationCreate) -> InvitationIssued:
    """The answer has a token with which one device enrols, once."""
    issued = await platform.invite_agent(
        wanted.name,
        galleries=None if wanted.galleries is None else frozenset(wanted.galleries),
        lasts=timedelta(hours=wanted.hours),
    )
    return InvitationIssued.of(issued.invitation, issued.token)


@router.post("/enrol", status_code=201, summary="Enrol with a token", responses=failures(AlreadyExists))
async def enrol(request: Request, given: EnrolRequest) -> AgentEnrolled:
    """What a device does once. It needs no key, and gets one."""
    entrance = service_of(request).entrance
    await entrance.rate_limit.sign_in(request.client.host if request.client else "")
    enrolled = await enrol_agent(entrance.doors)(
        given.token.get_secret_value(), sealing_key=given.public_key, request=request_id(request)
    )
    galleries = enrolled.agent.galleries
    return AgentEnrolled(
        agent_id=str(enrolled.agent.id),
        name=enrolled.agent.name,
        galleries=None if galleries is None else tuple(sorted(galleries)),
        key=enrolled.key,
        signing_key=base64.b64encode(enrolled.signing_key).decode(),
    )


@router.get("/{agent_id:uuid}", summary="One agent", responses={200: TAGGED, **failures(AgentNotFound)})
async def get_agent(platform: Reading, agent_id: UUID, response: Response) -> AgentDetail:
    """With what it ought to do, passwords of cameras masked, and the versions of that.

    The ETag is the number `desired` in quotes: it covers the configuration, not how the agent is.
    """
    return await _answer(platform, await platform.fleet.get(AgentId(agent_id)), response)


@router.put(
    "/{agent_id:uuid}/configuration",
    summary="What an agent ought to do",
    responses={200: TAGGED, **failures(AgentNotFound, PreconditionFailed)},
)
async def configure_agent(
    platform: Managing, agent_id: UUID, wanted: Workload, response: Response, if_match: IfMatch = None
) -> AgentDetail:
    """A new version, which the agent fetches by itself. It goes on with the old one if it cannot apply it.

    Masked addresses of cameras (`***`) may be sent back as they were shown. With `If-Match`, nothing is changed if
    somebody else made a version since.
    """
    expected = await _expected(platform, AgentId(agent_id), if_match)
    changed = await platform.configure_agent(AgentId(agent_id), wanted, expected=expected)
    return await _answer(platform, changed, response)


@router.post(
    "/{agent_id:uuid}/rollback",
    summary="Bring back an earlier configuration",
    responses={200: TAGGED, **failures(AgentNotFound, ConfigurationNotFound, PreconditionFailed)},
)
async def roll_back_agent(
    platform: Managing,
    agent_id: UUID,
    wanted: RollbackRequest,
    response: Response,
    if_match: IfMatch = None,
) -> AgentDetail:
    """As a new version with the old content."""
    expected = await _expected(platform, AgentId(agent_id), if_match)
    changed = await platform.fleet.roll_back(AgentId(agent_id), wanted.version, expected=expected)
    return await _answer(platform, changed, response)


@router.delete(
    "/{agent_id:uuid}", status_code=204, summary="Revoke an agent", responses=failures(AgentNotFound)
)
async def revoke_agent(request: Request, platform: Managing, agent_id: UUID) -> None:
    """Its key is refused from now on; it erases its copies of galleries when it hears that."""
    await platform.fleet.revoke(AgentId(agent_id))
    service_of(request).entrance.authenticate.forget()


async def _expected(platform: Platform, agent_id: AgentId, sent: str | None) -> int | None:
    """The version that must still be the desired one when another is made. Raises `PreconditionFailed`."""
    if sent is None:
        return None
    desired = (await platform.fleet.get(agent_id)).desired
    if not is_match(sent, tag_of(desired)):
        raise changed_since(desired)
    return desired


async def _answer(platform: Platform, agent: Agent, response: Response) -> AgentDetail:
    response.headers["ETag"] = tag_of(agent.desired)
    return await platform.agent_detail(agent)

"""What agents ask for themselves: their configuration, model packs, copies of galleries. And how they are."""

import base64
from datetime import UTC, datetime
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import FileResponse

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.application.agents.fleet import Report, SignedText
from visavis.bootstrap.agent_packs import contents_of, path_of
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    AgentNotFound,
    GalleryNotFound,
    LicenceRefused,
    ModelDown,
    ModelMismatch,
    ModelNotFound,
)
from visavis.wire.v1.agent_files import CopyPart, PackManifest
from visavis.wire.v1.agents import AgentInstructions, AgentReport, ReportReceived, SignedNote
from visavis.wire.v1.values import LARGEST, PLAIN

router = APIRouter(prefix="/v1", tags=["agents"], route_class=IdempotentRoute)

Reporting = Annotated[Platform, Depends(allowed(Permission.TRACKS_REPORT))]
PackName = Annotated[str, Path(max_length=100, pattern=PLAIN, description="Name of the model pack.")]


@router.get("/agents/me/configuration", summary="What am I to do?", responses=failures(AgentNotFound))
async def get_own_configuration(
    platform: Reporting,
    after: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="The version that the agent has; 0: none.")
    ] = 0,
) -> AgentInstructions:
    """Signed with the key that the agent pinned when it enrolled; only if it is newer."""
    found = await platform.fleet.instructions(platform.own_key, after=after)
    return AgentInstructions(
        configuration=_note(found) if found else None, poll_s=platform.settings.agents.poll_s
    )


@router.post("/agents/me/health", summary="How an agent is", responses=failures(AgentNotFound))
async def report_health(platform: Reporting, said: AgentReport) -> ReportReceived:
    """The last report is kept, and the time of its arrival."""
    report = Report(
        applied=said.applied,
        failed=said.failed,
        failure=said.failure,
        health=said.model_dump_json(by_alias=True),
    )
    agent = await platform.fleet.report(platform.own_key, report)
    return ReportReceived(
        server_time=datetime.now(UTC), desired=agent.desired, poll_s=platform.settings.agents.poll_s
    )


@router.get(
    "/agents/me/packs/{pack}",
    summary="The files of a model pack",
    responses=failures(AgentNotFound, ModelNotFound, ModelDown, LicenceRefused),
)
async def get_pack_contents(platform: Reporting, pack: PackName) -> PackManifest:
    """With their digests, signed. Only packs that are installed here and whose licence was accepted here."""
    await platform.fleet.own(platform.own_key)
    contents = await anyio.to_thread.run_sync(contents_of, platform.models, pack)
    return PackManifest(contents=_note(await platform.vouched(contents.line())))


@router.get(
    "/agents/me/packs/{pack}/files/{sha256}",
    summary="A file of a model pack",
    response_class=FileResponse,
    responses={
        200: {
            "content": {
                "application/octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "(bytes)",
                }
            }
        },
        206: {
            "description": "The part that was asked for.",
            "content": {
                "application/octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "(bytes)",
                }
            },
        },
        **failures(AgentNotFound, ModelNotFound, ModelDown, LicenceRefused),
    },
)
async def get_pack_file(
    platform: Reporting,
    pack: PackName,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="Its digest, as the list has it.")],
) -> FileResponse:
    """Whole, or a part of it: `Range: bytes=…` is understood."""
    await platform.fleet.own(platform.own_key)
    path = await anyio.to_thread.run_sync(path_of, platform.models, pack, sha256)
    return FileResponse(path, media_type="application/octet-stream")


@router.get(
    "/galleries/{gallery}/copy",
    summary="What changed in a gallery, for a device that matches by itself",
    responses=failures(AgentNotFound, GalleryNotFound, ModelMismatch),
)
async def get_gallery_copy(
    platform: Reporting,
    gallery: GalleryName,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="The change that the copy contains last.")] = 0,
    epoch: Annotated[
        str, Query(max_length=100, pattern=PLAIN, description="Of the copy; empty: begin anew.")
    ] = "",
    denied: Annotated[
        bool,
        Query(
            description="With the looks that were denied; a device of before they were copied does not ask."
        ),
    ] = False,
) -> CopyPart:
    """Encrypted for the agent that asks. Only where the gallery's policy allows copies."""
    page = await platform.gallery_copy(gallery, after=after, epoch=epoch, denied=denied)
    return CopyPart(
        box=base64.b64encode(page.box).decode(), signature=base64.b64encode(page.signature).decode()
    )


def _note(signed: SignedText) -> SignedNote:
    return SignedNote(text=signed.text, signature=base64.b64encode(signed.signature).decode())

"""What is asked for but not there: tags of collections, and face liveness."""

from collections.abc import Mapping
from typing import Final

from visavis.api.dialects.rekognition.call import Call, Operation
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound, NotFound, NotPermitted, ValueInvalid
from visavis.wire.rekognition.collections import (
    ListTagsForResourceRequest,
    ListTagsForResourceResponse,
    TagResourceRequest,
    UntagResourceRequest,
)
from visavis.wire.rekognition.errors import Cause
from visavis.wire.rekognition.types import Empty
from visavis.wire.rekognition.users import (
    CreateFaceLivenessSessionRequest,
    GetFaceLivenessSessionResultsRequest,
)


def refuse_tags(tags: Mapping[str, str] | None) -> None:
    """Raises `ValueInvalid` for a request that wants tags to be kept."""
    if tags:
        raise ValueInvalid("Request has invalid parameters: collections have no tags on this server.")


async def tag(call: Call, sent: TagResourceRequest) -> Empty:
    await _require_collection(call, sent.resource_arn)
    refuse_tags(sent.tags)
    return Empty()


async def untag(call: Call, sent: UntagResourceRequest) -> Empty:
    """There is none to be removed."""
    await _require_collection(call, sent.resource_arn)
    return Empty()


async def list_tags(call: Call, sent: ListTagsForResourceRequest) -> ListTagsForResourceResponse:
    await _require_collection(call, sent.resource_arn)
    return ListTagsForResourceResponse(tags={})


async def create_liveness(_: Call, sent: CreateFaceLivenessSessionRequest) -> Empty:  # noqa: ARG001
    raise NotPermitted("Face liveness sessions are not available on this server.")


async def liveness_results(_: Call, sent: GetFaceLivenessSessionResultsRequest) -> Empty:
    raise NotFound(f"Session not found: {sent.session_id}", reasons=(Cause.SESSION_UNKNOWN,))


async def _require_collection(call: Call, arn: str) -> None:
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind != "collection" or not name:
        raise GalleryNotFound("Only collections are resources on this server.")
    await call.platform.gallery(name)


OPERATIONS: Final = {
    "TagResource": Operation(request=TagResourceRequest, permission=Permission.GALLERIES_WRITE, run=tag),
    "UntagResource": Operation(
        request=UntagResourceRequest, permission=Permission.GALLERIES_WRITE, run=untag
    ),
    "ListTagsForResource": Operation(
        request=ListTagsForResourceRequest, permission=Permission.GALLERIES_READ, run=list_tags
    ),
    "CreateFaceLivenessSession": Operation(
        request=CreateFaceLivenessSessionRequest, permission=Permission.VERIFY, run=create_liveness
    ),
    "GetFaceLivenessSessionResults": Operation(
        request=GetFaceLivenessSessionResultsRequest, permission=Permission.VERIFY, run=liveness_results
    ),
}

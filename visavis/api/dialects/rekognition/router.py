"""The way in: `POST /` (or `/rekognition/`) with `X-Amz-Target: RekognitionService.<Operation>`, JSON 1.1.

Every request is signed; the signature is checked before the body is understood.
"""

import hashlib
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from visavis.api.dialects.rekognition.call import Call, Operation
from visavis.api.dialects.rekognition.operations import collections, faces, missing, pictures, search, users
from visavis.api.dialects.rekognition.signature import Head, Signature, claimed_signature
from visavis.api.guard import bounded_json, require_length
from visavis.api.refusals import refused
from visavis.api.service import request_id, service_of
from visavis.application.access.idempotency import Idempotency
from visavis.application.ports.requests import StoredResponse
from visavis.domain.access import Principal
from visavis.domain.errors import NotAuthenticated, PathNotFound, ValueInvalid, VisavisError
from visavis.wire.rekognition.errors import Cause, ErrorBody, fault_of
from visavis.wire.rekognition.types import Part

PATHS: Final = ("/", "/rekognition", "/rekognition/")
"""Clients keep a path that stands in their endpoint URL, with or without a slash at its end."""
MEDIA_TYPE: Final = "application/x-amz-json-1.1"
MOST_BODY_BYTES: Final = 16 * 2**20
"""Two pictures of the largest size in base64, and the rest of a request."""
OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    collections.OPERATIONS
    | faces.OPERATIONS
    | missing.OPERATIONS
    | pictures.OPERATIONS
    | search.OPERATIONS
    | users.OPERATIONS
)

_TARGET: Final = "RekognitionService."
_RETRY_AFTER_S: Final = 1.0


router = APIRouter(include_in_schema=False)


async def rekognition(request: Request) -> Response:
    """Answers every operation, and every refusal in the dialect's own words."""
    try:
        body = await _answered(request)
    except VisavisError as error:
        return _refusal(request, await refused(request, error))
    return Response(body, media_type=MEDIA_TYPE, headers={"x-amzn-requestid": str(request_id(request))})


for _path in PATHS:
    router.add_api_route(_path, rekognition, methods=["POST"], response_model=None)


async def _admitted(request: Request, head: Head) -> tuple[Principal, Signature, bytes]:
    """Who signed the request, and its body, of which only so much is read before that is known.

    Raises `NotAuthenticated`, `QuotaExceeded`, `RequestTooLarge`.
    """
    entrance = service_of(request).entrance
    await entrance.rate_limit.address(request.client.host if request.client else "")
    claimed = claimed_signature(head)
    claimed.require_current(entrance.doors.clock.now())
    known = await entrance.authenticate.access_key(claimed.access_key)
    require_length(request, MOST_BODY_BYTES)
    body = await Request(request.scope, bounded_json(request, MOST_BODY_BYTES)).body()
    principal = known.admission.principal
    try:
        claimed.require_valid(head, body, known.secret)
    except NotAuthenticated:
        await entrance.authenticate.note_refusal(principal, "signature", request=request_id(request))
        raise
    await entrance.rate_limit(known.admission)
    request.state.admission = known.admission
    return principal, claimed, body


async def _answered(request: Request) -> bytes:
    lines = request.scope["headers"]
    raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
    head = Head.of(request.method, raw_path, request.scope["query_string"], lines)
    target = head.headers.get("x-amz-target", "")
    principal, signature, body = await _admitted(request, head)
    name = target.removeprefix(_TARGET)
    operation = OPERATIONS.get(name)
    if operation is None or name == target:
        raise PathNotFound("The operation is unknown, or not offered by this server.")
    principal.require(operation.permission)
    sent = _read(operation, body)
    platform = service_of(request).installation.platform(principal, request_id(request))
    call = Call(platform=platform, region=signature.region)
    token = getattr(sent, "client_request_token", None)
    if token is None:
        with service_of(request).room.place({operation.permission}):
            return _written(await operation.run(call, sent))
    idempotency = service_of(request).entrance.doors.idempotency
    return await _once(idempotency, f"rekognition {name} {token}", operation, call, sent)


def _read(operation: Operation, body: bytes) -> Part:
    """Raises `ValueInvalid`, naming the field but not repeating its value."""
    try:
        return operation.request.model_validate_json(body or b"{}")
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        if problems[0]["type"] == "json_invalid":
            raise ValueInvalid("The body is not JSON.", reasons=(Cause.BODY_UNREADABLE,)) from None
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problems[:5])
        raise ValueInvalid(f"Request has invalid parameters: {told}") from None


def _written(answer: Part) -> bytes:
    return answer.model_dump_json(exclude_none=True).encode()


async def _once(idempotency: Idempotency, key: str, operation: Operation, call: Call, sent: Part) -> bytes:
    """The same request with the same token gets the first answer again; one that failed is tried again."""
    fingerprint = hashlib.sha256(sent.model_dump_json(exclude={"client_request_token"}).encode()).digest()
    claim = await idempotency.begin(call.platform.principal, key, fingerprint)
    if isinstance(claim, StoredResponse):
        return claim.body
    done = False
    try:
        async with idempotency.held(claim):
            body = _written(await operation.run(call, sent))
        done = True
    finally:
        if not done:
            await idempotency.release(claim)
    await idempotency.finish(claim, StoredResponse(status=200, media_type=MEDIA_TYPE, body=body))
    return body


def _refusal(request: Request, error: VisavisError) -> Response:
    fault, logref = fault_of(error), str(request_id(request))
    headers = {"x-amzn-requestid": logref, "x-amzn-errortype": fault.type}
    if error.retryable:
        wait_s = error.retry_after_s if error.retry_after_s is not None else _RETRY_AFTER_S
        headers["retry-after"] = str(max(1, math.ceil(wait_s)))
    body = ErrorBody(type=fault.type, code=fault.type, logref=logref, message=fault.message)
    return Response(
        body.model_dump_json().encode(), status_code=fault.status, media_type=MEDIA_TYPE, headers=headers
    )

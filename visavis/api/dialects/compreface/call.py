"""One request of the dialect, and what its endpoints have in common."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.responses import Response

from visavis.bootstrap.platform import GalleryWork, Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    GalleryNotFound,
    NotAuthenticated,
    ReferenceNotFound,
    RequestTooLarge,
    ValueInvalid,
)
from visavis.domain.event import Origin
from visavis.domain.subject import ReferenceId
from visavis.wire.compreface.errors import Cause
from visavis.wire.compreface.requests import Sent
from visavis.wire.compreface.responses import Part

ORIGIN: Final = Origin(source="compreface")
MOST_BODY_BYTES: Final = 10 * 2**20

B = TypeVar("B", bound=Sent)


class Kind(StrEnum):
    """The types of services that keys are for."""

    RECOGNITION = "Recognition"
    DETECTION = "Detection"
    VERIFICATION = "Verification"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked, and for whom. `gallery` is the one of a recognition service; empty for the others."""

    request: Request
    platform: Platform
    gallery: str = ""

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.path_params

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    async def work(self) -> GalleryWork:
        """The gallery with its models loaded. Raises `NotAuthenticated` if it was removed."""
        try:
            return await self.platform.opened(self.gallery)
        except GalleryNotFound:
            raise NotAuthenticated(
                f"Recognition service with the gallery {self.gallery} not found",
                reasons=(Cause.SERVICE_UNKNOWN,),
            ) from None

    async def body(self, kind: type[B]) -> B:
        """The body as JSON. Raises `ValueInvalid`, naming the field but not repeating its value."""
        content = await bounded_body(self.request)
        try:
            return kind.model_validate_json(content or b"{}")
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
            if problem["type"] == "json_invalid":
                raise ValueInvalid("The body is not JSON.", reasons=(Cause.BODY_UNREADABLE,)) from None
            place = ".".join(map(str, problem["loc"]))
            if problem["type"] == "missing":
                raise empty_field(place) from None
            raise ValueInvalid(f"{place}: {problem['msg']}") from None

    def image_id(self, message: str) -> ReferenceId:
        """The identifier in the path. Raises `ReferenceNotFound` for one that cannot be, with this message."""
        try:
            return ReferenceId(uuid.UUID(self.path["image_id"]))
        except ValueError:
            raise ReferenceNotFound(message) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What it is for (`None`: no key is asked for), what its key must be allowed, and what does it."""

    method: str
    path: str
    run: Callable[[Call], Awaitable[Response]]
    kind: Kind | None
    permissions: tuple[Permission, ...] = ()


async def bounded_body(request: Request) -> bytes:
    """Raises `RequestTooLarge`."""
    require_bounded(request)
    content = await request.body()
    if len(content) > MOST_BODY_BYTES:
        raise _too_large()
    return content


def require_bounded(request: Request) -> None:
    """Before the body is read. Raises `RequestTooLarge`."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MOST_BODY_BYTES:
        raise _too_large()


def _too_large() -> RequestTooLarge:
    return RequestTooLarge(f"The request is larger than {MOST_BODY_BYTES // 2**20} MB")


def answer(part: Part, status: int = 200) -> Response:
    return Response(part.pretty(), status_code=status, media_type="application/json")


def empty_field(name: str) -> ValueInvalid:
    return ValueInvalid(f"Field {name} cannot be empty", reasons=(Cause.FIELD_EMPTY,))

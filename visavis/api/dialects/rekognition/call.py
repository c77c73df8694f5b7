"""One call of an operation, and what operations have in common."""

import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from visavis.api.pages import cursor_of, place_of
from visavis.bootstrap.platform import GalleryWork, Platform
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound, ImageTooLarge, ValueInvalid
from visavis.domain.event import Origin
from visavis.domain.geometry import Size
from visavis.domain.template import ModelIdentity
from visavis.wire.rekognition.errors import Cause
from visavis.wire.rekognition.types import Image, Part

MOST_IMAGE_BYTES: Final = 5 * 2**20
ORIGIN: Final = Origin(source="rekognition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who calls, in which region as the client says. Any region is right: there is only this one place."""

    platform: Platform
    region: str

    async def collection(self, name: str) -> GalleryWork:
        """The collection with its models loaded. Raises `GalleryNotFound`, `NotPermitted`."""
        try:
            return await self.platform.opened(name)
        except GalleryNotFound:
            raise GalleryNotFound(f"The collection id: {name} does not exist") from None

    def arn(self, collection: str) -> str:
        """The account number stands for the tenant; it only looks like Amazon's."""
        account = self.platform.tenant.int % 10**12
        return f"arn:aws:rekognition:{self.region}:{account:012d}:collection/{collection}"

    def picture(self, image: Image) -> "Picture":
        """Raises `ImageTooLarge`, `ImageUnreadable`, `ValueInvalid`."""
        content = _content(image)
        return Picture(content=content, size=self.platform.models.decoder().size(content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The file that was sent, and the size of the picture in it, upright, px."""

    content: bytes = field(repr=False)
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an operation takes, what it needs to be allowed, and what does it."""

    request: type[Part]
    permission: Permission
    run: Callable[[Call, Any], Awaitable[Part]]


def _content(image: Image) -> bytes:
    if image.bytes is None and image.s3_object is not None:
        raise ValueInvalid(
            "Unable to get object metadata from S3: this server fetches nothing. Send Image.Bytes instead.",
            reasons=(Cause.S3_OBJECT,),
        )
    if not image.bytes or image.s3_object is not None:
        raise ValueInvalid("Request has invalid parameters: an Image needs Bytes.")
    if len(image.bytes) > (MOST_IMAGE_BYTES + 2) // 3 * 4:
        raise ImageTooLarge
    try:
        content = base64.b64decode(image.bytes, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueInvalid("Image.Bytes is not base64.", reasons=(Cause.BODY_UNREADABLE,)) from error
    if len(content) > MOST_IMAGE_BYTES:
        raise ImageTooLarge
    return content


def version_of(model: ModelIdentity) -> str:
    """A version as Rekognition writes them, different for every model. Features of version 7 are there."""
    return f"7.{int(model.digest[:8], 16)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of one listing. A token of another listing, or of another collection, is refused."""

    listing: str

    @property
    def _mark(self) -> str:
        return hashlib.sha256(self.listing.encode()).hexdigest()[:12]

    def token(self, place: str) -> str:
        return cursor_of(f"{self._mark}/{place}")

    def place(self, token: str | None) -> str:
        """Where the page begins: after this; empty for the first. Raises `ValueInvalid`."""
        if token is None:
            return ""
        try:
            mark, slash, place = place_of(token).partition("/")
        except ValueInvalid:
            mark = slash = place = ""
        if not slash or mark != self._mark:
            raise ValueInvalid("The pagination token is not valid.", reasons=(Cause.PAGE_INVALID,))
        return place

"""The human in the data, and what is kept for her."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from visavis.domain.errors import ValueInvalid
from visavis.domain.template import Template

TenantId = NewType("TenantId", uuid.UUID)
GalleryId = NewType("GalleryId", uuid.UUID)
SubjectId = NewType("SubjectId", uuid.UUID)
ReferenceId = NewType("ReferenceId", uuid.UUID)

DEFAULT_TENANT = TenantId(uuid.UUID(int=0))
"""The tenant of an installation that has only one."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters and halves of a surrogate pair


def checked_name(name: str, *, what: str = "name") -> str:
    """The name without surrounding blanks; raises `ValueInvalid` if empty, too long or with control codes."""
    stripped = name.strip()
    if not stripped or len(stripped) > 200 or _UNFIT.search(stripped):
        raise ValueInvalid(f"A {what} has 1 to 200 characters and no control characters.")
    return stripped


class SubjectKind(StrEnum):
    NAMED = "named"  #: the operator chose the name
    ANONYMOUS = "anonymous"  #: an unknown who is remembered; the name is an identifier made by the system
    FACE = "face"  #: a face that was indexed on its own and belongs to nobody yet; the name is its identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A human known to the system by a name or number that the operator chose; unique in its tenant."""

    id: SubjectId
    name: str
    created_at: datetime
    kind: SubjectKind = SubjectKind.NAMED

    def __post_init__(self) -> None:
        checked_name(self.name, what="subject name")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDetails:
    """Where a reference came from; kept encrypted with it.

    `external_id` is the sender's word for the picture, `image_id` is shared by the faces of one picture, `box`
    is the face as shares of the picture's width and height (left, top, width, height), `detection_score` 0..1.
    """

    external_id: str = ""
    image_id: uuid.UUID | None = None
    box: tuple[float, float, float, float] | None = None
    detection_score: float | None = None

    def __post_init__(self) -> None:
        if len(self.external_id) > 255:
            raise ValueInvalid("An external identifier has at most 255 characters.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """A template kept for a subject in a gallery.

    `photo` is a keyed digest of the photo's bytes (empty when there was none): it recognises the same file
    again without keeping it, and means nothing without the installation's key.
    """

    id: ReferenceId
    subject_id: SubjectId
    gallery_id: GalleryId
    template: Template
    photo: bytes
    created_at: datetime
    details: ReferenceDetails = ReferenceDetails()

"""The human in the data, and what is kept for her."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A human known to the system by a name or number that the operator chose; unique in its tenant."""

    id: SubjectId
    name: str
    created_at: datetime

    def __post_init__(self) -> None:
        checked_name(self.name, what="subject name")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


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

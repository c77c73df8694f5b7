"""Subjects of a service are subjects of a tenant, and need names that are unique there.

The subject `Ada` of the gallery `staff` is the subject `staff/Ada`, so that equal names in two services have nothing
to do with each other. Subjects that were enrolled in the gallery by other means are subjects of the service as well:
under their name where CompreFace allows it, else as `subject:` and their identifier.
"""

import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Final

from visavis.api.dialects.compreface.call import empty_field
from visavis.application.ports.store import SubjectSummary, UnitOfWork
from visavis.application.removal import member
from visavis.bootstrap.platform import Platform
from visavis.domain.errors import SubjectNotFound, ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Subject, SubjectId, SubjectKind, checked_name

_LONGEST: Final = 50
_FORBIDDEN: Final = frozenset(";/\\")
_BY_ID: Final = "subject:"
_PAGE: Final = 1000


def checked(name: str | None) -> str:
    """A name that CompreFace would take. Raises `ValueInvalid`."""
    if name is None or not name.strip():
        raise empty_field("subject")
    if not _fits(name):
        raise ValueInvalid(f"A subject has 1 to {_LONGEST} characters and none of ; / \\")
    return checked_name(name, what="subject")


def full_name(gallery: Gallery, name: str) -> str:
    """Raises `ValueInvalid` if gallery and subject together are too long."""
    return checked_name(f"{gallery.name}/{name}", what="gallery and subject together")


def shown(gallery: Gallery, name: str, subject_id: SubjectId) -> str:
    """How the service calls a member of its gallery."""
    own = name.removeprefix(f"{gallery.name}/")
    return own if _fits(own) else f"{_BY_ID}{subject_id}"


async def subject(platform: Platform, gallery: Gallery, wanted: str) -> Subject:
    """The member of the gallery that the service calls so. Raises `SubjectNotFound`."""
    unknown = SubjectNotFound(f"Subject {wanted[:200]} not found")
    try:
        full_name(gallery, wanted)
    except ValueInvalid:
        raise unknown from None
    async with platform.store.transaction(platform.tenant) as work:
        for found in await _candidates(work, gallery, wanted):
            if found.kind is not SubjectKind.FACE and await member(work, gallery.id, found):
                return found
    raise unknown


async def members(platform: Platform, gallery: Gallery) -> AsyncIterator[SubjectSummary]:
    """All subjects of the service, by name."""
    after = ""
    while True:
        page = await platform.subjects.page(gallery=gallery, after=after, limit=_PAGE)
        for one in page:
            if one.subject.kind is not SubjectKind.FACE:
                yield one
        if len(page) < _PAGE:
            return
        after = page[-1].subject.name


async def _candidates(work: UnitOfWork, gallery: Gallery, wanted: str) -> list[Subject]:
    found = [await work.subjects.find(f"{gallery.name}/{wanted}"), await work.subjects.find(wanted)]
    if wanted.startswith(_BY_ID):
        with contextlib.suppress(ValueError, SubjectNotFound):
            found.append(await work.subjects.get(SubjectId(uuid.UUID(wanted.removeprefix(_BY_ID)))))
    return [one for one in found if one is not None]


def _fits(name: str) -> bool:
    return 0 < len(name) <= _LONGEST and not _FORBIDDEN & set(name)

"""Users of a collection are subjects of a tenant, and need names that are unique there.

The user `alice` of the collection `staff` is the subject `staff/alice`, so that the users of two collections have
nothing to do with each other. Subjects that were enrolled in the collection by other means are users as well:
under their name where Rekognition allows it, else as `subject:` and their identifier.
"""

import re
import uuid

from visavis.application.ports.store import UnitOfWork
from visavis.application.removal import member
from visavis.bootstrap.platform import Platform
from visavis.domain.errors import SubjectNotFound, ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Subject, SubjectId, SubjectKind

_USER_ID = re.compile(r"[a-zA-Z0-9_.\-:]{1,128}")
_BY_ID = "subject:"


def subject_name(collection: str, user_id: str) -> str:
    """Raises `ValueInvalid` if both together are too long for a subject's name."""
    name = f"{collection}/{user_id}"
    if len(name) > 200:
        raise ValueInvalid("A collection id and a user id have at most 199 characters together.")
    return name


def user_id(collection: str, name: str, subject_id: SubjectId) -> str:
    """The user id of a subject that is a member of this collection."""
    own = name.removeprefix(f"{collection}/")
    return own if _USER_ID.fullmatch(own) else f"{_BY_ID}{subject_id}"


async def user(platform: Platform, gallery: Gallery, wanted: str) -> Subject:
    """The subject behind a user id. Raises `SubjectNotFound`."""
    async with platform.store.transaction(platform.tenant) as work:
        found = await _found(work, gallery.name, wanted)
        if found is not None and found.kind is not SubjectKind.FACE and await member(work, gallery.id, found):
            return found
    raise SubjectNotFound(f"The user id: {wanted} does not exist in the collection id: {gallery.name}")


async def _found(work: UnitOfWork, collection: str, wanted: str) -> Subject | None:
    found = await work.subjects.find(f"{collection}/{wanted}")
    if found is None and wanted.startswith(_BY_ID):
        try:
            return await work.subjects.get(SubjectId(uuid.UUID(wanted.removeprefix(_BY_ID))))
        except (ValueError, SubjectNotFound):
            return None
    return found or await work.subjects.find(wanted)

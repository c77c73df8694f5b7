"""/recognition/subjects"""

from typing import Final

from starlette.responses import Response

from visavis.api.dialects.compreface.call import Call, Endpoint, Kind, answer
from visavis.api.dialects.compreface.names import checked, full_name, members, shown, subject
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Subject, SubjectId
from visavis.wire.compreface.requests import SubjectBody
from visavis.wire.compreface.responses import DeletedNote, SubjectNote, SubjectsNote, UpdatedNote

_PAGE: Final = 1000


async def add(call: Call) -> Response:
    name = checked((await call.body(SubjectBody)).subject)
    gallery = (await call.work()).gallery
    try:
        await subject(call.platform, gallery, name)
    except SubjectNotFound:
        await call.platform.subjects.create(full_name(gallery, name), [gallery])
        return answer(SubjectNote(subject=name), 201)
    raise AlreadyExists


async def everybody(call: Call) -> Response:
    gallery = (await call.work()).gallery
    names = [
        shown(gallery, one.subject.name, one.subject.id) async for one in members(call.platform, gallery)
    ]
    return answer(SubjectsNote(subjects=tuple(dict.fromkeys(names))))


async def rename(call: Call) -> Response:
    """Under the name of another subject both become one."""
    new = checked((await call.body(SubjectBody)).subject)
    gallery = (await call.work()).gallery
    old = await subject(call.platform, gallery, call.path["subject"])
    if shown(gallery, old.name, old.id) == new:
        return answer(UpdatedNote(updated=False))
    try:
        other = await subject(call.platform, gallery, new)
    except SubjectNotFound:
        if await _is_only_here(call.platform, old):
            await call.platform.subjects.rename(old.id, full_name(gallery, new))
            return answer(UpdatedNote(updated=True))
        other = await call.platform.subjects.create(full_name(gallery, new), [gallery])
    await _merge(call.platform, gallery, old.id, other.id)
    return answer(UpdatedNote(updated=True))


async def delete(call: Call) -> Response:
    gallery = (await call.work()).gallery
    wanted = await subject(call.platform, gallery, call.path["subject"])
    await _remove(call.platform, gallery, wanted)
    return answer(SubjectNote(subject=shown(gallery, wanted.name, wanted.id)))


async def delete_all(call: Call) -> Response:
    gallery = (await call.work()).gallery
    found = [one.subject async for one in members(call.platform, gallery)]
    for one in found:
        await _remove(call.platform, gallery, one)
    return answer(DeletedNote(deleted=len(found)))


async def _is_only_here(platform: Platform, one: Subject) -> bool:
    return len((await platform.subjects.get(one.id)).galleries) <= 1


async def _remove(platform: Platform, gallery: Gallery, one: Subject) -> None:
    """Erased, with a receipt; out of this gallery only if others have it, too."""
    if await _is_only_here(platform, one):
        await platform.erase(one.id, reason="compreface")
    else:
        await platform.subjects.leave(gallery, one.id)


async def _merge(platform: Platform, gallery: Gallery, old: SubjectId, new: SubjectId) -> None:
    """What was moved before a failure stays moved: the same request again does the rest."""
    while page := await platform.references.page(gallery, subject=old, limit=_PAGE):
        await platform.references.move(gallery, [one.id for one in page], new)
    await platform.subjects.leave(gallery, old)


_PATH: Final = "/recognition/subjects"
_WRITE: Final = (Permission.SUBJECTS_WRITE,)
_ERASE: Final = (Permission.SUBJECTS_ERASE,)
ENDPOINTS: Final = (
    Endpoint(method="POST", path=_PATH, run=add, kind=Kind.RECOGNITION, permissions=_WRITE),
    Endpoint(
        method="GET",
        path=_PATH,
        run=everybody,
        kind=Kind.RECOGNITION,
        permissions=(Permission.SUBJECTS_READ,),
    ),
    Endpoint(method="DELETE", path=_PATH, run=delete_all, kind=Kind.RECOGNITION, permissions=_ERASE),
    Endpoint(
        method="PUT", path=f"{_PATH}/{{subject}}", run=rename, kind=Kind.RECOGNITION, permissions=_WRITE
    ),
    Endpoint(
        method="DELETE", path=f"{_PATH}/{{subject}}", run=delete, kind=Kind.RECOGNITION, permissions=_ERASE
    ),
)

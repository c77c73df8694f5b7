"""Faces of collections: index, list, delete."""

import uuid
from typing import Final

from visavis.api.dialects.rekognition.call import Call, Operation, Pages, version_of
from visavis.api.dialects.rekognition.names import user, user_id
from visavis.api.dialects.rekognition.quality import BARS, reasons
from visavis.application.index_faces import IndexedFace, IndexOptions
from visavis.application.ports.store import ReferenceSummary
from visavis.domain.access import Permission
from visavis.domain.gallery import Gallery
from visavis.domain.geometry import Size
from visavis.domain.subject import ReferenceId, SubjectKind
from visavis.wire.rekognition.faces import FaceDetail, FaceRecord, StoredFace, UnindexedFace
from visavis.wire.rekognition.operations import (
    DeleteFacesRequest,
    DeleteFacesResponse,
    IndexFacesRequest,
    IndexFacesResponse,
    ListFacesRequest,
    ListFacesResponse,
    UnsuccessfulFaceDeletion,
)
from visavis.wire.rekognition.types import Failure

_MOST_FACES: Final = 100
_PAGE: Final = 1000


async def index(call: Call, sent: IndexFacesRequest) -> IndexFacesResponse:
    work = await call.collection(sent.collection_id)
    picture = call.picture(sent.image)
    bar = BARS[sent.quality_filter]
    options = IndexOptions(
        external_id=sent.external_image_id or "",
        max_faces=min(sent.max_faces or _MOST_FACES, _MOST_FACES),
        gate=bar.gate,
        policy_quality=bar.policy_quality,
    )
    done = await work.index_faces(work.gallery, picture.content, options)
    kept = [face for face in done.faces if face.reference_id is not None]
    version = version_of(work.gallery.model)
    return IndexFacesResponse(
        face_records=tuple(
            FaceRecord(
                face=StoredFace.of(face.reference_id, face.details, version=version, user_id=None),
                face_detail=_detail(face, picture.size),
            )
            for face in kept
            if face.reference_id is not None
        ),
        face_model_version=version,
        unindexed_faces=tuple(
            UnindexedFace(reasons=reasons(face.reasons), face_detail=_detail(face, picture.size))
            for face in done.faces
            if face.reference_id is None
        ),
    )


async def list_faces(call: Call, sent: ListFacesRequest) -> ListFacesResponse:
    gallery = (await call.collection(sent.collection_id)).gallery
    pages, limit = Pages(listing=f"faces of {sent.collection_id}"), sent.max_results or _PAGE
    place = pages.place(sent.next_token)
    owner = (await user(call.platform, gallery, sent.user_id)).id if sent.user_id else None
    found = await call.platform.references.page(
        gallery,
        subject=owner,
        ids=None if sent.face_ids is None else [face_id(one) for one in sent.face_ids],
        after=face_id(place) if place else None,
        limit=limit + 1,
    )
    page = found[:limit]
    return ListFacesResponse(
        faces=tuple(stored(gallery, one) for one in page),
        next_token=pages.token(str(page[-1].id)) if len(found) > limit else None,
        face_model_version=version_of(gallery.model),
    )


async def delete(call: Call, sent: DeleteFacesRequest) -> DeleteFacesResponse:
    """A face that belongs to a user is not deleted; it has to be disassociated first."""
    gallery = (await call.collection(sent.collection_id)).gallery
    wanted = list(dict.fromkeys(face_id(one) for one in sent.face_ids))
    there = {
        one.id: one for one in await call.platform.references.page(gallery, ids=wanted, limit=len(wanted))
    }
    free = [one for one in wanted if one in there and there[one].kind is SubjectKind.FACE]
    deleted = await call.platform.references.remove(gallery, free, missing_ok=True)
    failed = [one for one in wanted if one not in set(deleted)]
    return DeleteFacesResponse(
        deleted_faces=tuple(map(str, deleted)),
        unsuccessful_face_deletions=tuple(
            UnsuccessfulFaceDeletion(
                face_id=str(one),
                user_id=owner_of(gallery, there.get(one)),
                reasons=(
                    Failure.ASSOCIATED_TO_AN_EXISTING_USER
                    if owner_of(gallery, there.get(one))
                    else Failure.FACE_NOT_FOUND,
                ),
            )
            for one in failed
        ),
    )


def face_id(text: str) -> ReferenceId:
    return ReferenceId(uuid.UUID(text))


def owner_of(gallery: Gallery, face: ReferenceSummary | None) -> str | None:
    """The user that a face belongs to, if any."""
    if face is None or face.kind is SubjectKind.FACE:
        return None
    return user_id(gallery.name, face.subject, face.subject_id)


def stored(gallery: Gallery, face: ReferenceSummary) -> StoredFace:
    return StoredFace.of(
        face.id, face.details, version=version_of(gallery.model), user_id=owner_of(gallery, face)
    )


def _detail(face: IndexedFace, size: Size) -> FaceDetail:
    return FaceDetail.of(face.found.face, face.found.quality, size)


OPERATIONS: Final = {
    "IndexFaces": Operation(request=IndexFacesRequest, permission=Permission.ENROL, run=index),
    "ListFaces": Operation(request=ListFacesRequest, permission=Permission.SUBJECTS_READ, run=list_faces),
    "DeleteFaces": Operation(request=DeleteFacesRequest, permission=Permission.SUBJECTS_ERASE, run=delete),
}

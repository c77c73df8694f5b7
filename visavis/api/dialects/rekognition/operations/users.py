"""Users of collections: create, list, give them faces, take them away."""

from typing import Final

from visavis.api.dialects.rekognition.call import Call, Operation, Pages
from visavis.api.dialects.rekognition.names import subject_name, user, user_id
from visavis.api.dialects.rekognition.operations.faces import face_id, owner_of
from visavis.application.associate import Associate, FaceOutcome, Hindrance
from visavis.domain.access import Permission
from visavis.domain.errors import AlreadyExists, SubjectNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import SubjectId, SubjectKind
from visavis.wire.rekognition.errors import Cause
from visavis.wire.rekognition.similarity import rate, similarity
from visavis.wire.rekognition.types import Empty, Failure, UserStatus
from visavis.wire.rekognition.users import (
    AssociateFacesRequest,
    AssociateFacesResponse,
    DisassociateFacesRequest,
    DisassociateFacesResponse,
    FaceName,
    ListUsersRequest,
    ListUsersResponse,
    UnsuccessfulFaceAssociation,
    UnsuccessfulFaceDisassociation,
    UserNote,
    UserRequest,
)

_PAGE: Final = 500
_FAILURES: Final = {
    Hindrance.NOT_FOUND: Failure.FACE_NOT_FOUND,
    Hindrance.ELSEWHERE: Failure.ASSOCIATED_TO_A_DIFFERENT_USER,
    Hindrance.UNLIKE: Failure.LOW_MATCH_CONFIDENCE,
}


async def create(call: Call, sent: UserRequest) -> Empty:
    gallery = (await call.collection(sent.collection_id)).gallery
    taken = AlreadyExists(f"The user id: {sent.user_id} already exists", reasons=(Cause.USER_EXISTS,))
    name = subject_name(gallery.name, sent.user_id)
    try:
        await user(call.platform, gallery, sent.user_id)
    except SubjectNotFound:
        try:
            await call.platform.subjects.create(name, [gallery])
        except AlreadyExists:
            raise taken from None
        return Empty()
    raise taken


async def delete(call: Call, sent: UserRequest) -> Empty:
    """Its faces stay in the collection, as they do at Amazon."""
    gallery = (await call.collection(sent.collection_id)).gallery
    subject = await user(call.platform, gallery, sent.user_id)
    await _associate(call).dissolve(gallery, subject.id)
    return Empty()


async def list_users(call: Call, sent: ListUsersRequest) -> ListUsersResponse:
    gallery = (await call.collection(sent.collection_id)).gallery
    pages, limit = Pages(listing=f"users of {sent.collection_id}"), sent.max_results or _PAGE
    found = await call.platform.subjects.page(
        gallery=gallery, kind=SubjectKind.NAMED, after=pages.place(sent.next_token), limit=limit + 1
    )
    return ListUsersResponse(
        users=tuple(
            UserNote(
                user_id=user_id(gallery.name, one.subject.name, one.subject.id),
                user_status=_status(dict(one.galleries).get(gallery.name, 0)),
            )
            for one in found[:limit]
        ),
        next_token=pages.token(found[limit - 1].subject.name) if len(found) > limit else None,
    )


async def associate(call: Call, sent: AssociateFacesRequest) -> AssociateFacesResponse:
    work = await call.collection(sent.collection_id)
    subject = await user(call.platform, work.gallery, sent.user_id)
    outcomes = await _associate(call)(
        work.gallery,
        subject.id,
        [face_id(one) for one in sent.face_ids],
        calibration=work.identify.calibration,
        fmr=rate(sent.user_match_threshold),
    )
    return AssociateFacesResponse(
        associated_faces=_done(outcomes),
        unsuccessful_face_associations=tuple(
            UnsuccessfulFaceAssociation(
                face_id=str(one.reference_id),
                user_id=owner_of(work.gallery, one.owner),
                confidence=similarity(one.fmr.value) if one.fmr else None,
                reasons=(_FAILURES[one.hindrance],),
            )
            for one in outcomes
            if one.hindrance
        ),
        user_status=await _status_of(call, work.gallery, subject.id),
    )


async def disassociate(call: Call, sent: DisassociateFacesRequest) -> DisassociateFacesResponse:
    gallery = (await call.collection(sent.collection_id)).gallery
    subject = await user(call.platform, gallery, sent.user_id)
    wanted = [face_id(one) for one in sent.face_ids]
    outcomes = await _associate(call).release(gallery, subject.id, wanted)
    return DisassociateFacesResponse(
        disassociated_faces=_done(outcomes),
        unsuccessful_face_disassociations=tuple(
            UnsuccessfulFaceDisassociation(
                face_id=str(one.reference_id),
                user_id=owner_of(gallery, one.owner),
                reasons=(_FAILURES[one.hindrance],),
            )
            for one in outcomes
            if one.hindrance
        ),
        user_status=await _status_of(call, gallery, subject.id),
    )


def _associate(call: Call) -> Associate:
    maker = call.platform.maker
    return Associate(
        store=call.platform.store,
        tenant=call.platform.tenant,
        ledger=call.platform.ledger,
        clock=maker.clock,
        identifiers=maker.identifiers,
    )


def _done(outcomes: list[FaceOutcome]) -> tuple[FaceName, ...]:
    return tuple(FaceName(face_id=str(one.reference_id)) for one in outcomes if one.hindrance is None)


async def _status_of(call: Call, gallery: Gallery, subject_id: SubjectId) -> UserStatus:
    return _status(len(await call.platform.references.page(gallery, subject=subject_id, limit=1)))


def _status(faces: int) -> UserStatus:
    return UserStatus.ACTIVE if faces else UserStatus.CREATED


_WRITE: Final = Permission.SUBJECTS_WRITE
OPERATIONS: Final = {
    "CreateUser": Operation(request=UserRequest, permission=_WRITE, run=create),
    "DeleteUser": Operation(request=UserRequest, permission=_WRITE, run=delete),
    "ListUsers": Operation(request=ListUsersRequest, permission=Permission.SUBJECTS_READ, run=list_users),
    "AssociateFaces": Operation(request=AssociateFacesRequest, permission=_WRITE, run=associate),
    "DisassociateFaces": Operation(request=DisassociateFacesRequest, permission=_WRITE, run=disassociate),
}

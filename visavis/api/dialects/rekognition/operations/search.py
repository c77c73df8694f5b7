"""Searching collections: for faces and for users, by a picture, a face or a user."""

from dataclasses import dataclass
from typing import Final

from visavis.api.dialects.rekognition.call import ORIGIN, Call, Operation, Picture, version_of
from visavis.api.dialects.rekognition.names import user, user_id
from visavis.api.dialects.rekognition.operations.faces import face_id, stored
from visavis.api.dialects.rekognition.quality import BARS
from visavis.application.search_references import (
    Question,
    ReferenceMatch,
    Rule,
    SearchReferences,
    SubjectMatch,
)
from visavis.bootstrap.platform import GalleryWork
from visavis.domain.access import Permission
from visavis.domain.errors import NoFace, ReferenceNotFound, ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import Reference, ReferenceId
from visavis.domain.template import fuse
from visavis.wire.rekognition.faces import (
    BoundingBox,
    FaceDetail,
    FaceMatch,
    UnsearchedFace,
    confidence,
    reasons_of,
)
from visavis.wire.rekognition.operations import (
    SearchFacesByImageRequest,
    SearchFacesByImageResponse,
    SearchFacesRequest,
    SearchFacesResponse,
)
from visavis.wire.rekognition.similarity import rate, similarity
from visavis.wire.rekognition.types import QualityFilter, Reason, UserStatus
from visavis.wire.rekognition.users import (
    FaceName,
    SearchedFace,
    SearchUsersByImageRequest,
    SearchUsersByImageResponse,
    SearchUsersRequest,
    SearchUsersResponse,
    UserMatch,
    UserName,
    UserNote,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """The faces of a picture: the largest one that passes the filter, and the others with the reasons."""

    question: Question | None
    sample: Sample | None
    others: tuple[tuple[Sample | Rejection, tuple[Reason, ...]], ...]


async def faces_by_image(call: Call, sent: SearchFacesByImageRequest) -> SearchFacesByImageResponse:
    work = await call.collection(sent.collection_id)
    picture = call.picture(sent.image)
    seen = await _look(work, picture, sent.quality_filter)
    if seen.question is None or seen.sample is None:
        raise NoFace
    rule = _rule("FaceMatchThreshold", sent.face_match_threshold, sent.max_faces)
    matches = await _searcher(call, work).references(work.gallery, seen.question, rule, ORIGIN)
    return SearchFacesByImageResponse(
        searched_face_bounding_box=BoundingBox.of(seen.sample.face, picture.size),
        searched_face_confidence=confidence(seen.sample.face.score),
        face_matches=tuple(_face_match(work.gallery, match) for match in matches),
        face_model_version=version_of(work.gallery.model),
    )


async def faces(call: Call, sent: SearchFacesRequest) -> SearchFacesResponse:
    work = await call.collection(sent.collection_id)
    kept = await _reference(call, work.gallery, face_id(sent.face_id))
    question = Question(probe=kept.template, reference_id=kept.id)
    rule = _rule("FaceMatchThreshold", sent.face_match_threshold, sent.max_faces)
    matches = await _searcher(call, work).references(work.gallery, question, rule, ORIGIN)
    return SearchFacesResponse(
        searched_face_id=sent.face_id,
        face_matches=tuple(_face_match(work.gallery, match) for match in matches),
        face_model_version=version_of(work.gallery.model),
    )


async def users_by_image(call: Call, sent: SearchUsersByImageRequest) -> SearchUsersByImageResponse:
    """Without a face there is nobody to be found, and that is no error here."""
    work = await call.collection(sent.collection_id)
    picture = call.picture(sent.image)
    seen = await _look(work, picture, sent.quality_filter)
    matches: list[SubjectMatch] = []
    if seen.question is not None:
        rule = _rule("UserMatchThreshold", sent.user_match_threshold, sent.max_users)
        matches = await _searcher(call, work).subjects(work.gallery, seen.question, rule, ORIGIN)
    size = picture.size
    return SearchUsersByImageResponse(
        user_matches=tuple(_user_match(work.gallery, match) for match in matches),
        face_model_version=version_of(work.gallery.model),
        searched_face=SearchedFace(face_detail=FaceDetail.of(seen.sample.face, seen.sample.quality, size))
        if seen.sample
        else None,
        unsearched_faces=tuple(
            UnsearchedFace(face_details=FaceDetail.of(one.face, one.quality, size), reasons=reasons)
            for one, reasons in seen.others
        ),
    )


async def users(call: Call, sent: SearchUsersRequest) -> SearchUsersResponse:
    work = await call.collection(sent.collection_id)
    if (sent.user_id is None) == (sent.face_id is None):
        raise ValueInvalid("Request has invalid parameters: give either a UserId or a FaceId.")
    question = await _asked(call, work.gallery, sent)
    matches: list[SubjectMatch] = []
    if question is not None:
        rule = _rule("UserMatchThreshold", sent.user_match_threshold, sent.max_users)
        matches = await _searcher(call, work).subjects(work.gallery, question, rule, ORIGIN)
    return SearchUsersResponse(
        user_matches=tuple(_user_match(work.gallery, match) for match in matches),
        face_model_version=version_of(work.gallery.model),
        searched_face=FaceName(face_id=sent.face_id) if sent.face_id else None,
        searched_user=UserName(user_id=sent.user_id) if sent.user_id else None,
    )


async def _asked(call: Call, gallery: Gallery, sent: SearchUsersRequest) -> Question | None:
    """`None` for a user without faces."""
    if sent.face_id is not None:
        kept = await _reference(call, gallery, face_id(sent.face_id))
        return Question(probe=kept.template, reference_id=kept.id)
    subject = await user(call.platform, gallery, sent.user_id or "")
    async with call.platform.store.transaction(call.platform.tenant) as work:
        references = (await work.references.of_subjects(gallery.id, [subject.id])).get(subject.id)
    if not references:
        return None
    return Question(probe=fuse([one.template for one in references]), subject_id=subject.id)


async def _look(work: GalleryWork, picture: Picture, quality: QualityFilter) -> _Seen:
    bar, inference = BARS[quality], work.identify.inference
    found = await inference.samples(picture.content, gate=bar.gate)
    sample = next((one for one in found if isinstance(one, Sample)), None)
    others = tuple(
        (one, reasons_of(one.reasons) if isinstance(one, Rejection) else (Reason.FACE_NOT_LARGEST,))
        for one in found
        if one is not sample
    )
    if sample is None:
        return _Seen(question=None, sample=None, others=others)
    (template,) = await inference.templates([sample])
    lowest = work.gallery.policy.enrol_quality if bar.policy_quality else 0.0
    if template.quality is not None and template.quality < lowest:
        return _Seen(question=None, sample=None, others=((sample, (Reason.LOW_FACE_QUALITY,)), *others))
    return _Seen(question=Question(probe=template, sample=sample), sample=sample, others=others)


async def _reference(call: Call, gallery: Gallery, wanted: ReferenceId) -> Reference:
    async with call.platform.store.transaction(call.platform.tenant) as work:
        try:
            kept = await work.references.get(wanted)
        except ReferenceNotFound:
            kept = None
    if kept is None or kept.gallery_id != gallery.id:
        raise ReferenceNotFound("faceId was not found in the collection.")
    return kept


def _searcher(call: Call, work: GalleryWork) -> SearchReferences:
    return SearchReferences(
        store=call.platform.store,
        tenant=call.platform.tenant,
        search=work.search,
        calibration=work.identify.calibration,
        record=call.platform.record,
    )


def _rule(parameter: str, threshold: float, limit: int) -> Rule:
    return Rule(fmr=rate(threshold), limit=limit, name=f"rekognition {parameter} {threshold:g}")


def _face_match(gallery: Gallery, match: ReferenceMatch) -> FaceMatch:
    return FaceMatch(similarity=similarity(match.fmr.value), face=stored(gallery, match.reference))


def _user_match(gallery: Gallery, match: SubjectMatch) -> UserMatch:
    name = user_id(gallery.name, match.subject.name, match.subject.id)
    return UserMatch(
        similarity=similarity(match.fmr.value), user=UserNote(user_id=name, user_status=UserStatus.ACTIVE)
    )


OPERATIONS: Final = {
    "SearchFacesByImage": Operation(
        request=SearchFacesByImageRequest, permission=Permission.IDENTIFY, run=faces_by_image
    ),
    "SearchFaces": Operation(request=SearchFacesRequest, permission=Permission.IDENTIFY, run=faces),
    "SearchUsersByImage": Operation(
        request=SearchUsersByImageRequest, permission=Permission.IDENTIFY, run=users_by_image
    ),
    "SearchUsers": Operation(request=SearchUsersRequest, permission=Permission.IDENTIFY, run=users),
}

"""Faces of pictures, without a collection."""

from typing import Final

from visavis.api.dialects.rekognition.call import ORIGIN, Call, Operation
from visavis.api.dialects.rekognition.quality import ANYTHING, BARS
from visavis.application.compare_faces import MOST_FACES, CompareFaces
from visavis.application.search_references import Rule
from visavis.domain.access import Permission
from visavis.domain.decision import Measure
from visavis.domain.sample import Reason, Rejection
from visavis.wire.rekognition.faces import BoundingBox, ComparedFace, FaceDetail, SourceFace, confidence
from visavis.wire.rekognition.operations import (
    CompareFacesMatch,
    CompareFacesRequest,
    CompareFacesResponse,
    DetectFacesRequest,
    DetectFacesResponse,
)
from visavis.wire.rekognition.similarity import rate, similarity


async def detect(call: Call, sent: DetectFacesRequest) -> DetectFacesResponse:
    """The largest first. What the second look of the detector did not confirm is no face."""
    picture = call.picture(sent.image)
    inference = await call.platform.loaded(call.platform.models.pack())
    found = await inference.samples(picture.content, gate=ANYTHING)
    faces = [
        one for one in found if not (isinstance(one, Rejection) and Reason.LOW_DETECTION_SCORE in one.reasons)
    ]
    return DetectFacesResponse(
        face_details=tuple(FaceDetail.of(one.face, one.quality, picture.size) for one in faces[:MOST_FACES])
    )


async def compare(call: Call, sent: CompareFacesRequest) -> CompareFacesResponse:
    source, target = call.picture(sent.source_image), call.picture(sent.target_image)
    pack = call.platform.models.pack()
    use = CompareFaces(
        store=call.platform.store,
        tenant=call.platform.tenant,
        inference=await call.platform.loaded(pack),
        calibration=pack.calibration(Measure.COSINE),
        measure=Measure.COSINE,
        record=call.platform.record,
    )
    rule = Rule(
        fmr=rate(sent.similarity_threshold),
        limit=MOST_FACES,
        name=f"rekognition SimilarityThreshold {sent.similarity_threshold:g}",
    )
    found = await use(
        source.content, target.content, rule, gate=BARS[sent.quality_filter].gate, origin=ORIGIN
    )
    notes = [(one, ComparedFace.of(one.sample.face, one.sample.quality, target.size)) for one in found.faces]
    return CompareFacesResponse(
        source_image_face=SourceFace(
            bounding_box=BoundingBox.of(found.source.face, source.size),
            confidence=confidence(found.source.face.score),
        ),
        face_matches=tuple(
            CompareFacesMatch(similarity=similarity(one.fmr.value), face=note)
            for one, note in notes
            if one.matches
        ),
        unmatched_faces=tuple(note for one, note in notes if not one.matches),
    )


OPERATIONS: Final = {
    "DetectFaces": Operation(request=DetectFacesRequest, permission=Permission.DETECT, run=detect),
    "CompareFaces": Operation(request=CompareFacesRequest, permission=Permission.VERIFY, run=compare),
}

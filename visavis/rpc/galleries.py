"""Galleries and the subjects in them."""

from visavis.application.ports.store import GallerySummary
from visavis.domain.errors import GalleryNotFound
from visavis.domain.subject import SubjectId
from visavis.rpc import messages
from visavis.rpc.calls import Call
from visavis.wire.proto import visavis_pb2 as pb


async def list_galleries(call: Call, _: pb.ListGalleriesRequest) -> pb.ListGalleriesResponse:
    """Those that the caller may use, by name."""
    return pb.ListGalleriesResponse(galleries=[messages.gallery(one) for one in await _mine(call)])


async def get_gallery(call: Call, request: pb.GetGalleryRequest) -> pb.Gallery:
    """With how much is in it."""
    call.platform.principal.require_gallery(request.name)
    for one in await _mine(call):
        if one.gallery.name == request.name:
            return messages.gallery(one)
    raise GalleryNotFound


async def list_subjects(call: Call, request: pb.ListSubjectsRequest) -> pb.ListSubjectsResponse:
    """By name. Callers that are limited to some galleries name one of them."""
    platform = call.platform
    limit = messages.number(request.limit, what="limit", most=1000, default=100)
    gallery = await platform.gallery(_name(request.gallery)) if request.gallery else None
    if gallery is None:
        platform.principal.require_everywhere()
    page = await platform.subjects.page(
        gallery=gallery, after=messages.text(request.after, what="place"), limit=limit + 1
    )
    return pb.ListSubjectsResponse(
        subjects=[messages.subject(one, platform.principal) for one in page[:limit]],
        next_after=page[limit - 1].subject.name if len(page) > limit else "",
    )


async def erase_subject(call: Call, request: pb.EraseSubjectRequest) -> pb.EraseSubjectResponse:
    """Everything kept of it, in every gallery, with a signed receipt."""
    reason = messages.text(request.reason, what="reason")
    one = await call.platform.visible(SubjectId(messages.identifier(request.subject_id)), wholly=True)
    done = await call.platform.erase(one.subject.id, reason=reason)
    receipt = done.receipt
    return pb.EraseSubjectResponse(
        references=done.references,
        galleries=done.galleries,
        receipt=receipt.document if receipt else "",
        signature=receipt.signature.hex() if receipt else "",
        public_key=receipt.public_key.hex() if receipt else "",
    )


async def _mine(call: Call) -> list[GallerySummary]:
    mine = call.platform.principal.galleries
    found = await call.platform.galleries.all()
    return [one for one in found if mine is None or one.gallery.name in mine]


def _name(gallery: str) -> str:
    return messages.text(gallery, what="name of a gallery")

"""Faces, decisions, enrolment: one answer to one request."""

from collections.abc import Sequence

from visavis.application.enrol import Enrolment, EnrolOptions
from visavis.application.identify import Identification
from visavis.application.verify import Verification, Verify
from visavis.bootstrap.platform import GalleryWork, Platform
from visavis.domain.errors import AlreadyEnrolled, ValueInvalid
from visavis.domain.event import Origin
from visavis.domain.policy import Policy
from visavis.domain.sample import Sample
from visavis.engine.assess import PROBE_GATE
from visavis.rpc import messages
from visavis.rpc.calls import Call
from visavis.rpc.pictures import identified_one, identified_together, require_few, side_of
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.v1.templates import encoded_template

_FMR = 1e-4


async def detect(call: Call, request: pb.DetectRequest) -> pb.DetectResponse:
    """Nothing is kept."""
    pack = call.platform.models.pack(_pack(request.pack))
    inference = await call.platform.loaded(pack)
    found = await inference.samples(_image(request.image), gate=PROBE_GATE)
    return pb.DetectResponse(pack=pack.name, faces=[messages.face(one) for one in found])


async def extract(call: Call, request: pb.ExtractRequest) -> pb.ExtractResponse:
    """A template for each face that is good enough."""
    pack = call.platform.models.pack(_pack(request.pack))
    inference = await call.platform.loaded(pack)
    found = await inference.samples(_image(request.image), gate=PROBE_GATE)
    made = iter(
        await inference.templates([one for one in found if isinstance(one, Sample)], flip=request.mirror)
    )
    faces = []
    for one in found:
        template = next(made) if isinstance(one, Sample) else None
        faces.append(
            pb.ExtractedFace(
                face=messages.face(one, template.quality if template else None),
                template=encoded_template(template) if template else None,
            )
        )
    return pb.ExtractResponse(pack=pack.name, model=pack.embedder.model.key, faces=faces)


async def verify(call: Call, request: pb.VerifyRequest) -> pb.VerifyResponse:
    """Two sides, at a false-match rate that the caller chooses."""
    platform = call.platform
    fmr = request.fmr or _FMR
    if not 1e-9 <= fmr <= 0.5:
        raise ValueInvalid("The false-match rate lies between 1e-9 and 0.5.")
    pack, policy = platform.models.pack(_pack(request.pack)), Policy(name="request", fmr=fmr)
    origin = messages.origin_of(request.origin)
    inference = await platform.loaded(pack)
    comparison = Verify(inference=inference, calibration=pack.calibration(policy.measure), policy=policy)
    one, reference = await side_of(
        request.reference, inference, platform.principal, largest=request.largest, what="reference"
    )
    other, probe = await side_of(
        request.probe, inference, platform.principal, largest=request.largest, what="probe"
    )
    result = Verification(decision=comparison.templates(one, other), probe=probe, reference=reference)
    await platform.record.verified(None, result, origin)
    return pb.VerifyResponse(
        decision=messages.decision(result.decision),
        reference=messages.probe_face(reference),
        probe=messages.probe_face(probe),
    )


async def verify_subject(call: Call, request: pb.VerifySubjectRequest) -> pb.VerifyResponse:
    """A claim, decided under the gallery's policy."""
    platform = call.platform
    origin = messages.origin_of(request.origin)
    subject = messages.text(request.subject, what="name of a subject", least=1)
    work = await opened(platform, request.gallery)
    template, probe = await side_of(
        request.probe, work.verify.inference, platform.principal, largest=request.largest, what="probe"
    )
    claim = await work.verify.claim(work.gallery, subject, template, probe)
    event = await platform.record.verified(work.gallery, claim, origin)
    return pb.VerifyResponse(
        decision=messages.decision(claim.decision),
        probe=messages.probe_face(probe),
        reference_id=str(claim.reference_id) if claim.reference_id else None,
        event_id=str(event.id) if work.gallery.policy.event_days else None,
    )


async def identify(call: Call, request: pb.IdentifyRequest) -> pb.IdentifyResponse:
    """Every face of the pictures, or the one human of all of them, is searched, decided and logged."""
    platform, principal = call.platform, call.platform.principal
    require_few(request.pictures)
    limit = candidate_limit(request.limit)
    origin = messages.origin_of(request.origin)
    work = await opened(platform, request.gallery)
    found: list[tuple[int, Identification]] = []
    if request.together:
        one = await identified_together(
            work, request.pictures, principal, limit=limit, largest=request.largest
        )
        found.append((0, one))
    else:
        for number, picture in enumerate(request.pictures):
            found += [(number, one) for one in await identified_one(work, picture, principal, limit=limit)]
    return pb.IdentifyResponse(
        gallery=work.gallery.name,
        pack=work.gallery.pack,
        faces=await recorded(platform, work, found, origin),
    )


async def recorded(
    platform: Platform, work: GalleryWork, found: Sequence[tuple[int, Identification]], origin: Origin
) -> list[pb.IdentifiedFace]:
    """Keeps the faces of a capture, each with the number of its picture, and says what was decided."""
    kept = await platform.record.identified(work.gallery, [one for _, one in found], origin)
    events = kept if work.gallery.policy.event_days else []
    by_position = {event.position: event for event in events}
    return [
        messages.identified(one, picture, by_position.get(position))
        for position, (picture, one) in enumerate(found)
    ]


async def enrol(call: Call, request: pb.EnrolRequest) -> pb.EnrolResponse:
    """A bad photo does not keep the others from being enrolled; its error says why."""
    require_few(request.images)
    subject = messages.text(request.subject, what="name of a subject", least=1)
    options = EnrolOptions(
        force=request.force,
        largest=request.largest,
        external_id=messages.text(request.external_id, what="external identifier", most=255),
    )
    work = await opened(call.platform, request.gallery)
    photos = [(f"images.{number}", image) for number, image in enumerate(request.images)]
    done = await work.enrol(work.gallery, subject, photos, options)
    failed = [result.error for result in done.results if result.error is not None]
    known = all(isinstance(result.error, AlreadyEnrolled) for result in done.results)
    if not done.enrolled and not known:
        raise failed[0]
    return _enrolled(done)


def _enrolled(done: Enrolment) -> pb.EnrolResponse:
    return pb.EnrolResponse(
        subject=done.name,
        subject_id=str(done.subject_id) if done.subject_id else None,
        enrolled=done.enrolled,
        photos=[
            pb.EnrolledPhoto(
                reference_id=str(result.reference_id) if result.reference_id else None,
                quality=result.probe.template.quality if result.probe else None,
                error=messages.problem(result.error) if result.error else None,
            )
            for result in done.results
        ],
        resembles=messages.candidates(done.resembles),
    )


async def opened(platform: Platform, gallery: str) -> GalleryWork:
    """Raises as `Platform.opened` does."""
    return await platform.opened(messages.text(gallery, what="name of a gallery", least=1))


def candidate_limit(limit: int) -> int:
    return messages.number(limit, what="number of candidates", most=100, default=5)


def _pack(name: str) -> str | None:
    return messages.text(name, what="name of a model pack", most=100) or None


def _image(content: bytes) -> bytes:
    if not content:
        raise ValueInvalid("There is no picture in the request.")
    return content

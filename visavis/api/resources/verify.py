"""1:1: are these the same human?"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import (
    SINGLE,
    CapturedAt,
    Largest,
    SentReference,
    Source,
    pictures,
    probe_note,
    sent_templates,
)
from visavis.api.service import Caller, allowed, room
from visavis.application.sides import side
from visavis.application.verify import Verification, Verify
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    CalibrationMissing,
    GalleryNotFound,
    LicenceRefused,
    ModelDown,
    ModelMismatch,
    ModelNotFound,
    SubjectNotFound,
)
from visavis.domain.event import Origin
from visavis.domain.policy import Policy
from visavis.wire.decisions import DecisionNote
from visavis.wire.v1.recognition import Verified
from visavis.wire.v1.values import PLAIN, Name

router = APIRouter(prefix="/v1", tags=["recognition"], route_class=IdempotentRoute)

_BOTH = {"reference": True, "probe": True, "reference_template": True, "probe_template": True}
_PROBE = {"probe": True, "probe_template": True}
_TEMPLATES = frozenset({"reference", "probe", "reference_template", "probe_template"})


@router.post(
    "/verify",
    dependencies=[Depends(room)],
    summary="Compare two sides",
    responses=failures(*SINGLE, ModelNotFound, ModelMismatch, ModelDown, CalibrationMissing, LicenceRefused),
    openapi_extra=bodies(_BOTH, optional=_TEMPLATES),
)
async def verify_pictures(
    request: Request,
    caller: Caller,
    platform: Annotated[Platform, Depends(allowed(Permission.VERIFY))],
    pack: Annotated[str | None, Query(max_length=100, pattern=PLAIN, description="Model pack.")] = None,
    fmr: Annotated[
        float, Query(ge=1e-9, le=0.5, description="False-match rate that the decision keeps.")
    ] = 1e-4,
    largest: Largest = False,
    source: Source = "",
) -> Verified:
    """Picture against picture, template against template, or mixed; several pictures of a side are fused."""
    chosen = platform.models.pack(pack)
    policy = Policy(name="request", fmr=fmr)
    inference = await platform.loaded(chosen)
    verify = Verify(inference=inference, calibration=chosen.calibration(policy.measure), policy=policy)
    uploads = await read_uploads(request, _BOTH)
    templates = [sent_templates(uploads, f"{part}_template", caller) for part in ("reference", "probe")]
    one, reference = await side(
        pictures(uploads, "reference"), templates[0], inference, largest=largest, what="reference"
    )
    other, probe = await side(
        pictures(uploads, "probe"), templates[1], inference, largest=largest, what="probe"
    )
    result = Verification(decision=verify.templates(one, other), probe=probe, reference=reference)
    await platform.record.verified(None, result, Origin(source=source))
    return Verified(
        decision=DecisionNote.of(result.decision),
        probe=probe_note(probe),
        reference=probe_note(reference),
        pack=chosen.name,
    )


@router.post(
    "/galleries/{gallery}/verify",
    dependencies=[Depends(room)],
    summary="Compare with an enrolled subject",
    responses=failures(*SINGLE, GalleryNotFound, SubjectNotFound, ModelMismatch, ModelDown),
    openapi_extra=bodies(_PROBE, optional=frozenset(_PROBE)),
)
async def verify_subject(
    request: Request,
    gallery: GalleryName,
    caller: Caller,
    platform: Annotated[Platform, Depends(allowed(Permission.VERIFY))],
    subject: Annotated[Name, Query(description="Name of the subject.")],
    largest: Largest = False,
    source: Source = "",
    reference: SentReference = "",
    captured_at: CapturedAt = None,
) -> Verified:
    """Is this the subject it claims to be? Decided under the gallery's policy."""
    work = await platform.opened(gallery)
    uploads = await read_uploads(request, _PROBE)
    sent = sent_templates(uploads, "probe_template", caller)
    template, probe = await side(
        pictures(uploads, "probe"), sent, work.inference, largest=largest, what="probe"
    )
    claim = await work.verify.claim(work.gallery, subject, template, probe)
    origin = Origin(source=source, reference=reference, captured_at=captured_at)
    event = await platform.record.verified(work.gallery, claim, origin)
    return Verified(
        decision=DecisionNote.of(claim.decision),
        probe=probe_note(probe),
        reference_id=str(claim.reference_id) if claim.reference_id else None,
        pack=work.gallery.pack,
        event_id=str(event.id) if work.gallery.policy.event_days else None,
    )

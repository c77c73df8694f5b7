"""Model packs on trial: beside the pack in force, or deciding a share."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.application.trials.manage import TrialWish
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.trial_views import trial_detail, trial_note
from visavis.domain.access import Permission
from visavis.domain.errors import (
    CalibrationMissing,
    GalleryNotFound,
    ModelDown,
    ModelMismatch,
    ModelNotFound,
    PreconditionFailed,
    TrialNotFound,
)
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.trials import TrialDetail, TrialList, TrialPromote, TrialPut, TrialStopped

_PLACED: dict[str, Any] = {
    "headers": {"Location": {"schema": {"type": "string"}, "description": "Where to ask how far it is."}}
}

router = APIRouter(prefix="/v1", tags=["models"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.MODELS_READ, Permission.GALLERIES_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.MODELS_MANAGE))]
Moving = Annotated[
    Platform,
    Depends(allowed(Permission.JOBS_WRITE, Permission.GALLERIES_WRITE, Permission.MODELS_MANAGE)),
]


@router.get("/trials", summary="Packs on trial", responses=failures())
async def list_trials(platform: Reading) -> TrialList:
    """One for a gallery at most; those of galleries that the caller may use."""
    mine = platform.principal.galleries
    found = await platform.trials.all()
    return TrialList(
        trials=tuple(trial_note(one) for one in found if mine is None or one.gallery.name in mine)
    )


@router.get(
    "/galleries/{gallery}/trial",
    summary="The pack on trial in a gallery",
    responses=failures(GalleryNotFound, TrialNotFound),
)
async def get_trial(platform: Reading, gallery: GalleryName) -> TrialDetail:
    """How often it agrees with the pack in force, and about which events it does not."""
    found = await platform.gallery(gallery)
    return trial_detail(await platform.trials.get(found))


@router.put(
    "/galleries/{gallery}/trial",
    summary="Put a pack on trial",
    responses=failures(
        GalleryNotFound, ModelNotFound, ModelMismatch, CalibrationMissing, ModelDown, PreconditionFailed
    ),
)
async def put_trial(platform: Managing, gallery: GalleryName, wanted: TrialPut) -> TrialDetail:
    """In shadow it decides beside the pack in force and changes nothing; as a canary it decides a share of the
    requests. The worker makes its templates from kept pictures first. A canary goes back to shadow by itself when a
    limit is violated."""
    found = await platform.gallery(gallery)
    wish = TrialWish(
        state=wanted.state,
        share=wanted.share,
        limits=wanted.limits.limits(),
        allow_missing=wanted.allow_missing,
    )
    return trial_detail(await platform.try_pack(found, wanted.pack, wish))


@router.delete(
    "/galleries/{gallery}/trial",
    summary="Stop a trial",
    responses=failures(GalleryNotFound, TrialNotFound),
)
async def stop_trial(platform: Managing, gallery: GalleryName) -> TrialStopped:
    """The pack in force decides everything again: at once in this process, within seconds in others. What was made
    for the trial is removed."""
    found = await platform.gallery(gallery)
    stopped = await platform.stop_trial(found)
    return TrialStopped(gallery=found.name, pack=stopped.pack)


@router.post(
    "/galleries/{gallery}/trial/promote",
    status_code=202,
    summary="Move the gallery to the candidate",
    responses={
        202: _PLACED,
        **failures(
            GalleryNotFound, TrialNotFound, ModelNotFound, ModelMismatch, ModelDown, CalibrationMissing
        ),
    },
)
async def promote_trial(
    response: Response, platform: Moving, gallery: GalleryName, wanted: TrialPromote
) -> JobNote:
    """A job that takes the templates that were made already; when it is done, the trial is over."""
    found = await platform.gallery(gallery)
    job = await platform.promote_trial(found, drop_missing=wanted.drop_missing)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobNote.of(job)

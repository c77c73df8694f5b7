"""What scores mean in a gallery, where it has a calibration of its own."""

from typing import Annotated

from fastapi import APIRouter, Depends

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import CalibrationNotFound, GalleryNotFound, ModelMismatch
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.calibrations import CalibrationContent

router = APIRouter(
    prefix="/v1/galleries/{gallery}/calibration", tags=["galleries"], route_class=IdempotentRoute
)

Reading = Annotated[Platform, Depends(allowed(Permission.GALLERIES_READ))]
Writing = Annotated[Platform, Depends(allowed(Permission.GALLERIES_WRITE))]


@router.get(
    "", summary="The gallery's own calibration", responses=failures(GalleryNotFound, CalibrationNotFound)
)
async def get_calibration(platform: Reading, gallery: GalleryName) -> CalibrationContent:
    """With its intervals and its evidence."""
    platform.principal.require_gallery(gallery)
    return CalibrationContent.of(await platform.calibrate_gallery.get(gallery))


@router.put("", summary="Give the gallery a calibration", responses=failures(GalleryNotFound, ModelMismatch))
async def put_calibration(
    platform: Writing, gallery: GalleryName, calibration: CalibrationContent
) -> GalleryEntry:
    """It counts instead of the model pack's from the next request on, in other processes of the server within a
    second. It has to be of the gallery's model and rule, and to support false-match rates of 1 in 1,000."""
    platform.principal.require_gallery(gallery)
    await platform.calibrate_gallery.keep(gallery, calibration.calibration())
    return await _entry(platform, gallery)


@router.delete(
    "", summary="Remove the gallery's calibration", responses=failures(GalleryNotFound, CalibrationNotFound)
)
async def remove_calibration(platform: Writing, gallery: GalleryName) -> GalleryEntry:
    """From then on that of its model pack counts."""
    platform.principal.require_gallery(gallery)
    await platform.calibrate_gallery.remove(gallery)
    return await _entry(platform, gallery)


async def _entry(platform: Platform, name: str) -> GalleryEntry:
    platform.installation.forget_gallery(platform.tenant, name)
    held = await platform.galleries.count(await platform.gallery(name))
    return GalleryEntry.of(held.gallery, subjects=held.subjects, references=held.references)

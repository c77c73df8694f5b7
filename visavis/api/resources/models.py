"""Model packs: what is installed, and what each is allowed for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from visavis.api.documented import failures
from visavis.api.guard import GuardedRoute
from visavis.api.service import allowed
from visavis.bootstrap.pack_entries import pack_entry
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import ModelNotFound
from visavis.wire.packs import ModelDocument
from visavis.wire.v1.models import ModelList
from visavis.wire.v1.values import PLAIN

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=GuardedRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.MODELS_READ))]


@router.get("", summary="All model packs", responses=failures())
async def list_models(platform: Reading) -> ModelList:
    """With licences, whether they are installed on this server, and which one is promoted."""
    return ModelList(
        models=tuple(pack_entry(platform.models, pack) for pack in platform.models.catalogue.packs())
    )


@router.get("/{pack}", summary="One model pack", responses=failures(ModelNotFound))
async def get_model(
    platform: Reading,
    pack: Annotated[str, Path(max_length=100, pattern=PLAIN, description="Name of the model pack.")],
) -> ModelDocument:
    """Weights, digests, provenance, input contract and calibrations."""
    found = platform.models.pack(pack)
    return ModelDocument.of(found, pack_entry(platform.models, found))

"""Which model pack is the default: evidence, the gate, promotion and the way back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import GateFailed, ModelNotFound, PreconditionFailed
from visavis.domain.promotion import PromotionEntry
from visavis.wire.cards import (
    CardNote,
    CardsDocument,
    CriterionNote,
    PromotionDocument,
    PromotionNote,
    PromotionsDocument,
)
from visavis.wire.v1.calibrations import CalibrationContent
from visavis.wire.v1.models import GateCriterion, GateNote, PackCalibrations
from visavis.wire.v1.values import PLAIN

router = APIRouter(prefix="/v1/models", tags=["models"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.MODELS_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.MODELS_MANAGE))]
PackName = Annotated[str, Path(max_length=100, pattern=PLAIN, description="Name of the model pack.")]


@router.get("/promotions", summary="The default, and how it came to be", responses=failures())
async def list_promotions(platform: Reading) -> PromotionsDocument:
    """The newest change first."""
    entries = platform.registry.history().entries
    return PromotionsDocument(
        promoted=platform.models.promoted,
        default=platform.models.default,
        entries=tuple(PromotionNote.of(one) for one in reversed(entries)),
    )


@router.post(
    "/promotions/rollback", summary="Go back to the pack before", responses=failures(PreconditionFailed)
)
async def roll_back(platform: Managing) -> PromotionDocument:
    """To the pack that was promoted before, or to the one built in. Galleries keep their own pack."""
    return _changed(platform, await platform.roll_back(), ())


@router.get("/{pack}/cards", summary="Evaluation cards of a pack", responses=failures(ModelNotFound))
async def list_cards(platform: Reading, pack: PackName) -> CardsDocument:
    """How often it is wrong, on which data, with intervals. The newest first."""
    found = platform.models.pack(pack)
    kept = platform.registry.cards.of(found.name)
    return CardsDocument(
        pack=found.name, cards=tuple(CardNote.of(one, current=one.card.is_of(found)) for one in kept)
    )


@router.get("/{pack}/calibrations", summary="Calibrations of a pack", responses=failures(ModelNotFound))
async def list_calibrations(platform: Reading, pack: PackName) -> PackCalibrations:
    """Point by point: which share of strangers, and of photos of the same person, lies above a score."""
    found = platform.models.pack(pack)
    return PackCalibrations(
        pack=found.name, calibrations=tuple(CalibrationContent.of(one) for one in found.calibrations)
    )


@router.get("/{pack}/gate", summary="Would it pass the gate?", responses=failures(ModelNotFound))
async def look_at_gate(platform: Managing, pack: PackName) -> GateNote:
    """What the gate asks before a pack may become the default, and what was found. Changes nothing."""
    found = await platform.gate(pack)
    return GateNote(
        pack=pack,
        passed=found.passed,
        against=found.against,
        criteria=tuple(
            GateCriterion(**CriterionNote.of(one).model_dump(), advice=one.advice) for one in found.criteria
        ),
    )


@router.post(
    "/{pack}/promote",
    summary="Make a pack the default",
    responses=failures(ModelNotFound, GateFailed, PreconditionFailed),
)
async def promote(platform: Managing, pack: PackName) -> PromotionDocument:
    """For new galleries that name none, if it passes the gate; otherwise the refusal says what it failed. In force in
    this server within seconds; on other machines with a model directory of their own it is done there."""
    done = await platform.promote(pack)
    return _changed(platform, done.entry, tuple(CriterionNote.of(one) for one in done.criteria))


def _changed(
    platform: Platform, entry: PromotionEntry, criteria: tuple[CriterionNote, ...]
) -> PromotionDocument:
    return PromotionDocument(
        entry=PromotionNote.of(entry), default=platform.models.default, criteria=criteria, audited=True
    )

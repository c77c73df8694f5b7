"""Rules of alerts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.alert import AlertRule, Condition, RuleId
from visavis.domain.errors import (
    AlertRuleNotFound,
    AlreadyExists,
    ChannelNotFound,
    SubjectNotFound,
    ValueInvalid,
)
from visavis.wire.v1.alert_rules import AlertRuleCreate, AlertRuleEdit, AlertRuleList, AlertRuleNote

router = APIRouter(prefix="/v1/alert-rules", tags=["alerts"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.ALERTS_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.ALERTS_MANAGE))]


@router.get("", summary="Rules of alerts", responses=failures())
async def list_alert_rules(platform: Reading) -> AlertRuleList:
    """By name; those of galleries that the caller may use."""
    found = [one for one in await platform.alert_rules.all() if _is_mine(platform, one.condition)]
    return AlertRuleList(rules=tuple(AlertRuleNote.of(one) for one in found))


@router.post(
    "",
    status_code=201,
    summary="Add a rule",
    responses=failures(AlreadyExists, ChannelNotFound, SubjectNotFound, ValueInvalid),
)
async def create_alert_rule(platform: Managing, wanted: AlertRuleCreate) -> AlertRuleNote:
    """It looks at every event from now on. A caller that is limited to some galleries names them."""
    condition = wanted.condition.condition
    await _require_mine(platform, condition)
    made = await platform.alert_rules.create(
        wanted.name,
        condition,
        wanted.effects.effects,
        severity=wanted.severity,
        enabled=wanted.enabled,
    )
    return AlertRuleNote.of(made)


@router.get("/{rule_id}", summary="One rule", responses=failures(AlertRuleNotFound))
async def get_alert_rule(platform: Reading, rule_id: UUID) -> AlertRuleNote:
    """What it waits for, and what it does."""
    return AlertRuleNote.of(await _mine(platform, rule_id))


@router.patch(
    "/{rule_id}",
    summary="Change a rule",
    responses=failures(AlertRuleNotFound, AlreadyExists, ChannelNotFound, SubjectNotFound, ValueInvalid),
)
async def change_alert_rule(platform: Managing, rule_id: UUID, change: AlertRuleEdit) -> AlertRuleNote:
    """What is left out stays. A rule that is enabled again, or waits for something else, begins with what comes."""
    old = await _mine(platform, rule_id)
    condition = change.condition.condition if change.condition else None
    if condition is not None:
        await _require_mine(platform, condition)
    changed = await platform.alert_rules.change(
        old.id,
        name=change.name,
        enabled=change.enabled,
        severity=change.severity,
        condition=condition,
        effects=change.effects.effects if change.effects else None,
    )
    return AlertRuleNote.of(changed)


@router.delete("/{rule_id}", status_code=204, summary="Remove a rule", responses=failures(AlertRuleNotFound))
async def remove_alert_rule(platform: Managing, rule_id: UUID) -> None:
    """Its alerts stay."""
    await platform.alert_rules.remove((await _mine(platform, rule_id)).id)


async def _mine(platform: Platform, rule_id: UUID) -> AlertRule:
    """Raises `AlertRuleNotFound`, also for rules about galleries that the caller may not use."""
    found = await platform.alert_rules.get(RuleId(rule_id))
    if not _is_mine(platform, found.condition):
        raise AlertRuleNotFound
    return found


def _is_mine(platform: Platform, condition: Condition) -> bool:
    mine = platform.principal.galleries
    return mine is None or (bool(condition.galleries) and condition.galleries <= mine)


async def _require_mine(platform: Platform, condition: Condition) -> None:
    """A caller that is limited to some galleries names them, because none would mean all, and waits for their subjects
    only. Raises `NotPermitted`, `SubjectNotFound`."""
    if platform.principal.galleries is not None and not condition.galleries:
        platform.principal.require_everywhere()
    for gallery in condition.galleries:
        platform.principal.require_gallery(gallery)
    for subject in condition.subjects or ():
        await platform.visible(subject)

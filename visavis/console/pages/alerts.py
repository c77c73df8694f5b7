"""Alerts as they come, the rules that raise them, and the channels that tell of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Body, Request
from starlette.responses import HTMLResponse, PlainTextResponse

from visavis.console.alert_words import SEVERITIES, STATES, TRIGGERS, headline, sentence
from visavis.console.asked import Text, identifier_of
from visavis.console.at_once import at_once
from visavis.console.lookups import evidence_of, logins_of, names_of
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.weekly import rows_of, week_of_rule
from visavis.domain.access import Permission
from visavis.domain.alert_kinds import AlertState, DispatchState, Severity
from visavis.domain.errors import NotPermitted
from visavis.wire.v1.alert_rules import AlertRuleCreate, AlertRuleNote
from visavis.wire.v1.channels import ChannelNote, DispatchNote

router = APIRouter()
_SHOWN = 100
_SENT = 20

E = TypeVar("E", AlertState, Severity, DispatchState)


@dataclass(frozen=True, slots=True)
class Told:
    """A message, and the channel that it went through."""

    message: DispatchNote
    channel: str


@router.get("/alerts")
async def alerts(
    request: Request,
    visit: Visiting,
    state: Text = AlertState.OPEN.value,
    severity: Text = "",
    rule: Text = "",
) -> HTMLResponse:
    """Open ones, unless others are asked for."""
    _require(visit)
    chosen = identifier_of(rule)
    async with at_once() as together:
        listed = together.create_task(
            first_of(
                visit.client.alerts.list(
                    state=_one_of(AlertState, state),
                    severity=_one_of(Severity, severity),
                    rule_id=chosen,
                    page_size=_SHOWN,
                ),
                _SHOWN,
            )
        )
        rules = together.create_task(visit.client.alert_rules.list())
        people = together.create_task(logins_of(visit))
    found, more = listed.result()
    return page(
        request,
        visit,
        "alerts.html",
        **_common(visit),
        alerts=found,
        more=more,
        state=state,
        severity=severity,
        rule=str(chosen or ""),
        rules=rules.result().rules,
        logins=people.result(),
    )


@router.get("/alerts/rules")
async def alert_rules(request: Request, visit: Visiting) -> HTMLResponse:
    """What raises alerts, in sentences."""
    _require(visit)
    async with at_once() as together:
        listed = together.create_task(visit.client.alert_rules.list())
        channels = together.create_task(visit.client.channels.list())
    rules = listed.result().rules
    people = await names_of(visit.client, [one for rule in rules for one in rule.condition.subjects or ()])
    named = _by_id(channels.result().channels)
    told = [(one, sentence(one, named, people)) for one in rules]
    return page(request, visit, "alert_rules.html", **_common(visit), rules=told, channels=named)


@router.get("/alerts/rules/new")
async def new_rule(request: Request, visit: Visiting) -> HTMLResponse:
    return await _rule_form(request, visit, None)


@router.get("/alerts/rules/{rule_id}")
async def edit_rule(request: Request, visit: Visiting, rule_id: UUID) -> HTMLResponse:
    return await _rule_form(request, visit, await visit.client.alert_rules.get(rule_id))


@router.post("/alerts/sentence")
async def rule_sentence(visit: Visiting, rule: Annotated[AlertRuleCreate, Body()]) -> PlainTextResponse:
    """A rule read back while it is made. Nothing is kept."""
    _require(visit)
    channels = _by_id((await visit.client.channels.list()).channels)
    people = await names_of(visit.client, rule.condition.subjects or ())
    return PlainTextResponse(sentence(rule, channels, people))


@router.get("/alerts/channels")
async def alert_channels(request: Request, visit: Visiting) -> HTMLResponse:
    """Where alerts go, and how it went the last times."""
    _require(visit)
    channels = (await visit.client.channels.list()).channels
    sent = await _messages(visit, channels, limit=_SENT)
    of_channel = {
        one.id: [told.message for told in sent if told.message.channel_id == one.id] for one in channels
    }
    return page(request, visit, "alert_channels.html", **_common(visit), channels=channels, sent=of_channel)


@router.get("/alerts/deliveries")
async def alert_deliveries(
    request: Request, visit: Visiting, channel: Text = "", state: Text = ""
) -> HTMLResponse:
    """Every message on its way, the latest first."""
    _require(visit)
    async with at_once() as together:
        listed = together.create_task(visit.client.channels.list())
        rules = together.create_task(visit.client.alert_rules.list())
    channels = listed.result().channels
    asked = [one for one in channels if not channel or one.id == channel]
    sent = await _messages(visit, asked, state=_one_of(DispatchState, state), limit=_SHOWN)
    return page(
        request,
        visit,
        "alert_deliveries.html",
        **_common(visit),
        sent=sent[:_SHOWN],
        more=len(sent) > _SHOWN,
        channels=channels,
        channel=channel,
        state=state,
        outcomes=list(DispatchState),
        rules={one.id: one.name for one in rules.result().rules},
    )


@router.get("/alerts/{alert_id:uuid}")
async def alert(request: Request, visit: Visiting, alert_id: UUID) -> HTMLResponse:
    """One alert with its evidence and its messages."""
    _require(visit)
    async with at_once() as together:
        found = together.create_task(visit.client.alerts.get(alert_id))
        sent = together.create_task(visit.client.alerts.deliveries(alert_id))
        channels = together.create_task(visit.client.channels.list())
        people = together.create_task(logins_of(visit))
    evidence = await evidence_of(visit, found.result().event_ids)
    return page(
        request,
        visit,
        "alert.html",
        **_common(visit),
        alert=found.result(),
        evidence=evidence,
        sent=sent.result().deliveries,
        channels=_by_id(channels.result().channels),
        logins=people.result(),
    )


@router.get("/alerts/{alert_id:uuid}/card")
async def alert_card(request: Request, visit: Visiting, alert_id: UUID) -> HTMLResponse:
    """What the list shows of one alert: for lists that stay open."""
    _require(visit)
    found = await visit.client.alerts.get(alert_id)
    return page(
        request, visit, "alert_card.html", **_common(visit), alert=found, logins=await logins_of(visit)
    )


async def _rule_form(request: Request, visit: Visit, rule: AlertRuleNote | None) -> HTMLResponse:
    if not visit.may(Permission.ALERTS_MANAGE):
        raise NotPermitted("You may not make rules.", hint="Ask an administrator.")
    async with at_once() as together:
        galleries = together.create_task(first_of(visit.client.galleries.list(), 1000))
        cameras = together.create_task(first_of(visit.client.cameras.list(), 1000))
        channels = together.create_task(visit.client.channels.list())
    condition = rule.condition if rule else None
    known = cameras.result()[0]
    quiet = rule.effects.quiet if rule else None
    return page(
        request,
        visit,
        "alert_rule.html",
        **_common(visit),
        rule=rule,
        galleries=_with(
            condition.galleries if condition else (), [one.name for one in galleries.result()[0]]
        ),
        cameras=_with(condition.sources if condition else (), [one.name for one in known]),
        zones=_with(condition.zones if condition else (), [one.zone for one in known]),
        sites=_with(condition.sites if condition else (), [one.site for one in known]),
        channels=channels.result().channels,
        people=await names_of(visit.client, (condition.subjects if condition else None) or ()),
        hours=rows_of(week_of_rule(condition.when if condition else None)),
        quiet_hours=rows_of(week_of_rule(quiet.hours if quiet else None)),
        triggers=TRIGGERS,
    )


def _common(visit: Visit) -> dict[str, object]:
    """What all pages of alerts are drawn with."""
    return {
        "tabs": _tabs(visit),
        "headline": headline,
        "severities": SEVERITIES,
        "states": STATES,
        "may_manage": visit.may(Permission.ALERTS_MANAGE),
        "may_acknowledge": visit.may(Permission.ALERTS_ACKNOWLEDGE),
        "may_see_events": visit.may(Permission.EVENTS_READ),
    }


def _tabs(visit: Visit) -> list[tuple[str, str]]:
    tabs = [("/alerts", "Alerts"), ("/alerts/rules", "Rules"), ("/alerts/channels", "Channels")]
    return [*tabs, ("/alerts/deliveries", "Deliveries")] if _may_follow(visit) else tabs


def _may_follow(visit: Visit) -> bool:
    """Messages belong to all galleries."""
    return visit.may(Permission.ALERTS_MANAGE) and visit.me.galleries is None


async def _messages(
    visit: Visit, channels: Sequence[ChannelNote], *, state: DispatchState | None = None, limit: int
) -> list[Told]:
    """Of these channels, the latest first."""
    if not _may_follow(visit):
        return []
    async with at_once() as together:
        asked = [
            (one, together.create_task(visit.client.channels.deliveries(one.id, state=state, limit=limit)))
            for one in channels
        ]
    found = [Told(message, one.name) for one, task in asked for message in task.result().deliveries]
    return sorted(found, key=lambda one: one.message.created_at, reverse=True)


def _require(visit: Visit) -> None:
    if not visit.may(Permission.ALERTS_READ):
        raise NotPermitted("You may not look at alerts.", hint="Ask an administrator for the role operator.")


def _by_id(channels: Sequence[ChannelNote]) -> dict[str, str]:
    return {one.id: one.name for one in channels}


def _with(chosen: Sequence[str], known: Sequence[str]) -> list[str]:
    """What can be chosen: all that is known, and what was chosen before it was gone."""
    return sorted({*chosen, *known} - {""})


def _one_of(kind: type[E], text: str) -> E | None:
    return next((one for one in kind if one.value == text), None)

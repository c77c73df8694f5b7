"""Conditions and effects of rules, and what channels lead to, as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import time
from typing import TypeAlias
from uuid import UUID

from psycopg.types.json import Json

from visavis.domain.alert import AtNight, ChannelId, Condition, Effects, Quiet
from visavis.domain.alert_kinds import Severity, Trigger
from visavis.domain.channel import AppriseTarget, ChannelKind, MqttTarget, Target, WebhookTarget
from visavis.domain.decision import Outcome
from visavis.domain.errors import SchemaMismatch
from visavis.domain.hours import Hours
from visavis.domain.schedule import Span
from visavis.domain.subject import SubjectId

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"

_SETS = ("galleries", "sources", "sites", "zones")


def condition_to_json(condition: Condition) -> Json:
    """Without its subjects, which have a table of their own."""
    plain: dict[str, Value] = {name: sorted(getattr(condition, name)) for name in _SETS}
    return Json(
        plain
        | {
            "trigger": condition.trigger.value,
            "outcomes": sorted(condition.outcomes),
            "lasting_s": condition.lasting_s,
            "times": condition.times,
            "within_s": condition.within_s,
            "when": _hours_to_json(condition.when),
        }
    )


def condition_from_json(value: object, subjects: frozenset[SubjectId] | None) -> Condition:
    """Raises `SchemaMismatch`."""
    try:
        entry = _mapping(value)
        return Condition(
            trigger=Trigger(_text(entry["trigger"])),
            galleries=_names(entry["galleries"]),
            sources=_names(entry["sources"]),
            sites=_names(entry["sites"]),
            zones=_names(entry["zones"]),
            outcomes=frozenset(Outcome(name) for name in _names(entry["outcomes"])),
            subjects=subjects,
            lasting_s=_number(entry["lasting_s"]),
            times=int(_number(entry["times"])),
            within_s=_number(entry["within_s"]),
            when=_hours_from_json(entry["when"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaMismatch("A rule of alerts cannot be read by this version.") from error


def effects_to_json(effects: Effects) -> Json:
    quiet = effects.quiet
    return Json(
        {
            "channels": [str(one) for one in effects.channels],
            "picture": effects.picture,
            "dedupe_s": effects.dedupe_s,
            "most_per_hour": effects.most_per_hour,
            "quiet": {
                "hours": _hours_to_json(quiet.hours),
                "through": quiet.through.value,
                "others": quiet.others.value,
            }
            if quiet
            else None,
        }
    )


def effects_from_json(value: object) -> Effects:
    """Raises `SchemaMismatch`."""
    try:
        entry = _mapping(value)
        return Effects(
            channels=tuple(ChannelId(UUID(_text(one))) for one in _sequence(entry["channels"])),
            picture=bool(entry["picture"]),
            dedupe_s=_number(entry["dedupe_s"]),
            most_per_hour=int(_number(entry["most_per_hour"])),
            quiet=_quiet(entry["quiet"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaMismatch("A rule of alerts cannot be read by this version.") from error


def target_to_bytes(target: Target) -> bytes:
    match target:
        case WebhookTarget():
            return json.dumps({"url": target.url, "secret": target.secret.decode("latin-1")}).encode()
        case _:
            return json.dumps(asdict(target)).encode()


def target_from_bytes(kind: ChannelKind, content: bytes) -> Target:
    """Raises `SchemaMismatch`."""
    try:
        fields = json.loads(content)
        match kind:
            case ChannelKind.APPRISE:
                return AppriseTarget(address=fields["address"])
            case ChannelKind.WEBHOOK:
                return WebhookTarget(url=fields["url"], secret=fields["secret"].encode("latin-1"))
            case ChannelKind.MQTT:
                return MqttTarget(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaMismatch("A channel cannot be read by this version.") from error


def _quiet(value: object) -> Quiet | None:
    if value is None:
        return None
    entry = _mapping(value)
    hours = _hours_from_json(entry["hours"])
    if hours is None:
        raise TypeError("Quiet hours have hours.")
    return Quiet(
        hours=hours, through=Severity(_text(entry["through"])), others=AtNight(_text(entry["others"]))
    )


def _hours_to_json(hours: Hours | None) -> Value:
    if hours is None:
        return None
    days = [[[one.begins.isoformat(), one.ends.isoformat()] for one in spans] for spans in hours.weekly]
    return {"zone": hours.zone, "weekly": days}


def _hours_from_json(value: object) -> Hours | None:
    if value is None:
        return None
    entry = _mapping(value)
    return Hours(
        zone=_text(entry["zone"]),
        weekly=tuple(
            tuple(_span(_sequence(one)) for one in _sequence(spans)) for spans in _sequence(entry["weekly"])
        ),
    )


def _span(ends: Sequence[object]) -> Span:
    begins, until = ends
    return Span(begins=time.fromisoformat(_text(begins)), ends=time.fromisoformat(_text(until)))


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("This is not an object.")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError("This is not a list.")
    return value


def _names(value: object) -> frozenset[str]:
    return frozenset(_text(one) for one in _sequence(value))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("This is not a text.")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("This is not a number.")
    return float(value)

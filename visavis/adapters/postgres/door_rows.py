"""Schedules, doors and plans as JSON."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from visavis.domain.camera import Direction
from visavis.domain.door import AccessRule, DoorCamera, Passback, PassbackMode
from visavis.domain.liveness import AttackThreshold, LivePolicy
from visavis.domain.schedule import ScheduleId, Span, SpecialDay
from visavis.domain.subject import SubjectId

Json = Mapping[str, Any]  # Any: what json.loads gives; every value is converted here


def spans_to_json(weekly: Iterable[Iterable[Span]], special: Iterable[SpecialDay]) -> dict[str, object]:
    return {
        "weekly": [[_span_to_json(span) for span in spans] for spans in weekly],
        "special": [
            {
                "day": one.day.isoformat(),
                "note": one.note,
                "spans": [_span_to_json(span) for span in one.spans],
            }
            for one in special
        ],
    }


def spans_from_json(kept: Json) -> tuple[tuple[tuple[Span, ...], ...], tuple[SpecialDay, ...]]:
    weekly = tuple(tuple(_span(span) for span in spans) for spans in kept["weekly"])
    special = tuple(
        SpecialDay(
            day=date.fromisoformat(one["day"]),
            note=str(one["note"]),
            spans=tuple(_span(span) for span in one["spans"]),
        )
        for one in kept["special"]
    )
    return weekly, special


def _span_to_json(span: Span) -> list[str]:
    return [span.begins.isoformat(), span.ends.isoformat()]


def _span(kept: list[str]) -> Span:
    return Span(begins=time.fromisoformat(kept[0]), ends=time.fromisoformat(kept[1]))


def rules_to_json(rules: Iterable[AccessRule]) -> list[dict[str, object]]:
    """Without their subjects, which have a table of their own."""
    return [
        {
            "name": rule.name,
            "listed": rule.subjects is not None,
            "schedule": str(rule.schedule) if rule.schedule else None,
            "from": _moment_to_json(rule.valid_from),
            "until": _moment_to_json(rule.valid_until),
        }
        for rule in rules
    ]


def rules_from_json(
    kept: Iterable[Json], subjects: Mapping[int, frozenset[SubjectId]]
) -> tuple[AccessRule, ...]:
    """`subjects` by the place of their rule."""
    return tuple(
        AccessRule(
            name=str(one["name"]),
            subjects=subjects.get(place, frozenset()) if one["listed"] else None,
            schedule=ScheduleId(UUID(one["schedule"])) if one["schedule"] else None,
            valid_from=_moment(one["from"]),
            valid_until=_moment(one["until"]),
        )
        for place, one in enumerate(kept)
    )


def cameras_to_json(cameras: Iterable[DoorCamera]) -> dict[str, str | None]:
    return {camera.name: camera.direction.value if camera.direction else None for camera in cameras}


def cameras_from_json(kept: Json, names: Iterable[str]) -> tuple[DoorCamera, ...]:
    """In the order of the names: JSON in the database has one of its own."""
    return tuple(
        DoorCamera(name=name, direction=Direction(kept[name]) if kept.get(name) else None) for name in names
    )


def passback_to_json(passback: Passback) -> dict[str, object]:
    return {"mode": passback.mode.value, "reset_s": passback.reset_s}


def passback_from_json(kept: Json) -> Passback:
    return Passback(mode=PassbackMode(kept["mode"]), reset_s=int(kept["reset_s"]))


def live_to_json(live: LivePolicy) -> dict[str, object]:
    threshold = live.threshold
    return {
        "require": live.require_live,
        "threshold": None
        if threshold is None
        else {
            "value": threshold.value,
            "detector": threshold.detector,
            "data": threshold.data,
            "apcer": threshold.apcer,
            "bpcer": threshold.bpcer,
        },
    }


def live_from_json(kept: Json) -> LivePolicy:
    threshold = kept["threshold"]
    return LivePolicy(
        require_live=bool(kept["require"]),
        threshold=None if threshold is None else AttackThreshold(**threshold),
    )


def _moment_to_json(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

"""Doors in the words of people."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from visavis.domain.admission import AccessOutcome
from visavis.domain.door import PassbackMode
from visavis.wire.v1.doors import DoorNote, RuleNote

OUTCOMES: Final = {
    AccessOutcome.GRANTED.value: "let in",
    AccessOutcome.DENIED.value: "not let in",
    AccessOutcome.HELD_OPEN.value: "stands open",
    AccessOutcome.FORCED.value: "forced",
}
BADGES: Final = {
    AccessOutcome.GRANTED.value: "good",
    AccessOutcome.DENIED.value: "bad",
    AccessOutcome.HELD_OPEN.value: "watch",
    AccessOutcome.FORCED.value: "bad",
}
DIRECTIONS: Final = {"entry": "coming", "exit": "going", "passing": "passing"}


def rules_said(door: DoorNote) -> list[str]:
    """One sentence for each rule; any of them lets somebody pass."""
    return [_rule(rule, door.gallery) for rule in door.rules] or ["Nobody may pass: there is no rule."]


def passback_said(door: DoorNote) -> str:
    match door.passback.mode:
        case PassbackMode.HARD:
            return "Whoever came in without going out is refused."
        case PassbackMode.SOFT:
            return "Whoever came in without going out is let in, and it is noted."
    return ""


def last_day(until: datetime, zone: tzinfo | None = None) -> date:
    """The last day on which it still holds; `until` itself is not included."""
    return ((until.astimezone(zone) if zone else until) - timedelta(microseconds=1)).date()


def _rule(rule: RuleNote, gallery: str) -> str:
    who = f"Everybody of ‘{gallery}’"
    if rule.subject_ids is not None:
        count = len(rule.subject_ids)
        who = "Nobody any more" if not count else "One person" if count == 1 else f"{count} people"
    when = f"while ‘{rule.schedule}’ is open" if rule.schedule else "at any time"
    since = f", from {rule.valid_from.date()} on" if rule.valid_from else ""
    until = f", until {last_day(rule.valid_until)}" if rule.valid_until else ""
    return f"{who} {when}{since}{until}."

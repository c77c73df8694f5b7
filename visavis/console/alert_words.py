"""Alerts and their rules in the words of people."""

from collections.abc import Mapping, Sequence
from typing import Final

from visavis.console.weekly import said, week_of_rule
from visavis.domain.alert_kinds import Severity, Trigger
from visavis.domain.decision import Outcome
from visavis.wire.alert_notes import AlertNote
from visavis.wire.v1.alert_rules import AlertRuleCreate, AlertRuleNote, RuleCondition, RuleEffects

TRIGGERS: Final = {
    Trigger.SEEN.value: "Somebody is seen",
    Trigger.SILENT.value: "A camera or an agent is silent",
    Trigger.DRIFT.value: "Pictures of a camera change",
    Trigger.DENIED.value: "Somebody is not let in",
    Trigger.HELD_OPEN.value: "A door stays open",
    Trigger.FORCED.value: "A door is forced",
}
HAPPENED: Final = {
    Trigger.SEEN.value: "Somebody was seen",
    Trigger.SILENT.value: "Nothing is heard",
    Trigger.DRIFT.value: "Pictures are not what they were",
    Trigger.DENIED.value: "Somebody was not let in",
    Trigger.HELD_OPEN.value: "A door stays open",
    Trigger.FORCED.value: "A door was forced",
}
SEVERITIES: Final = {Severity.INFO.value: "", Severity.WARNING.value: "watch", Severity.CRITICAL.value: "bad"}
"""The kind of badge for each."""
STATES: Final = {"open": "open", "acknowledged": "looked after", "resolved": "over"}
_WHO: Final = {
    Outcome.MATCH: "Somebody known",
    Outcome.INCONCLUSIVE: "Perhaps somebody known",
    Outcome.NON_MATCH: "Somebody unknown",
}

Names = Mapping[str, str]
"""What identifiers are called."""


def headline(alert: AlertNote) -> str:
    """Who or what, without the place."""
    if alert.trigger is not Trigger.SEEN:
        return HAPPENED[alert.trigger.value]
    return alert.subject or (_WHO[alert.outcome] if alert.outcome else HAPPENED[alert.trigger.value])


def sentence(rule: AlertRuleNote | AlertRuleCreate, channels: Names, people: Names) -> str:
    """The whole rule: "When somebody of ‘banned’ is recognised at any camera, tell ‘phone’, at most every 10 min."."""
    condition, effects = rule.condition, rule.effects
    parts = [f"When {_what(condition, people)} {_where(condition)}"]
    if condition.trigger is Trigger.SEEN and condition.lasting_s:
        parts.append(f"and stays for {duration(condition.lasting_s)} or longer")
    if condition.trigger is Trigger.SILENT and condition.lasting_s:
        parts.append(f"or a camera has sent nothing for {duration(condition.lasting_s)}")
    if condition.trigger is Trigger.SEEN and condition.times:
        parts.append(f"at least {condition.times} times within {duration(condition.within_s)}")
    if condition.when:
        parts.append(f"{said(week_of_rule(condition.when)) or 'never'} ({condition.when.zone})")
    return f"{' '.join(parts)}, {_tell(effects, channels)}."


def duration(seconds: float) -> str:
    """Rounded to what is said of such a time."""
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0 and (unit != "days" or seconds > size):
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _what(condition: RuleCondition, people: Names) -> str:
    match condition.trigger:
        case Trigger.SILENT:
            return "an agent, or a camera that it watches, is silent"
        case Trigger.DRIFT:
            return "pictures are not what they were"
        case Trigger.DENIED:
            return f"{_of(condition.galleries, 'somebody')} is not let in"
        case Trigger.HELD_OPEN:
            return "a door stays open"
        case Trigger.FORCED:
            return "a door is forced"
    if condition.subjects is not None:
        named = [people.get(str(one), "somebody who was erased") for one in condition.subjects]
        return f"{_either(named) or 'nobody any more'} is recognised"
    outcomes = condition.outcomes or tuple(Outcome)
    return " or ".join(_seen(one, condition.galleries) for one in Outcome if one in outcomes)


def _seen(outcome: Outcome, galleries: Sequence[str]) -> str:
    match outcome:
        case Outcome.MATCH:
            return f"{_of(galleries, 'somebody known')} is recognised"
        case Outcome.INCONCLUSIVE:
            return f"{_of(galleries, 'somebody known')} is perhaps seen"
    where = f" who is not in {_either([f'‘{one}’' for one in galleries])}" if galleries else " unknown"
    return f"somebody{where} is seen"


def _of(galleries: Sequence[str], anybody: str) -> str:
    return f"somebody of {_either([f'‘{one}’' for one in galleries])}" if galleries else anybody


def _where(condition: RuleCondition) -> str:
    named = (("at", condition.sources), ("in", condition.zones), ("on the site", condition.sites))
    found = [f"{word} {_either([f'‘{one}’' for one in names])}" for word, names in named if names]
    return " ".join(found) or ("anywhere" if condition.trigger is not Trigger.SEEN else "at any camera")


def _tell(effects: RuleEffects, channels: Names) -> str:
    names = [f"‘{channels.get(str(one), 'a channel that is gone')}’" for one in effects.channels]
    told = f"tell {_all(names)}" if names else "put it on the list"
    parts = [told + (" with the picture" if effects.picture and names else "")]
    parts.append(f"at most every {duration(effects.dedupe_s)}" if effects.dedupe_s else "every time")
    if effects.quiet:
        rest = (
            "keep the others for a summary" if effects.quiet.others == "hold" else "tell nobody of the others"
        )
        hours = said(week_of_rule(effects.quiet.hours)) or "never"
        parts.append(f"but {hours} only what is {_from(effects.quiet.through)}, and {rest}")
    return ", ".join(parts)


def _from(severity: Severity) -> str:
    return severity.value if severity is Severity.CRITICAL else f"{severity.value} or worse"


def _either(names: Sequence[str]) -> str:
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def _all(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)

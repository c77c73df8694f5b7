"""Decisions at doors in words."""

from visavis.domain.admission import AccessDecision, AccessOutcome, AccessReason
from visavis.domain.camera import Direction

_PLAIN = {
    AccessReason.UNKNOWN: "The face belongs to nobody of the gallery.",
    AccessReason.INCONCLUSIVE: "It is not sure enough who this is.",
    AccessReason.NOT_ALLOWED: "No rule of the door names this subject.",
    AccessReason.LIVENESS_UNAVAILABLE: (
        "The door asks for a live person, and nothing here can tell: no attack detector looked at this face."
    ),
    AccessReason.UNTIMELY: "The face was not seen just now, so it opens nothing.",
}


def explained(decision: AccessDecision) -> str:
    """One or two sentences: what was decided, and why. They name no subject."""
    match decision.outcome:
        case AccessOutcome.HELD_OPEN:
            return "The door stands open for too long."
        case AccessOutcome.FORCED:
            return "The door was opened, and nobody had been let in."
        case AccessOutcome.GRANTED:
            remarks = [_reason(reason, decision) for reason in decision.reasons]
            return " ".join([f"{_by_rule(decision)} lets this subject pass.", *remarks])
    return " ".join(_reason(reason, decision) for reason in decision.reasons)


def _by_rule(decision: AccessDecision) -> str:
    return f"The rule {decision.rule}" if decision.rule else "A rule of the door"


def _reason(reason: AccessReason, decision: AccessDecision) -> str:
    when = f"{decision.turns_at:%Y-%m-%d %H:%M} UTC" if decision.turns_at else ""
    match reason:
        case AccessReason.NOT_YET_VALID:
            return f"{_by_rule(decision)} begins {when}."
        case AccessReason.EXPIRED:
            return f"{_by_rule(decision)} ended {when}."
        case AccessReason.OUTSIDE_SCHEDULE:
            name = f"The schedule {decision.schedule}" if decision.schedule else "The schedule of the rule"
            return f"{name} is closed{f'; it opens {when}' if when else ''}."
        case AccessReason.ANTI_PASSBACK:
            out = decision.direction is Direction.EXIT
            return f"This subject {'left' if out else 'came in'} {when} already and was not seen since."
        case AccessReason.ATTACK_SUSPECTED:
            return "The presentation does not look like a live person."
    return _PLAIN[reason]

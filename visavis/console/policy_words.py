"""What a gallery's policy means for people: one sentence for each thing that it decides."""

from dataclasses import dataclass

from visavis.console.render import plural, rate
from visavis.domain.gallery import Purpose
from visavis.wire.galleries import PolicyNote

PURPOSES: dict[str, tuple[str, str]] = {
    Purpose.ACCESS.value: (
        "Doors and access",
        "Only people who are enrolled are let in. Strangers are logged as unknown.",
    ),
    Purpose.ATTENDANCE.value: (
        "Attendance",
        "Arrivals and departures of people who are enrolled. Strangers are logged as unknown.",
    ),
    Purpose.WATCHLIST.value: (
        "Watchlist",
        "A few people whom nobody must miss and nobody must be mistaken for. Alerts tell you when they are seen.",
    ),
    Purpose.VISITORS.value: (
        "Counting visitors",
        "Nobody is enrolled: faces are remembered without a name, and after 30 days nothing is left.",
    ),
    Purpose.GENERAL.value: ("Something else", "People who are enrolled are recognised. You choose the rest."),
}
"""By purpose: its name, and what a gallery of it does."""

ODDS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Rates that the pages offer; any other one can be set by the API."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`about` in a word, and what holds."""

    about: str
    text: str


def sentences(policy: PolicyNote) -> list[Sentence]:
    """In the order in which a visitor would ask."""
    return [
        Sentence("Recognising", _recognising(policy)),
        Sentence("One to one", _one_to_one(policy)),
        Sentence("Close calls", _band(policy)),
        Sentence("Strangers", _strangers(policy)),
        Sentence("Consent", _consent(policy)),
        Sentence("Pictures", _pictures(policy)),
        Sentence("How long", _days(policy)),
        Sentence("Devices", _copies(policy)),
        Sentence("Limits", _limits(policy)),
    ]


def odds_to_choose(current: float) -> list[tuple[float, str]]:
    """Those that are offered, and the one that holds, from lenient to strict."""
    return [(one, rate(one)) for one in sorted({*ODDS, current}, reverse=True)]


def _recognising(policy: PolicyNote) -> str:
    return (
        f"Of the people who are not enrolled, {rate(policy.fpir)} is taken for somebody who is, at most. "
        "The larger the gallery, the stricter each comparison becomes to keep that."
    )


def _one_to_one(policy: PolicyNote) -> str:
    return f"Who claims to be somebody else gets away with it {rate(policy.fmr)} times."


def _band(policy: PolicyNote) -> str:
    if policy.band <= 1:
        return "There is no middle: whoever is not recognised is unknown."
    who = "One person decides" if policy.reviewers == 1 else "Two people have to agree"
    return f"Up to {policy.band:g} times these odds, the decision is left open. {who}."


def _strangers(policy: PolicyNote) -> str:
    if policy.unknowns == "remember":
        named = (
            "Reports show names where there are any." if policy.visitor_names else "Reports show no names."
        )
        return f"Remembered without a name, so that they are known when they return. {named}"
    return "Logged as unknown, and not remembered."


def _consent(policy: PolicyNote) -> str:
    if not policy.consent:
        return "None is asked for here. Make sure that there is another ground for keeping faces."
    return f"Nobody is enrolled without consent to “{policy.consent}”; when it ends, what is kept of the person goes."


def _pictures(policy: PolicyNote) -> str:
    kept = {
        "nothing": "No picture is kept of enrolments, so the gallery cannot move to another model.",
        "sample": "The cut-out face of each enrolment is kept, encrypted.",
        "photo": "The whole photo of each enrolment is kept, encrypted.",
    }[policy.keep]
    if policy.event_pictures == "none":
        return f"{kept} Decisions have no picture."
    return f"{kept} Decisions have a picture for {plural(policy.event_picture_days, 'day')}."


def _days(policy: PolicyNote) -> str:
    references = (
        f"Enrolments are removed after {plural(policy.reference_days, 'day')}"
        if policy.reference_days
        else "Enrolments stay until somebody removes them"
    )
    events = (
        f"decisions after {plural(policy.event_days, 'day')}"
        if policy.event_days
        else "decisions are not kept at all"
    )
    probes = (
        f" For corrections, the numbers of a seen face are kept for {plural(policy.probe_days, 'day')}."
        if policy.probe_days and policy.event_days
        else ""
    )
    return f"{references}, {events}.{probes}"


def _copies(policy: PolicyNote) -> str:
    if policy.copies:
        return "Devices beside cameras may hold an encrypted copy, and decide without the server."
    return "Nothing of the gallery leaves the server."


def _limits(policy: PolicyNote) -> str:
    return (
        f"At most {policy.capacity:,} enrolled pictures, {policy.max_references:,} of a person; pictures below "
        f"quality {policy.enrol_quality:g} of 100 are refused."
    )

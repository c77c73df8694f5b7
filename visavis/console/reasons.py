"""Why the machine decided as it did: codes in the words of people."""

from collections.abc import Sequence

from visavis.domain.liveness import found_in
from visavis.domain.policy import DENIED_BEFORE
from visavis.domain.sample import Reason

_REMARKS = {
    DENIED_BEFORE: "Somebody would have matched, but a person said of this look that it is not them.",
    "device_subject_gone": "The device named somebody who is not there any more; the server decided anew.",
    "store_disagrees": "The device's decision stands; the server would have decided otherwise.",
    "device_missed": "The server found somebody whom the device's own copy did not find, or not surely.",
    "unknown": "The face belongs to nobody of the gallery.",
    "inconclusive": "It is not sure enough who this is.",
    "not_allowed": "No rule of the door names this person.",
    "expired": "The rule that lets this person pass is over.",
    "not_yet_valid": "The rule that lets this person pass begins later.",
    "outside_schedule": "The door's schedule is closed at this time.",
    "anti_passback": "This person passed already, and was not seen the other way since.",
    "attack_suspected": "The presentation does not look like a live person.",
    "liveness_unavailable": "The door asks for a live person, and nothing here could tell.",
    "untimely": "The face was not seen just now, so it opens nothing.",
}


def in_words(reasons: Sequence[str]) -> list[str]:
    """A sentence for each code; one that is not known is shown as it is."""
    advice = {reason.value: reason.advice for reason in Reason}
    known = _REMARKS | advice
    return [known.get(code) or _found(code) or code.replace("_", " ").capitalize() + "." for code in reasons]


def _found(code: str) -> str:
    """What a detector of attacks found, if that is what it says."""
    finding = found_in([code])
    if finding is None:
        return ""
    what = f", as of a {finding.instrument}" if finding.instrument else ""
    return f"The detector of attacks {finding.detector} gave {finding.score:.2f} of 1{what}."

"""Everyday words for what the API says precisely."""

from visavis.domain.decision import Outcome
from visavis.domain.subject import SubjectKind

OUTCOMES = {
    Outcome.MATCH.value: "recognised",
    Outcome.NON_MATCH.value: "unknown",
    Outcome.INCONCLUSIVE.value: "left open",
}
KINDS = {
    SubjectKind.NAMED.value: "known by name",
    SubjectKind.ANONYMOUS.value: "remembered without a name",
    SubjectKind.FACE.value: "a single face",
}

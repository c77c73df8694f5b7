"""Lines of the log in words, and how many there are of each sort."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.client.resources.events import Wanted
from visavis.console.words import OUTCOMES
from visavis.domain.event import EventKind
from visavis.wire.v1.events import EventShare, EventSummaryNote

EVENT_KINDS = {
    EventKind.IDENTIFIED.value: "searched for",
    EventKind.VERIFIED.value: "compared with a claim",
    EventKind.REJECTED.value: "not good enough",
    EventKind.DRIFT_RAISED.value: "a camera has changed",
    EventKind.DRIFT_CLEARED.value: "a camera is as it was",
    EventKind.ACCESS_GRANTED.value: "let in",
    EventKind.ACCESS_DENIED.value: "not let in",
    EventKind.DOOR_HELD_OPEN.value: "door held open",
    EventKind.DOOR_FORCED.value: "door forced",
}
_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value to narrow the log to; `name` and `value` are what the address says."""

    name: str
    value: str
    text: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """Values of one sort, the most frequent first."""

    title: str
    choices: tuple[Choice, ...]


def facets(summary: EventSummaryNote, wanted: Wanted) -> list[Facet]:
    """What the log can be narrowed to further: sorts of which there are several, and that were not chosen yet."""
    counts = summary.counts
    decided = (
        ("match", counts.match),
        ("non_match", counts.non_match),
        ("inconclusive", counts.inconclusive),
    )
    found = []
    if wanted.outcome is None and wanted.kind is None:
        choices = [
            Choice(name="outcome", value=value, text=OUTCOMES[value], count=count) for value, count in decided
        ]
        choices.append(Choice(name="kind", value="rejected", text="not good enough", count=counts.refused))
        found.append(Facet(title="Decision", choices=tuple(one for one in choices if one.count)))
    for title, name, chosen, shares in (
        ("Camera", "source", wanted.source, summary.sources),
        ("Site", "site", wanted.site, summary.sites),
        ("Gallery", "gallery", wanted.gallery, summary.galleries),
    ):
        if chosen is None:
            found.append(Facet(title=title, choices=_choices(name, shares)))
    return [one for one in found if len(one.choices) > 1]


def _choices(name: str, shares: Sequence[EventShare]) -> tuple[Choice, ...]:
    return tuple(
        Choice(name=name, value=share.name, text=share.name, count=share.counts.events)
        for share in shares[:_MOST]
        if share.name
    )

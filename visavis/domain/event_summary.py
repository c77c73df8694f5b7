"""The detection log counted instead of listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventKind


class Step(StrEnum):
    """The length of a stretch of time that lines are counted by; both begin in UTC."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCounts:
    """How many lines, and of which outcome. `refused` are faces that were not good enough to be compared, `reviewed`
    lines that a person decided, `waiting` decisions left open that nobody decided yet."""

    events: int = 0
    match: int = 0
    non_match: int = 0
    inconclusive: int = 0
    refused: int = 0
    reviewed: int = 0
    waiting: int = 0

    @classmethod
    def of(cls, events: Iterable[Event]) -> "EventCounts":
        kept = list(events)

        def decided(outcome: Outcome) -> int:
            return sum(event.outcome is outcome for event in kept)

        return cls(
            events=len(kept),
            match=decided(Outcome.MATCH),
            non_match=decided(Outcome.NON_MATCH),
            inconclusive=decided(Outcome.INCONCLUSIVE),
            refused=sum(event.kind is EventKind.REJECTED for event in kept),
            reviewed=sum(event.verdict is not None for event in kept),
            waiting=sum(event.outcome is Outcome.INCONCLUSIVE and event.verdict is None for event in kept),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The lines that have something in common: a kind, gallery, source or site of this name."""

    name: str
    counts: EventCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The lines of one hour or day, by capture."""

    start: datetime
    counts: EventCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSummary:
    """`subjects` counts different humans. `steps` are in order, without those in which nothing happened; shares are
    the largest first."""

    whole: EventCounts
    subjects: int
    steps: tuple[Stretch, ...] = ()
    kinds: tuple[Share, ...] = ()
    galleries: tuple[Share, ...] = ()
    sources: tuple[Share, ...] = ()
    sites: tuple[Share, ...] = ()


def largest_first(shares: Iterable[Share], most: int) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda one: (-one.counts.events, one.name))[:most])

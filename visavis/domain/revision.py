"""Revising the line of a track: whatever is reported, in whatever order and however often, it ends the same.

Certainty only grows: a match outweighs an inconclusive search, which outweighs no match. Among equal outcomes about
the same subject the one with the lower false-positive rate stands. When it began, how long it lasted and in how many
frames it was found only grow.
"""

import math
from dataclasses import dataclass, replace

from visavis.domain.decision import Outcome
from visavis.domain.event import Event
from visavis.domain.liveness import merged

CLEARLY = 10.0
"""So many times less likely must another subject be a false positive to replace the one that a track matched. Shots of
one face differ by far more than a factor of two in that rate, so whoever is barely more likely may be so by chance; and
somebody may have acted on the first name already."""

_RANKS = {None: -1, Outcome.NON_MATCH: 0, Outcome.INCONCLUSIVE: 1, Outcome.MATCH: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The line as it is to be, whether its decision is another one, and whether that names another subject than the
    match before."""

    event: Event
    decided: bool
    replaced: bool


def revised(before: Event, after: Event) -> Revision | None:
    """What a further report about the same track makes of its line; `None` if it says nothing new.

    What a person decided stays, and so does the place. What made a presentation suspicious stays, too.
    """
    decided = before.verdict is None and _outweighs(after, before)
    line = _taken(before, after) if decided else before
    event = replace(
        line,
        captured_at=min(before.captured_at, after.captured_at),
        seen_until=max(before.ended_at, after.ended_at),
        frames=max(before.frames, after.frames),
        reasons=merged(line.reasons, before.reasons, after.reasons),
    )
    if event == before:
        return None
    replaced = (
        decided
        and before.outcome is Outcome.MATCH
        and before.subject_id is not None
        and before.subject_id != event.subject_id
    )
    return Revision(event=replace(event, revision=before.revision + 1), decided=decided, replaced=replaced)


def is_remembered(event: Event) -> bool:
    """Whether it matched nobody and became a subject without a name."""
    return event.outcome is Outcome.NON_MATCH and event.subject_id is not None


def _taken(before: Event, after: Event) -> Event:
    """The later decision on the line that there is."""
    return replace(
        after,
        id=before.id,
        recorded_at=before.recorded_at,
        sequence=before.sequence,
        revision=before.revision,
        site=before.site,
        zone=before.zone,
        direction=before.direction,
    )


def _outweighs(after: Event, before: Event) -> bool:
    if is_remembered(before):  # only somebody else is more than the unknown whom this very track left
        return after.outcome is Outcome.MATCH and after.subject_id != before.subject_id
    if _RANKS[after.outcome] != _RANKS[before.outcome]:
        return _RANKS[after.outcome] > _RANKS[before.outcome]
    if is_remembered(after):
        return True
    if after.outcome is Outcome.MATCH and after.subject_id != before.subject_id:
        return _doubt(after) * CLEARLY <= _doubt(before)
    return _doubt(after) < _doubt(before) and _score(after) > _score(before)


def _doubt(event: Event) -> float:
    """How likely it is a false positive."""
    rates = [rate for rate in (event.fpir, event.fmr) if rate is not None]
    return rates[0] if rates else math.inf


def _score(event: Event) -> float:
    return -math.inf if event.score is None else event.score

"""What a drill of the agent was to see, what the log has of it, and what is wrong with that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from visavis.domain.decision import Outcome as Decided
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.v1.events import EventNote

_NEAR_S = 1.0  #: by which a time may be wrong


@dataclass(kw_only=True)
class Outcome:
    """What was to be seen, what was logged, and what is wrong with it."""

    expected: list[tuple[str, float, float]]
    events: list[EventNote]
    reconnects_s: list[float]
    wrong: list[str] = field(default_factory=list)
    begin_off_s: list[float] = field(default_factory=list)
    end_off_s: list[float] = field(default_factory=list)
    away_s: float = 0.0
    settled_s: float = 0.0
    cpu_share: float = 0.0
    away: tuple[float, float] = (0.0, 0.0)  #: when the server went, and was back
    told: list[EdgeDecisionDocument] = field(
        default_factory=list
    )  #: what a hook heard, of a device that matches


def judge(outcome: Outcome) -> None:
    """Writes down what is wrong: tracks that are missing, there twice, wrong about who or when."""
    wrong = outcome.wrong
    twice = [track for track, times in Counter(one.track for one in outcome.events).items() if times > 1]
    wrong += [f"a track has {len(twice)} lines"] if twice else []
    wrong += [f"the event {one.id} has no end" for one in outcome.events if one.seen_until is None]
    wrong += [f"the camera was back after {one:.1f} s" for one in outcome.reconnects_s if one > 5.0]
    for person, begin, end in outcome.expected:
        about = [one for one in outcome.events if one.subject == person and _during(one, begin, end)]
        if len(about) != 1:
            near = [one for one in outcome.events if one.subject is None and _during(one, begin, end)]
            at = f"{datetime.fromtimestamp(begin):%T}"  # noqa: DTZ006
            wrong.append(f"an appearance at {at} has {len(about)} lines, and {len(near)} of nobody known")
            continue
        begin_off, end_off = _off(about[0], begin, end)
        outcome.begin_off_s.append(begin_off)
        outcome.end_off_s.append(end_off)
        if max(abs(begin_off), abs(end_off)) > _NEAR_S:
            wrong.append(f"an appearance is {begin_off:+.1f} s and {end_off:+.1f} s off")


def told_in(file: Path) -> list[EdgeDecisionDocument]:
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [EdgeDecisionDocument.model_validate_json(line) for line in lines if line]


def judge_offline(outcome: Outcome) -> None:
    """A device that matches by itself has to recognise whoever passes, also while the server is away."""
    away = [one for one in outcome.told if outcome.away[0] < one.last_at.timestamp() < outcome.away[1]]
    outcome.told = [one for one in outcome.told if one.outcome is Decided.MATCH]
    if not any(one.by == "device" and one.outcome is Decided.MATCH for one in away):
        outcome.wrong.append("nothing was decided while the server was away")
    recognised = {one.track for one in outcome.told if one.by == "device"}
    logged = {one.track for one in outcome.events if one.outcome is Decided.MATCH}
    lost = {str(track) for track in recognised} - {str(track) for track in logged}
    if lost:
        outcome.wrong.append(
            f"{len(lost)} tracks that the device recognised are not in the log as recognised"
        )


def _during(event: EventNote, begin: float, end: float) -> bool:
    until = event.seen_until or event.captured_at
    return event.captured_at.timestamp() < end and until.timestamp() > begin


def _off(event: EventNote, begin: float, end: float) -> tuple[float, float]:
    until = event.seen_until or event.captured_at
    return event.captured_at.timestamp() - begin, until.timestamp() - end


def report(outcome: Outcome) -> str:
    """What happened, as a table."""
    lines = Counter(one.outcome.value if one.outcome else "none" for one in outcome.events)
    facts: Sequence[tuple[str, object]] = (
        ("appearances that must be in the log", len(outcome.expected)),
        ("lines in the log", f"{len(outcome.events)} ({', '.join(f'{n} {k}' for k, n in lines.items())})"),
        ("recognised by the device", _by_device(outcome)),
        ("camera back after, s", " ".join(f"{one:.1f}" for one in outcome.reconnects_s)),
        ("server away, s", f"{outcome.away_s:.0f}"),
        ("begin off by, s: mean, worst", _spread(outcome.begin_off_s)),
        ("end off by, s: mean, worst", _spread(outcome.end_off_s)),
        ("cores used by the agent", f"{outcome.cpu_share:.2f}"),
        ("promises broken", len(outcome.wrong)),
    )
    return "\n".join([*(f"{name:<38}{value}" for name, value in facts), *outcome.wrong[:50]])


def _by_device(outcome: Outcome) -> str:
    mine = {one.track for one in outcome.told if one.by == "device"}
    away = {
        one.track
        for one in outcome.told
        if one.by == "device" and outcome.away[0] < one.last_at.timestamp() < outcome.away[1]
    }
    return f"{len(mine)} tracks, {len(away)} of them while the server was away" if mine else "-"


def _spread(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):+.2f} {max(values, key=abs):+.2f}" if values else "-"

"""The overview's figures: how much, how that went over the day, and where to look closer."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from visavis.console.charts import sparkline
from visavis.console.glance import Glance
from visavis.console.render import rate
from visavis.wire.v1.agents import AgentState
from visavis.wire.v1.events import EventCountsNote

_FIGURE = re.compile(r"^visavis_inference_(wait_s|picture_s|face_s)\{[^}]*\} ([0-9.e+-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`spark` is the path of a small line, `said` what it shows in words; `mood` is good, watch or bad."""

    name: str
    value: str
    link: str
    note: str = ""
    spark: str = ""
    said: str = ""
    mood: str = ""


def tiles(seen: Glance) -> list[list[Tile]]:
    """In rows: what was decided, and how the installation is."""
    state = [*_alerts(seen), *_cameras(seen), *_latency(seen), *_error_rate(seen)]
    return [row for row in (_decisions(seen), state) if row]


def _decisions(seen: Glance) -> list[Tile]:
    if seen.day is None:
        return []
    ways: tuple[tuple[str, str, Callable[[EventCountsNote], int]], ...] = (
        ("recognised", "match", lambda counts: counts.match),
        ("unknown", "non_match", lambda counts: counts.non_match),
        ("left open", "inconclusive", lambda counts: counts.inconclusive),
    )
    return [_decided(seen, name, f"/log?outcome={outcome}", count) for name, outcome, count in ways]


def _decided(seen: Glance, name: str, link: str, count: Callable[[EventCountsNote], int]) -> Tile:
    now = [count(one) for one in seen.hours()]
    before = sum(count(one) for one in seen.hours(before=True))
    most = max(now)
    return Tile(
        name=name,
        value=f"{sum(now):,}",
        link=link,
        note=f"{before:,} the day before",
        spark=sparkline(now) if most else "",
        said=f"{name}, by hour; at most {most:,} in an hour",
    )


def _alerts(seen: Glance) -> list[Tile]:
    if seen.day is None:
        return []
    worst = any(one.severity == "critical" for one in seen.alerts)
    mood = ("bad" if worst else "watch") if seen.alerts else "good"
    note = seen.alerts[0].rule if seen.alerts else "nobody waits for you"
    return [Tile(name="open alerts", value=f"{len(seen.alerts):,}", link="/alerts", note=note, mood=mood)]


def _cameras(seen: Glance) -> list[Tile]:
    """Of the cameras that are registered or that agents read, those whose pictures come now."""
    reading = {
        camera.id: agent.state is AgentState.UP and camera.connected
        for agent in seen.agents
        if agent.report is not None
        for camera in agent.report.health.cameras
    }
    known = reading.keys() | {camera.name for camera in seen.cameras}
    if not known:
        return []
    up = sum(reading.values())
    silent = len(known) - up
    note = f"{silent} without pictures" if silent else "all send pictures"
    return [
        Tile(
            name="cameras up",
            value=f"{up} of {len(known)}",
            link="/cameras",
            note=note,
            mood="watch" if silent else "good",
        )
    ]


def _latency(seen: Glance) -> list[Tile]:
    found: dict[str, float] = {}
    for name, value in _FIGURE.findall(seen.figures):
        found[name] = max(found.get(name, 0.0), float(value))
    taken = sum(found.values())
    if not taken:
        return []
    wait = 1000 * found.get("wait_s", 0.0)
    note = f"{wait:,.0f} ms of it waiting" if wait >= 1 else "nothing waits"
    return [Tile(name="from picture to template", value=f"{1000 * taken:,.0f} ms", link="/models", note=note)]


def _error_rate(seen: Glance) -> list[Tile]:
    if not seen.galleries:
        return []
    lax = max(seen.galleries, key=lambda one: one.policy.fpir)
    many = len({one.policy.fpir for one in seen.galleries}) > 1
    note = f"at most, by policy{f' of {lax.name}' if many else ''}"
    return [Tile(name="strangers mistaken", value=rate(lax.policy.fpir), link="/galleries", note=note)]

"""Events in the topics and shapes of Double Take 1.13 (MIT, github.com/jakowenko/double-take: the section MQTT of its
README and api/src/util/mqtt.util.js), for automations that know it.

`double-take/matches/<name>` and `double-take/matches/unknown` for one face, `double-take/cameras/<camera>` for the
camera, whose name is in lower case. Not there: `double-take/cameras/<camera>/person`, a count that goes back to 0 after
30 seconds, `double-take/errors`, its pictures (`filename` is empty), and its own entities of Home Assistant, of which
Visavis has others. Confidence is the score in percent, which is no probability; coordinates are pixels.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TypeAlias

from visavis.application.alerts.topics import Sighting, level
from visavis.application.ports.channels import Publication
from visavis.domain.decision import Outcome

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

_ROOT = "double-take"


def double_take(one: Sighting) -> list[Publication]:
    """Nothing for a face that was refused; without a name a match is a person called "known"."""
    event = one.event
    if event.outcome is None:
        return []
    name = one.name or "known" if event.outcome is Outcome.MATCH else "unknown"
    face = _face(one, name)
    shared: dict[str, Json] = {
        "id": str(event.id),
        "duration": 0,
        "timestamp": event.captured_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "attempts": 1,
        "camera": event.source.lower(),
        "zones": [event.zone] if event.zone else [],
    }
    known = event.outcome is Outcome.MATCH
    single: dict[str, Json] = {"match": face} if known else {"unknown": face, "unknowns": [face]}
    camera = {
        "matches": [face] if known else [],
        "misses": [],
        "unknowns": [] if known else [face],
        "personCount": 1,
        "counts": {"person": 1, "match": int(known), "miss": 0, "unknown": int(not known)},
    }
    return [
        Publication(topic=f"{_ROOT}/matches/{_slug(name)}", payload=json.dumps(shared | single).encode()),
        Publication(
            topic=f"{_ROOT}/cameras/{level(event.source.lower() or 'none')}",
            payload=json.dumps(shared | camera).encode(),
        ),
    ]


def _face(one: Sighting, name: str) -> dict[str, Json]:
    left, top, width, height = one.event.box or (0.0, 0.0, 0.0, 0.0)
    return {
        "name": name,
        "confidence": round(max(one.event.score or 0.0, 0.0) * 100.0, 2),
        "match": one.event.outcome is Outcome.MATCH,
        "box": {"top": round(top), "left": round(left), "width": round(width), "height": round(height)},
        "type": "latest",
        "duration": 0,
        "detector": "visavis",
        "filename": "",
        "base64": None,
    }


def _slug(name: str) -> str:
    """As its topics write names: letters of ASCII, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9-]", "", re.sub(r"\s+", "-", name)) or "known"

"""What a broker is told, against what Home Assistant documents."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.contract.making import a_subject, an_event
from visavis.application.alerts.discovery import alert_entities, camera_entities, door_entities
from visavis.application.alerts.double_take import double_take
from visavis.application.alerts.topics import CameraTopics, Sighting, level, masked, sighting
from visavis.application.ports.channels import Publication
from visavis.domain.alert import ChannelId
from visavis.domain.channel import Channel, MqttTarget
from visavis.domain.decision import Outcome

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TARGET = MqttTarget(host="broker", publish=True, discovery="homeassistant")

_SHARED = {
    "availability": list,
    "availability_mode": str,
    "availability_topic": str,
    "device": dict,
    "device_class": str,
    "enabled_by_default": bool,
    "entity_category": str,
    "icon": str,
    "json_attributes_template": str,
    "json_attributes_topic": str,
    "name": str,
    "object_id": str,
    "origin": dict,
    "payload_available": str,
    "payload_not_available": str,
    "qos": int,
    "state_topic": str,
    "unique_id": str,
    "value_template": str,
}
"""Options that all of these have: home-assistant.io, integrations/mqtt, "MQTT discovery" and the pages below."""

SCHEMAS = {
    # home-assistant.io, integrations/binary_sensor.mqtt, "Configuration variables"
    "binary_sensor": (
        {"state_topic"},
        _SHARED
        | {
            "expire_after": int,
            "force_update": bool,
            "off_delay": int,
            "payload_off": str,
            "payload_on": str,
        },
    ),
    # home-assistant.io, integrations/sensor.mqtt
    "sensor": (
        {"state_topic"},
        _SHARED
        | {
            "expire_after": int,
            "force_update": bool,
            "last_reset_value_template": str,
            "options": list,
            "state_class": str,
            "suggested_display_precision": int,
            "unit_of_measurement": str,
        },
    ),
    # home-assistant.io, integrations/event.mqtt
    "event": ({"state_topic", "event_types"}, _SHARED | {"event_types": list, "encoding": str}),
}
DEVICE = {
    "configuration_url",
    "connections",
    "hw_version",
    "identifiers",
    "manufacturer",
    "model",
    "model_id",
    "name",
    "serial_number",
    "suggested_area",
    "sw_version",
    "via_device",
}
ORIGIN = {"name", "sw_version", "support_url"}
CLASSES = {"binary_sensor": {"occupancy", "problem"}, "sensor": set(), "event": set()}
STATE_CLASSES = {"measurement", "measurement_angle", "total", "total_increasing"}
TOPIC = re.compile(r"homeassistant/(sensor|binary_sensor|event)/([A-Za-z0-9_-]+)/([A-Za-z0-9_-]+)/config")


def check(one: Publication) -> str:
    """The unique identifier of a discovery message that is as documented."""
    found = TOPIC.fullmatch(one.topic)
    assert found is not None, one.topic
    assert one.retain
    component = found[1]
    required, allowed = SCHEMAS[component]
    config = json.loads(one.payload)
    assert config.keys() >= required
    for key, value in config.items():
        assert key in allowed, key
        assert isinstance(value, allowed[key]), key
    assert config["device"].keys() <= DEVICE
    assert config["device"]["identifiers"]
    assert {"name"} <= config["origin"].keys() <= ORIGIN
    assert config.get("device_class") in CLASSES[component] | {None}
    assert config.get("state_class") in STATE_CLASSES | {None}
    assert all(entry.keys() >= {"topic"} for entry in config["availability"])
    assert not {"+", "#"} & set(config["state_topic"])
    return str(config["unique_id"])


@pytest.mark.parametrize(("site", "source"), [("Head office", "door-1"), ("", ""), ("Köln/2", "cam #7+")])
def test_discovery_is_as_documented_and_each_entity_is_there_once(site: str, source: str) -> None:
    entities = [
        *camera_entities(TARGET, site=site, source=source, zone="Lobby", software="visavis 1"),
        *door_entities(TARGET, site=site, door=f"{source} door", software="visavis 1"),
        *alert_entities(TARGET, software="visavis 1"),
    ]
    assert len({check(one) for one in entities}) == len(entities) == 8


def test_the_check_notices_what_is_not_documented() -> None:
    good = alert_entities(TARGET, software="x")[0]
    for change in ({"surprise": 1}, {"qos": "1"}, {"state_class": "often"}, {"device": {"name": "x"}}):
        with pytest.raises((AssertionError, KeyError)):
            check(replace(good, payload=json.dumps(json.loads(good.payload) | change).encode()))


def test_levels_of_topics_hold_no_wildcards_and_stay_different() -> None:
    texts = ["a b", "a-b", "a/b", "a+b", "a#b", "ä", "x" * 300 + " "]
    levels = [level(text) for text in texts]
    assert len(set(levels)) == len(texts)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", one) for one in levels)


@dataclass(frozen=True)
class Shown:
    channel: Channel
    one: Sighting


def shown(*, names: bool, outcome: Outcome = Outcome.MATCH) -> Shown:
    ada = a_subject("Ada")
    event = replace(
        an_event(subject=ada),
        captured_at=NOW,
        outcome=outcome,
        subject_id=ada.id if outcome is Outcome.MATCH else None,
    )
    channel = Channel(id=ChannelId(uuid4()), name="x", target=TARGET, created_at=NOW, names=names)
    event = masked(channel, event)
    document = str(event.subject_id).encode()
    name = "Ada" if names and outcome is Outcome.MATCH else None
    return Shown(channel, Sighting(event=event, document=document, name=name, faces=4))


def test_a_known_face_is_told_without_a_name() -> None:
    given = shown(names=False)
    topics = CameraTopics.of("visavis", "", "gate")
    told = {one.topic: one for one in sighting(given.channel, TARGET, given.one, NOW)}
    assert told.keys() == {topics.event, topics.last, topics.faces, topics.known}
    assert json.loads(told[topics.last].payload)["state"] == "known"
    assert told[topics.event].payload == b"None"
    assert (told[topics.last].retain, told[topics.faces].payload) == (True, b"4")


def test_a_name_is_never_retained() -> None:
    given = shown(names=True)
    told = sighting(given.channel, TARGET, given.one, NOW)
    named = [one for one in told if b"Ada" in one.payload]
    assert len(named) == 1
    assert not named[0].retain


@pytest.mark.parametrize(
    ("outcome", "late_s", "presence"),
    [
        (Outcome.NON_MATCH, 0, {"unknown"}),
        (Outcome.INCONCLUSIVE, 0, set()),
        (Outcome.MATCH, 61, set()),
    ],
)
def test_who_is_there_now(outcome: Outcome, late_s: int, presence: set[str]) -> None:
    given = shown(names=False, outcome=outcome)
    told = sighting(given.channel, TARGET, given.one, NOW + timedelta(seconds=late_s))
    assert {one.topic.rpartition("/")[2] for one in told if one.payload == b"ON"} == presence


def test_double_take_has_the_name_only_if_it_may_be_said() -> None:
    (match, camera) = double_take(shown(names=True).one)
    assert match.topic == "double-take/matches/Ada"
    assert json.loads(camera.payload)["counts"] == {"person": 1, "match": 1, "miss": 0, "unknown": 0}
    assert double_take(shown(names=False).one)[0].topic == "double-take/matches/known"
    (unknown, camera) = double_take(shown(names=True, outcome=Outcome.NON_MATCH).one)
    assert unknown.topic == "double-take/matches/unknown"
    told = json.loads(unknown.payload)
    assert told["unknown"] == told["unknowns"][0] == json.loads(camera.payload)["unknowns"][0]


def test_double_take_is_spoken_as_it_speaks() -> None:
    """Fields and topics of the README of Double Take 1.13, and of what it sends itself."""
    given = shown(names=True)
    event = replace(given.one.event, source="Front-Door")
    (match, camera) = double_take(replace(given.one, event=event, name="Ada Lovelace, née Byron"))
    assert match.topic == "double-take/matches/Ada-Lovelace-ne-Byron"
    told = json.loads(match.payload)
    assert told.keys() == {"id", "duration", "timestamp", "attempts", "camera", "zones", "match"}
    assert told["match"].keys() == {
        "name",
        "confidence",
        "match",
        "box",
        "type",
        "duration",
        "detector",
        "filename",
        "base64",
    }
    assert told["match"]["name"] == "Ada Lovelace, née Byron"
    assert told["match"]["box"].keys() == {"top", "left", "width", "height"}
    assert told["timestamp"].endswith("Z")
    assert told["camera"] == "front-door"
    assert camera.topic == "double-take/cameras/front-door"
    whole = {"matches", "misses", "unknowns", "personCount", "counts"}
    assert json.loads(camera.payload).keys() == told.keys() - {"match"} | whole

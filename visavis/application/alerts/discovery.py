"""What Home Assistant is told so that cameras and alerts appear there by themselves.

MQTT discovery: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery. Each entity has a retained message in
`<discovery prefix>/<component>/<node>/<object>/config`; an empty one removes it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from visavis.application.alerts.topics import CameraTopics, alerts_topic, level, open_topic, status_topic
from visavis.application.ports.channels import Publication
from visavis.domain.alert_kinds import Severity
from visavis.domain.channel import MqttTarget
from visavis.domain.event import EventKind

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json]"

_MAKER = "Visavis"
DOOR_KINDS: Final = (
    EventKind.ACCESS_GRANTED,
    EventKind.ACCESS_DENIED,
    EventKind.DOOR_HELD_OPEN,
    EventKind.DOOR_FORCED,
)


def camera_entities(
    target: MqttTarget, *, site: str, source: str, zone: str, software: str
) -> list[Publication]:
    """A device for the camera, with the last person, whether somebody known or unknown is there, and a counter."""
    topics = CameraTopics.of(target.prefix, site, source)
    name = source or "without a name"
    device: dict[str, Json] = {
        "identifiers": [topics.node],
        "name": f"{site} {name}".strip(),
        "manufacturer": _MAKER,
        "model": "Camera",
        "sw_version": software,
    }
    if zone or site:
        device["suggested_area"] = zone or site
    state: dict[str, Json] = {
        "name": "Last person",
        "state_topic": topics.last,
        "value_template": "{{ value_json.state }}",
        "json_attributes_topic": topics.last,
        "icon": "mdi:face-recognition",
    }
    counter: dict[str, Json] = {
        "name": "Faces",
        "state_topic": topics.faces,
        "state_class": "total_increasing",
        "icon": "mdi:counter",
    }
    entities: list[tuple[str, str, dict[str, Json]]] = [
        ("sensor", "last", state),
        ("sensor", "faces", counter),
    ]
    kinds = [("known", "Known person", topics.known), ("unknown", "Unknown person", topics.unknown)]
    for key, words, topic in kinds:
        presence: dict[str, Json] = {
            "name": words,
            "state_topic": topic,
            "device_class": "occupancy",
            "payload_on": "ON",
            "off_delay": target.off_delay_s,
        }
        entities.append(("binary_sensor", key, presence))
    return [_entity(target, topics.node, entity, device, software) for entity in entities]


def door_entities(target: MqttTarget, *, site: str, door: str, software: str) -> list[Publication]:
    """A device for the door, with an event for each decision and for what its contact says."""
    topics = CameraTopics.of(target.prefix, site, door)
    device: dict[str, Json] = {
        "identifiers": [topics.node],
        "name": f"{site} {door}".strip(),
        "manufacturer": _MAKER,
        "model": "Door",
        "sw_version": software,
    }
    fields: dict[str, Json] = {
        "name": "Access",
        "state_topic": topics.event,
        "event_types": [kind.value for kind in DOOR_KINDS],
        "value_template": "{{ {'event_type': value_json.event} | tojson }}",
        "icon": "mdi:door",
    }
    return [_entity(target, topics.node, ("event", "access", fields), device, software)]


def alert_entities(target: MqttTarget, *, software: str) -> list[Publication]:
    """A device for the alerts: an event for each, how many are open, and whether any is."""
    node = f"{level(target.prefix)}_alerts"
    device: dict[str, Json] = {
        "identifiers": [node],
        "name": "Visavis alerts",
        "manufacturer": _MAKER,
        "model": "Alerts",
        "sw_version": software,
    }
    entities: list[tuple[str, str, dict[str, Json]]] = [
        (
            "event",
            "alert",
            {
                "name": "Alert",
                "state_topic": alerts_topic(target),
                "event_types": [severity.value for severity in Severity],
                "icon": "mdi:bell-alert",
            },
        ),
        (
            "sensor",
            "open",
            {
                "name": "Open alerts",
                "state_topic": open_topic(target),
                "state_class": "measurement",
                "icon": "mdi:bell",
            },
        ),
        (
            "binary_sensor",
            "any",
            {
                "name": "Something is open",
                "state_topic": open_topic(target),
                "value_template": "{{ 'ON' if value | int(0) > 0 else 'OFF' }}",
                "device_class": "problem",
            },
        ),
    ]
    return [_entity(target, node, entity, device, software) for entity in entities]


def _entity(
    target: MqttTarget,
    node: str,
    entity: tuple[str, str, dict[str, Json]],
    device: Mapping[str, Json],
    software: str,
) -> Publication:
    component, key, fields = entity
    config: dict[str, Json] = fields | {
        "unique_id": f"{node}_{key}",
        "availability": [{"topic": status_topic(target)}],
        "device": device,
        "origin": {"name": _MAKER, "sw_version": software},
        "qos": 1,
    }
    return Publication(
        topic=f"{target.discovery}/{component}/{node}/{key}/config",
        payload=json.dumps(config).encode(),
        retain=True,
    )

"""Examples of bodies, made of the schemas: one place says what a gallery or a score looks like."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

Schema = Mapping[str, Any]

_SUBJECT = "6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11"
_MODEL = "auraface/4c9f6a2b/112-rgb/512"
_BOX = (412, 188, 220, 296)

VALUES: Final[Mapping[str, object]] = MappingProxyType(
    {
        # of one model
        "Landmark.name": "right_eye",
        "GalleryEntry.name": "staff",
        "GalleryEntry.purpose": "general",
        "KeyNote.name": "front door",
        "TenantNote.name": "Branch office",
        "SubjectNote.galleries": {"staff": 3},
        "PolicyNote.name": "default",
        "PackUse.name": "standard",
        "PackEntry.name": "standard",
        "ModelDocument.name": "standard",
        "Readiness.status": "unavailable",
        "Readiness.problems": {"store": "It does not answer."},
        "AuditNote.details": {"gallery": "staff"},
        "QualityNote.components": {"Sharpness": 81.2},
        "AgentEntry.name": "gate-north",
        "AgentDetail.name": "gate-north",
        "AgentEnrolled.name": "gate-north",
        "AgentEntry.failure": "",
        "AgentDetail.failure": "",
        "InvitationIssued.name": "gate-north",
        "InvitationIssued.token": "va_8tQb…",
        "AgentEnrolled.key": "vv_4Qm1x_…",
        "AgentHealth.split": "match",
        "CameraConfig.id": "door-1",
        "CameraConfig.reader": "rtsp",
        "CameraConfig.address": "rtsp://***@192.0.2.10/stream1",
        "CameraConfig.region": [],
        "CameraHealth.id": "door-1",
        "CameraHealth.reader": "rtsp",
        # of every model
        "name": "anna",
        "gallery": "staff",
        "galleries": ["staff"],
        "subject": "anna",
        "subject_id": _SUBJECT,
        "next_cursor": None,
        "login": "ada@example.org",
        "role": "operator",
        "permissions": ["identify", "events:read"],
        "token": "vvl_k3JX…",
        "csrf": "0b9f1f…",
        "secret": "vv_4Qm1x_…",
        "label": "vv_4Qm1x",
        "agent": "Mozilla/5.0",
        "created_by": f"user:{_SUBJECT}",
        "submitted_by": f"user:{_SUBJECT}",
        "actor": f"key:{_SUBJECT}",
        "action": "subject.erased",
        "target": f"subject:{_SUBJECT}",
        "pack": "standard",
        "model": _MODEL,
        "policy": "default",
        "measure": "cosine",
        "score": 0.6213,
        "distance": 0.3787,
        "fmr": 2.1e-09,
        "fpir": 3.4e-06,
        "value": 0.3519,
        "calibration": "lfw",
        "threshold": 0.3519,
        "quality": 74.5,
        "unified": 74.5,
        "outcome": "match",
        "verdict": "match",
        "accepted": True,
        "reasons": [],
        "revoked_at": None,
        "fault": None,
        "error": None,
        "disabled": False,
        "suspended": False,
        "source": "entrance",
        "reference": "entrance-000187",
        "position": 0,
        "searched": 4021,
        "subjects": 1340,
        "references": 3,
        "failed": 0,
        "cancelled": 0,
        "broken": None,
        "problem": "",
        "software": "visavis 0.1.0",
        "purpose": "access to the building",
        "text_version": "2026-11, English",
        "evidence": "form 2026/117",
        "photo": "anna.jpg",
        "url": "https://hooks.example.org/visavis",
        "template": "eyJtb2RlbCI6ICJhdXJhZmFjZS8uLi4ifQ==",
        "box": list(_BOX),
        "version": "0.1.0",
        "digest": "9f2c…",
        "previous": "41d0…",
    }
)
"""What fields look like, by their name or by `Model.name`."""

_BY_FORMAT: Final = {
    "date-time": "2026-11-22T08:00:00Z",
    "date": "2026-11-22",
    "uuid": _SUBJECT,
    "binary": "(bytes)",
}
_BY_TYPE: Final[Mapping[str | None, object]] = MappingProxyType(
    {"integer": 1, "number": 0.5, "boolean": True, "null": None}
)
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = MappingProxyType(
    {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
)


def sample(shape: Schema, schemas: Mapping[str, Schema], *, depth: int = 0) -> object:
    """A value of this shape: its own example, or what its name, its choices and its type suggest."""
    if "$ref" in shape:
        name = str(shape["$ref"]).rpartition("/")[2]
        return _object(schemas[name], schemas, name, depth + 1) if depth < 8 else {}
    return _object(shape, schemas, "", depth)


def _object(shape: Schema, schemas: Mapping[str, Schema], name: str, depth: int) -> object:
    for key in ("example", "const"):
        if key in shape:
            return shape[key]
    if shape.get("examples") or shape.get("enum"):
        return (shape.get("examples") or shape["enum"])[0]
    if "properties" in shape:
        return {
            field: _field(f"{name}.{field}", field, one, schemas, depth)
            for field, one in shape["properties"].items()
        }
    return _plain(shape, schemas, depth)


def _field(full: str, name: str, shape: Schema, schemas: Mapping[str, Schema], depth: int) -> object:
    if "const" in shape or shape.get("examples"):
        return _object(shape, schemas, "", depth)
    for key in (full, name):
        if key in VALUES and _fits(VALUES[key], shape, schemas):
            return VALUES[key]
    return sample(shape, schemas, depth=depth)


def _plain(shape: Schema, schemas: Mapping[str, Schema], depth: int) -> object:
    for key in ("anyOf", "oneOf", "allOf"):
        if key in shape:
            return sample(shape[key][0], schemas, depth=depth)
    if shape.get("default") not in (None, [], {}):
        return shape["default"]
    kind = shape.get("type")
    if kind == "array":
        several = shape.get("prefixItems") or [shape["items"]] * (1 if "items" in shape else 0)
        return [sample(one, schemas, depth=depth) for one in several]
    if kind == "object":
        return {}
    if kind == "string":
        return _BY_FORMAT.get(str(shape.get("format")), "…")
    return _BY_TYPE.get(kind)


def _fits(value: object, shape: Schema, schemas: Mapping[str, Schema]) -> bool:
    """Whether the value is of a type that the shape allows; names mean several things."""
    if "$ref" in shape:
        return _fits(value, schemas[str(shape["$ref"]).rpartition("/")[2]], schemas)
    for key in ("anyOf", "oneOf"):
        if key in shape:
            return any(_fits(value, one, schemas) for one in shape[key])
    if "enum" in shape:
        return value in shape["enum"]
    if isinstance(value, list) and "items" in shape:
        return all(_fits(one, shape["items"], schemas) for one in value)
    return isinstance(value, _TYPES.get(str(shape.get("type")), ()))

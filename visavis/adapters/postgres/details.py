"""Where references came from, as ciphertext: JSON under AES-256-GCM, bound to the row; nothing for no details."""

import json
import uuid
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visavis.domain.errors import KeyUnavailable, SchemaMismatch, ValueInvalid
from visavis.domain.subject import ReferenceDetails

NO_DETAILS: Final = ReferenceDetails()

_FIELDS: Final = frozenset({"external_id", "image_id", "box", "detection_score"})


def details_to_json(details: ReferenceDetails) -> bytes:
    """Field by field, so that a new one cannot be lost unseen."""
    return json.dumps(
        {
            "external_id": details.external_id,
            "image_id": None if details.image_id is None else str(details.image_id),
            "box": details.box,
            "detection_score": details.detection_score,
        }
    ).encode()


def details_from_json(text: bytes) -> ReferenceDetails:
    """Raises `SchemaMismatch`."""
    stored: Mapping[str, object] = json.loads(text)
    if set(stored) != _FIELDS:
        raise SchemaMismatch(
            "A reference's details have other fields than expected.",
            hint="Install the version of visavis that last used this database, or a later one.",
        )
    image_id, box, score = stored["image_id"], stored["box"], stored["detection_score"]
    try:
        return ReferenceDetails(
            external_id=str(stored["external_id"]),
            image_id=None if image_id is None else uuid.UUID(str(image_id)),
            box=None if box is None else _box(box),
            detection_score=None if score is None else float(str(score)),
        )
    except (ValueError, ValueInvalid) as error:
        raise SchemaMismatch("A reference's details have a value outside its range.") from error


def details_binding(
    tenant: uuid.UUID, gallery_id: uuid.UUID, subject_id: uuid.UUID, reference_id: uuid.UUID
) -> bytes:
    """The additional data."""
    return b"visavis:details:" + b"".join(one.bytes for one in (tenant, gallery_id, subject_id, reference_id))


def open_details(nonce: bytes, ciphertext: bytes, binding: bytes, cipher: AESGCM) -> bytes:
    """The JSON; raises `KeyUnavailable` if it does not belong where it was found."""
    try:
        return cipher.decrypt(nonce, ciphertext, binding)
    except InvalidTag as error:
        raise KeyUnavailable(
            "The stored details of a reference were altered, moved, or encrypted with another key.",
            hint="Find out who changed the database, and restore it from a backup.",
        ) from error


def _box(stored: object) -> tuple[float, float, float, float]:
    if not isinstance(stored, list) or len(stored) != 4:
        raise ValueInvalid("A box has four numbers.")
    left, top, width, height = (float(number) for number in stored)
    return left, top, width, height

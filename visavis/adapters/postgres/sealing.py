"""Templates as ciphertext.

Plaintext, little-endian: version (1 byte), length before normalisation (float32), quality (float32, NaN if
unknown), then the unit vector (dimension × float32). AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D);
the additional data name the place where the template belongs, so a ciphertext that was moved to another
tenant, gallery, subject or reference, or whose gallery was given another model, does not open.
"""

import math
import os
import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visavis.domain.errors import KeyUnavailable, SchemaMismatch
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity, Template

_VERSION = 1
_HEADER = struct.Struct("<Bff")
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where templates belong."""

    tenant: TenantId
    gallery_id: GalleryId
    model: ModelIdentity

    def binding(self) -> tuple[bytes, bytes]:
        """What stands before and after the identifiers of subject and reference in the additional data."""
        return b"visavis:template:" + self.tenant.bytes + self.gallery_id.bytes, self.model.key.encode()


class SealedReference(NamedTuple):
    """A row of the table; a tuple, because hundreds of thousands are made from query results."""

    reference_id: uuid.UUID
    subject_id: uuid.UUID
    data_key_id: uuid.UUID
    nonce: bytes
    ciphertext: bytes
    photo: bytes | None
    created_at: datetime


def seal(reference: Reference, place: Place, cipher: AESGCM) -> tuple[bytes, bytes]:
    """Nonce and ciphertext of the reference's template."""
    template = reference.template
    quality = np.nan if template.quality is None else template.quality
    plain = _HEADER.pack(_VERSION, template.norm, quality) + template.vector.astype("<f4").tobytes()
    return encrypt(plain, additional_data(place, reference.subject_id, reference.id), cipher)


def encrypt(plain: bytes, additional: bytes, cipher: AESGCM) -> tuple[bytes, bytes]:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce, cipher.encrypt(nonce, plain, additional)


def additional_data(place: Place, subject_id: uuid.UUID, reference_id: uuid.UUID) -> bytes:
    before, after = place.binding()
    return before + subject_id.bytes + reference_id.bytes + after


def decrypt(rows: Sequence[SealedReference], place: Place, ciphers: dict[uuid.UUID, AESGCM]) -> list[bytes]:
    """The plaintexts; raises `KeyUnavailable` if one does not belong where it was found."""
    before, after = place.binding()
    try:
        return [
            ciphers[row.data_key_id].decrypt(
                row.nonce, row.ciphertext, before + row.subject_id.bytes + row.reference_id.bytes + after
            )
            for row in rows
        ]
    except InvalidTag as error:
        raise KeyUnavailable(
            "A stored template was altered, moved, or encrypted with another key.",
            hint="Find out who changed the database, and restore it from a backup.",
        ) from error


def unseal(
    rows: Sequence[SealedReference], place: Place, ciphers: dict[uuid.UUID, AESGCM]
) -> list[Reference]:
    """The references, in the order of the rows. Their vectors are rows of one array."""
    if not rows:
        return []
    table = _table(decrypt(rows, place, ciphers), place.model.dimension)
    vectors = np.ascontiguousarray(table[:, _HEADER.size :]).view("<f4").astype(np.float32, copy=False)
    numbers = np.ascontiguousarray(table[:, 1 : _HEADER.size]).view("<f4").tolist()
    return [
        Reference(
            id=ReferenceId(row.reference_id),
            subject_id=SubjectId(row.subject_id),
            gallery_id=place.gallery_id,
            template=Template(
                vector=vector,
                norm=norm,
                model=place.model,
                quality=None if math.isnan(quality) else quality,
            ),
            photo=row.photo or b"",
            created_at=row.created_at,
        )
        for row, vector, (norm, quality) in zip(rows, vectors, numbers, strict=True)
    ]


def _table(plains: list[bytes], dimension: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    width = _HEADER.size + 4 * dimension
    if any(len(plain) != width or plain[0] != _VERSION for plain in plains):
        raise SchemaMismatch(
            "A stored template has a form that this version does not know.",
            hint="Install the version of visavis that last used this database, or a later one.",
        )
    return np.frombuffer(b"".join(plains), dtype=np.uint8).reshape(len(plains), width)

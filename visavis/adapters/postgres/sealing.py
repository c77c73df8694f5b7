"""Templates as ciphertext, with the details of their references.

Plaintext, little-endian: version (1 byte), length before normalisation (float32), quality (float32, NaN if
unknown), then the unit vector (dimension × float32). AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D);
the additional data name the place where the template belongs, so a ciphertext that was moved to another
tenant, gallery, subject or reference, or whose gallery was given another model, does not open.
"""

import math
import os
import struct
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from visavis.adapters.postgres.details import (
    NO_DETAILS,
    details_binding,
    details_from_json,
    details_to_json,
    open_details,
)
from visavis.domain.arrays import Vectors
from visavis.domain.errors import KeyUnavailable, SchemaMismatch
from visavis.domain.subject import GalleryId, Reference, ReferenceDetails, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity, Template

Numbers = NDArray[np.float32]

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
    details_nonce: bytes | None
    details_ciphertext: bytes | None


SEALED_COLUMNS = """
    r.reference_id, r.subject_id, r.data_key_id, r.nonce, r.ciphertext, r.photo, r.created_at, r.details_nonce,
    r.details_ciphertext
"""
"""Those of `SealedReference` in a query that calls the table r."""


class Sealed(NamedTuple):
    """What is written of a template and of its details, if there are any."""

    nonce: bytes
    ciphertext: bytes
    details_nonce: bytes | None
    details_ciphertext: bytes | None


def seal(reference: Reference, place: Place, cipher: AESGCM) -> Sealed:
    template = reference.template
    quality = np.nan if template.quality is None else template.quality
    plain = _HEADER.pack(_VERSION, template.norm, quality) + template.vector.astype("<f4").tobytes()
    details = None if reference.details == NO_DETAILS else details_to_json(reference.details)
    return _sealed(plain, details, place, reference.subject_id, reference.id, cipher)


def seal_anew(
    rows: Sequence[SealedReference],
    place: Place,
    ciphers: dict[uuid.UUID, AESGCM],
    cipher: AESGCM,
    *,
    subject_id: uuid.UUID | None = None,
) -> list[Sealed]:
    """The rows under another key, and for another subject if one is named. Raises `KeyUnavailable`."""
    plains = decrypt(rows, place, ciphers)
    details = [_opened_details(row, place, ciphers) for row in rows]
    return [
        _sealed(plain, detail, place, subject_id or row.subject_id, row.reference_id, cipher)
        for row, plain, detail in zip(rows, plains, details, strict=True)
    ]


def encrypt(plain: bytes, additional: bytes, cipher: AESGCM) -> tuple[bytes, bytes]:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce, cipher.encrypt(nonce, plain, additional)


def additional_data(place: Place, subject_id: uuid.UUID, reference_id: uuid.UUID) -> bytes:
    before, after = place.binding()
    return before + subject_id.bytes + reference_id.bytes + after


def decrypt(rows: Sequence[SealedReference], place: Place, ciphers: dict[uuid.UUID, AESGCM]) -> list[bytes]:
    """The plaintexts; raises `KeyUnavailable` if one does not belong where it was found."""
    before, after = place.binding()
    with altered_template():
        return [
            ciphers[row.data_key_id].decrypt(
                row.nonce, row.ciphertext, before + row.subject_id.bytes + row.reference_id.bytes + after
            )
            for row in rows
        ]


@contextmanager
def altered_template() -> Iterator[None]:
    """Raises `KeyUnavailable` where a ciphertext does not open."""
    try:
        yield
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
    vectors, norms, qualities = numbers_of(decrypt(rows, place, ciphers), place.model.dimension)
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
            details=_details(row, place, ciphers),
        )
        for row, vector, norm, quality in zip(rows, vectors, norms.tolist(), qualities.tolist(), strict=True)
    ]


def numbers_of(plains: list[bytes], dimension: int) -> tuple[Vectors, Numbers, Numbers]:
    """What plaintexts say: vectors, (n, dimension), lengths before normalisation, (n,), and qualities, (n,), NaN if
    unknown. Raises `SchemaMismatch`."""
    table = _table(plains, dimension)
    vectors = np.ascontiguousarray(table[:, _HEADER.size :]).view("<f4").astype(np.float32, copy=False)
    numbers = np.ascontiguousarray(table[:, 1 : _HEADER.size]).view("<f4").astype(np.float32, copy=False)
    return vectors, numbers[:, 0], numbers[:, 1]


def _sealed(
    plain: bytes,
    details: bytes | None,
    place: Place,
    subject_id: uuid.UUID,
    reference_id: uuid.UUID,
    cipher: AESGCM,
) -> Sealed:
    template = encrypt(plain, additional_data(place, subject_id, reference_id), cipher)
    if details is None:
        return Sealed(*template, None, None)
    binding = details_binding(place.tenant, place.gallery_id, subject_id, reference_id)
    return Sealed(*template, *encrypt(details, binding, cipher))


def _details(row: SealedReference, place: Place, ciphers: dict[uuid.UUID, AESGCM]) -> ReferenceDetails:
    text = _opened_details(row, place, ciphers)
    return NO_DETAILS if text is None else details_from_json(text)


def _opened_details(row: SealedReference, place: Place, ciphers: dict[uuid.UUID, AESGCM]) -> bytes | None:
    if row.details_nonce is None or row.details_ciphertext is None:
        return None
    binding = details_binding(place.tenant, place.gallery_id, row.subject_id, row.reference_id)
    return open_details(row.details_nonce, row.details_ciphertext, binding, ciphers[row.data_key_id])


def _table(plains: list[bytes], dimension: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    width = _HEADER.size + 4 * dimension
    if any(len(plain) != width or plain[0] != _VERSION for plain in plains):
        raise SchemaMismatch(
            "A stored template has a form that this version does not know.",
            hint="Install the version of visavis that last used this database, or a later one.",
        )
    return np.frombuffer(b"".join(plains), dtype=np.uint8).reshape(len(plains), width)

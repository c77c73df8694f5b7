"""Images as ciphertext: AES-256-GCM, with the row that they belong to as additional data."""

import uuid
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visavis.adapters.postgres.sealing import encrypt
from visavis.domain.errors import KeyUnavailable


class ImagePlace(NamedTuple):
    """Where an image belongs. The model is no part of it: images outlive models."""

    tenant: uuid.UUID
    gallery_id: uuid.UUID
    subject_id: uuid.UUID
    reference_id: uuid.UUID
    kind: str

    def additional_data(self) -> bytes:
        identifiers = (self.tenant, self.gallery_id, self.subject_id, self.reference_id)
        return b"visavis:image:" + b"".join(one.bytes for one in identifiers) + self.kind.encode()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SealedImage:
    place: ImagePlace
    nonce: bytes
    ciphertext: bytes


def seal_image(content: bytes, place: ImagePlace, cipher: AESGCM) -> tuple[bytes, bytes]:
    """Nonce and ciphertext."""
    return encrypt(content, place.additional_data(), cipher)


def open_image(sealed: SealedImage, cipher: AESGCM) -> bytes:
    """Raises `KeyUnavailable` if it does not belong where it was found."""
    try:
        return cipher.decrypt(sealed.nonce, sealed.ciphertext, sealed.place.additional_data())
    except InvalidTag as error:
        raise KeyUnavailable(
            "A stored image was altered, moved, or encrypted with another key.",
            hint="Find out who changed the database, and restore it from a backup.",
        ) from error

"""Sealing stored rows anew: under another key, or for another subject."""

import uuid
from collections.abc import Sequence

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.image_sealing import ImagePlace, SealedImage, open_image, seal_image
from visavis.adapters.postgres.sealing import Place, Sealed, SealedReference, seal_anew
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import TenantId

_UPDATE = """
    UPDATE subject_references AS r SET data_key_id = %(key)s, nonce = n.nonce, ciphertext = n.ciphertext,
        details_nonce = n.details_nonce, details_ciphertext = n.details_ciphertext,
        subject_id = coalesce(%(subject)s::uuid, r.subject_id)
    FROM unnest(
        %(references)b::uuid[], %(nonces)b::bytea[], %(ciphertexts)b::bytea[], %(details_nonces)b::bytea[],
        %(details_ciphertexts)b::bytea[]
    ) AS n (reference_id, nonce, ciphertext, details_nonce, details_ciphertext)
    WHERE r.tenant_id = %(tenant)s AND r.reference_id = n.reference_id
"""
_IMAGE = """
    SELECT r.gallery_id, r.subject_id, s.data_key_id, s.nonce, s.ciphertext
    FROM reference_samples AS s JOIN subject_references AS r USING (tenant_id, reference_id)
    WHERE s.tenant_id = %s AND s.reference_id = %s AND s.kind = %s
"""
_UPDATE_IMAGE = """
    UPDATE reference_samples SET data_key_id = %s, nonce = %b, ciphertext = %b
    WHERE tenant_id = %s AND reference_id = %s AND kind = %s
"""


async def seal_references_anew(
    connection: Connection,
    envelope: Envelope,
    place: Place,
    rows: Sequence[SealedReference],
    *,
    subject_id: uuid.UUID | None = None,
) -> None:
    """Rows of one gallery, locked by the caller; from now on those of `subject_id`, if given."""
    key = await envelope.current(connection, place.tenant)
    old = await envelope.ciphers(connection, place.tenant, {row.data_key_id for row in rows})
    if any(row.data_key_id not in old for row in rows):
        raise _missing()
    sealed = seal_anew(rows, place, old, key.cipher, subject_id=subject_id)
    ids = [row.reference_id for row in rows]
    await update_references(connection, place.tenant, key.id, ids, sealed, subject_id=subject_id)


async def update_references(
    connection: Connection,
    tenant: TenantId,
    key_id: uuid.UUID,
    references: Sequence[uuid.UUID],
    sealed: Sequence[Sealed],
    *,
    subject_id: uuid.UUID | None = None,
) -> None:
    """Writes what was sealed under this key, in one statement; from now on it is of `subject_id`, if given."""
    await connection.execute(
        _UPDATE,
        {
            "tenant": tenant,
            "key": key_id,
            "subject": subject_id,
            "references": list(references),
            "nonces": [one.nonce for one in sealed],
            "ciphertexts": [one.ciphertext for one in sealed],
            "details_nonces": [one.details_nonce for one in sealed],
            "details_ciphertexts": [one.details_ciphertext for one in sealed],
        },
    )


async def seal_image_anew(
    connection: Connection,
    envelope: Envelope,
    tenant: TenantId,
    image: tuple[uuid.UUID, str],
    *,
    subject_id: uuid.UUID | None = None,
) -> None:
    """One image, as reference and kind, locked by the caller; one at a time, because it may be large.

    If the reference is to be moved to `subject_id`, this comes before the move.
    """
    reference_id, kind = image
    cursor = await connection.execute(_IMAGE, (tenant, reference_id, kind), binary=True)
    row = await cursor.fetchone()
    if row is None:
        return
    gallery_id, owner, key_id, nonce, ciphertext = row
    old = await envelope.ciphers(connection, tenant, [key_id])
    if key_id not in old:
        raise _missing()
    place = ImagePlace(tenant, gallery_id, owner, reference_id, kind)
    content = open_image(SealedImage(place=place, nonce=nonce, ciphertext=ciphertext), old[key_id])
    key = await envelope.current(connection, tenant)
    nonce, ciphertext = seal_image(content, place._replace(subject_id=subject_id or owner), key.cipher)
    await connection.execute(_UPDATE_IMAGE, (key.id, nonce, ciphertext, tenant, reference_id, kind))


def _missing() -> KeyUnavailable:
    return KeyUnavailable("A template's data key is not in the database.", hint="Restore it from a backup.")

"""Kept samples and photos in PostgreSQL, encrypted under the tenant's data key.

One row at a time, because an image may have 32 MB.
"""

import uuid
from collections.abc import Sequence

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.image_sealing import ImagePlace, SealedImage, open_image, seal_image
from visavis.application.ports.samples import KeptImage
from visavis.domain.errors import AlreadyExists, KeyUnavailable, ReferenceNotFound, ValueInvalid
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId, TenantId

_LOCK = """
    SELECT reference_id, gallery_id, subject_id FROM subject_references
    WHERE tenant_id = %s AND reference_id = ANY(%b) ORDER BY reference_id FOR KEY SHARE
"""
_INSERT = """
    INSERT INTO reference_samples (tenant_id, reference_id, kind, data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %b, %b) ON CONFLICT DO NOTHING
"""
_GET = """
    SELECT r.gallery_id, r.subject_id, s.data_key_id, s.nonce, s.ciphertext
    FROM reference_samples AS s JOIN subject_references AS r USING (tenant_id, reference_id)
    WHERE s.tenant_id = %s AND s.reference_id = %s AND s.kind = %s
"""
_KINDS = """
    SELECT reference_id, array_agg(kind ORDER BY kind) FROM reference_samples
    WHERE tenant_id = %s AND reference_id = ANY(%b) GROUP BY reference_id
"""


class PostgresSamples:
    def __init__(self, connection: Connection, tenant: TenantId, envelope: Envelope) -> None:
        self._connection = connection
        self._tenant = tenant
        self._envelope = envelope

    async def add(self, images: Sequence[KeptImage]) -> None:
        """Everything or nothing; on an error the surrounding transaction stays usable."""
        if not images:
            return
        if any(image.kind is Keep.NOTHING for image in images):
            raise ValueInvalid("What is kept is a sample or a photo.")
        owners = await self._owners({image.reference_id for image in images})
        key = await self._envelope.current(self._connection, self._tenant)
        async with self._connection.transaction():
            for image in images:
                gallery_id, subject_id = owners[image.reference_id]
                place = ImagePlace(self._tenant, gallery_id, subject_id, image.reference_id, image.kind)
                nonce, ciphertext = seal_image(image.content, place, key.cipher)
                row = (self._tenant, image.reference_id, image.kind, key.id, nonce, ciphertext)
                if (await self._connection.execute(_INSERT, row)).rowcount == 0:
                    raise AlreadyExists("An image of this kind is kept of the reference already.")

    async def get(self, reference_id: ReferenceId, kind: Keep) -> KeptImage | None:
        """Reads again if a rotation deleted a key between reading the row and reading the key."""
        for _ in range(3):
            cursor = await self._connection.execute(_GET, (self._tenant, reference_id, kind), binary=True)
            row = await cursor.fetchone()
            if row is None:
                return None
            gallery_id, subject_id, key_id, nonce, ciphertext = row
            ciphers = await self._envelope.ciphers(self._connection, self._tenant, [key_id])
            if key_id in ciphers:
                place = ImagePlace(self._tenant, gallery_id, subject_id, reference_id, kind)
                sealed = SealedImage(place=place, nonce=nonce, ciphertext=ciphertext)
                content = open_image(sealed, ciphers[key_id])
                return KeptImage(reference_id=reference_id, kind=kind, content=content)
        raise KeyUnavailable("An image's data key is not in the database.", hint="Restore it from a backup.")

    async def kinds(self, reference_ids: Sequence[ReferenceId]) -> dict[ReferenceId, tuple[Keep, ...]]:
        rows = await self._connection.execute(_KINDS, (self._tenant, list(reference_ids)))
        return {ReferenceId(one): tuple(Keep(kind) for kind in kinds) async for one, kinds in rows}

    async def _owners(self, wanted: set[ReferenceId]) -> dict[ReferenceId, tuple[uuid.UUID, uuid.UUID]]:
        rows = await self._connection.execute(_LOCK, (self._tenant, list(wanted)))
        owners = {ReferenceId(one): (gallery, subject) async for one, gallery, subject in rows}
        if len(owners) < len(wanted):
            raise ReferenceNotFound
        return owners

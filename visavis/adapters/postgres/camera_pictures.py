"""The newest pictures of cameras in PostgreSQL, encrypted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.domain.camera_picture import CameraPicture, PictureHead
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import TenantId

_TABLE: Final = "camera_pictures"
_KEEP = """
    INSERT INTO camera_pictures (tenant_id, camera, gallery, width_px, height_px, blurred, taken_at, keep_until,
        data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %b, %b)
    ON CONFLICT (tenant_id, camera) DO UPDATE SET
        gallery = excluded.gallery, width_px = excluded.width_px, height_px = excluded.height_px,
        blurred = excluded.blurred, taken_at = excluded.taken_at, keep_until = excluded.keep_until,
        data_key_id = excluded.data_key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext
    WHERE camera_pictures.taken_at < excluded.taken_at
"""
_GET = """
    SELECT gallery, width_px, height_px, blurred, taken_at, keep_until, data_key_id, nonce, ciphertext
    FROM camera_pictures WHERE tenant_id = %s AND camera = %s AND keep_until > %s
"""
_HEADS = """
    SELECT camera, gallery, width_px, height_px, blurred, taken_at FROM camera_pictures
    WHERE tenant_id = %s AND keep_until > %s ORDER BY camera
"""
_FORGET = "DELETE FROM camera_pictures WHERE tenant_id = %s AND camera = %s"
_PURGE = "DELETE FROM camera_pictures WHERE tenant_id = %s AND keep_until <= %s"
_TRIES = 3


class PostgresCameraPictures:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def keep(self, picture: CameraPicture) -> bool:
        sealed = await self._vault.seal(picture.content, _TABLE, picture.camera)
        row = (
            picture.camera,
            picture.gallery,
            picture.width_px,
            picture.height_px,
            picture.blurred,
            picture.taken_at,
            picture.keep_until,
        )
        return (await self._connection.execute(_KEEP, (self._tenant, *row, *sealed))).rowcount == 1

    async def of(self, camera: str, now: datetime) -> CameraPicture | None:
        """Read again if a rotation of the keys came between row and key."""
        for _ in range(_TRIES):
            rows = await self._connection.execute(_GET, (self._tenant, camera, now), binary=True)
            row = await rows.fetchone()
            if row is None:
                return None
            gallery, width_px, height_px, blurred, taken_at, keep_until, *sealed = row
            if await self._vault.has_key_of(Sealed(*sealed)):
                return CameraPicture(
                    camera=camera,
                    gallery=gallery,
                    content=await self._vault.open(Sealed(*sealed), _TABLE, camera),
                    width_px=width_px,
                    height_px=height_px,
                    blurred=blurred,
                    taken_at=taken_at,
                    keep_until=keep_until,
                )
        raise KeyUnavailable("A data key is not in the database.", hint="Try again: keys are being rotated.")

    async def heads(self, now: datetime) -> Sequence[PictureHead]:
        rows = await self._connection.execute(_HEADS, (self._tenant, now))
        return [
            PictureHead(
                camera=camera,
                gallery=gallery,
                width_px=width_px,
                height_px=height_px,
                blurred=blurred,
                taken_at=taken_at,
            )
            async for camera, gallery, width_px, height_px, blurred, taken_at in rows
        ]

    async def forget(self, camera: str) -> None:
        await self._connection.execute(_FORGET, (self._tenant, camera))

    async def purge(self, now: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, now))).rowcount

"""The indexes of all galleries in one Milvus."""

from collections import abc
from dataclasses import dataclass

import anyio.to_thread

from visavis.adapters.milvus.collection import Collection, collections, drop
from visavis.adapters.milvus.connection import Connection
from visavis.adapters.milvus.index import MilvusIndex
from visavis.adapters.milvus.names import CollectionName, family, tenant_prefix
from visavis.adapters.milvus.rotation import Rotation
from visavis.application.ports.keys import MasterKeys
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, TenantId


@dataclass(frozen=True, slots=True)
class MilvusIndexes:
    """Implements `Indexes`. A gallery of a tenant under a master key and a model has a collection of its own."""

    connection: Connection
    keys: MasterKeys

    @property
    def shared(self) -> bool:
        return True

    async def open(self, tenant: TenantId, gallery: Gallery) -> MilvusIndex:
        """Connects to nothing yet. Raises `KeyUnavailable`, `ValueInvalid` for more than 4096 dimensions."""
        context = b"index:" + tenant.bytes + gallery.id.bytes + str(gallery.model).encode()
        key = await self.keys.derive(context=context)
        rotation = await anyio.to_thread.run_sync(Rotation.of, key, gallery.model.dimension)
        name = CollectionName(tenant=tenant, gallery_id=gallery.id, model=gallery.model, key=key)
        collection = Collection(connection=self.connection, name=str(name), size=rotation.size)
        return MilvusIndex(collection=collection, rotation=rotation, family=name.family)

    async def keep_only(self, tenant: TenantId, galleries: abc.Collection[GalleryId]) -> None:
        """Drops the tenant's collections of other galleries, whatever key they were made with."""
        kept = tuple(family(tenant, gallery_id) for gallery_id in galleries)
        await anyio.to_thread.run_sync(self._keep, tenant_prefix(tenant), kept)

    def _keep(self, prefix: str, kept: tuple[str, ...]) -> None:
        for name in collections(self.connection, prefix):
            if not name.startswith(kept):
                drop(self.connection, name)

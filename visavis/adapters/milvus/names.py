"""What collections are called."""

import hashlib
from dataclasses import dataclass

from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import ModelIdentity

_LAYOUT = 1  #: raised when rows are kept differently, so that versions do not read each other's


def tenant_prefix(tenant: TenantId) -> str:
    """How the names of all collections of a tenant begin."""
    return f"visavis_{tenant.hex}_"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionName:
    """Tells tenant and gallery; of model, key and layout only that they are the same or not."""

    tenant: TenantId
    gallery_id: GalleryId
    model: ModelIdentity
    key: bytes

    @property
    def family(self) -> str:
        """How the names of all collections of this gallery begin, whatever their key or model."""
        return family(self.tenant, self.gallery_id)

    def __str__(self) -> str:
        kind = hashlib.sha256(
            b"visavis:collection:%d:" % _LAYOUT + str(self.model).encode() + b"\0" + self.key
        )
        return f"{self.family}{kind.hexdigest()[:32]}"


def family(tenant: TenantId, gallery_id: GalleryId) -> str:
    return f"{tenant_prefix(tenant)}{gallery_id.hex}_"

"""What an operator asks of a store, beside the use cases."""

from dataclasses import dataclass
from typing import Protocol

from visavis.application.ports.progress import Progress
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHealth:
    """`key_problem` is why stored templates cannot be read, `None` if they can (one was decrypted, if any)."""

    server: str
    schema: int
    galleries: int
    subjects: int
    references: int
    key_problem: KeyUnavailable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a key rotation did: references encrypted anew, data keys deleted, data keys wrapped anew.

    `resumed` if it finished an interrupted rotation instead of starting one.
    """

    references: int
    deleted: int
    rewrapped: int
    resumed: bool


class Upkeep(Protocol):
    async def check(self, tenant: TenantId) -> StoreHealth:
        """Raises `StoreDown` or `SchemaMismatch` if the store cannot be used at all."""
        ...

    async def rotate(self, tenant: TenantId, *, progress: Progress) -> Rotation:
        """Encrypts all templates under a new data key while the store is in use; can be interrupted."""
        ...

    async def rewrap(self, tenant: TenantId) -> int:
        """Wraps every data key with the current master key; the number that needed it."""
        ...

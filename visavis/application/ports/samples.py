"""Kept samples and photos of references, encrypted in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptImage:
    """What a reference was made of: an aligned face as PNG (`Keep.SAMPLE`), or the file that was sent."""

    reference_id: ReferenceId
    kind: Keep
    content: bytes


class Samples(Protocol):
    """They go with their reference: removing it removes them."""

    async def add(self, images: Sequence[KeptImage]) -> None:
        """All or nothing. Raises `ReferenceNotFound`, or `AlreadyExists` for a second of a kind for a reference."""
        ...

    async def get(self, reference_id: ReferenceId, kind: Keep) -> KeptImage | None: ...

    async def kinds(self, reference_ids: Sequence[ReferenceId]) -> dict[ReferenceId, tuple[Keep, ...]]:
        """What is kept of each; references of which nothing is kept are absent."""
        ...

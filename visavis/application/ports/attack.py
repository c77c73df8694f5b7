"""The bridge to what notices presentation attacks, callable from an event loop without blocking it."""

from collections.abc import Sequence
from typing import Protocol

from visavis.domain.liveness import AttackFinding, AttackThreshold
from visavis.domain.sample import Sample


class AttackCheck(Protocol):
    @property
    def name(self) -> str:
        """Identity of the model; thresholds name it."""
        ...

    @property
    def threshold(self) -> AttackThreshold | None:
        """The one that the model was calibrated with."""
        ...

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        """A finding for each sample, in order; `picture` is the image file that they were found in. `None` where the
        model cannot tell. Raises `ModelDown`, and what decoding raises."""
        ...

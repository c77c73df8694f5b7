"""The bridge from asynchronous use cases to the synchronous engine."""

from collections.abc import Sequence
from typing import Protocol

from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate


class Inference(Protocol):
    """One model pack, callable from an event loop without blocking it."""

    @property
    def model(self) -> ModelIdentity: ...

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        """Every face of an image file or frame, largest first. Raises what decoding raises."""
        ...

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        """The template of each sample, in order."""
        ...

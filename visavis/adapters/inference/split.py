"""Faces are found in one place and recognised in another."""

from collections.abc import Sequence

from visavis.application.ports.inference import Detection, Recognition
from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template, require_same_model
from visavis.engine.assess import QualityGate


class SplitInference:
    """Implements `visavis.application.ports.inference.Inference` with two others, each here or far away.

    Whoever made the two closes them.
    """

    __slots__ = ("_detection", "_recognition")

    def __init__(self, detection: Detection, recognition: Recognition) -> None:
        """Raises `ModelMismatch` if the faces would be aligned for another model."""
        require_same_model(detection.model, recognition.model)
        self._detection = detection
        self._recognition = recognition

    @property
    def model(self) -> ModelIdentity:
        return self._recognition.model

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        return await self._detection.samples(picture, gate=gate)

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        return await self._recognition.templates(samples, flip=flip)

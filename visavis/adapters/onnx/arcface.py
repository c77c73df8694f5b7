"""Embedders of the ArcFace family: a chip of 112 px aligned to five points, (pixel − mean) / scale.

Which colour order, mean and scale a model wants is in its specification: InsightFace's files take red-green-blue
and (x − 127.5) / 127.5; OpenCV's SFace takes red-green-blue 0..255, its graph normalises by itself.
"""

import numpy as np

from visavis.adapters.onnx.session import Session, Tensor
from visavis.domain.arrays import Chips, Features
from visavis.domain.errors import FailureToExtract, ModelMismatch, ModelUnsupported, ValueInvalid
from visavis.domain.pack import ColourOrder, EmbedderSpec
from visavis.domain.template import ModelIdentity
from visavis.engine.ports.embedder import ChipSpec

SIDE_PX = 112
POSITIONS = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""Where the five landmarks lie in a chip of 112 px: J. Deng et al., "ArcFace", CVPR 2019 (published code)."""

BATCH = 4
"""Chips per run. Measured on a CPU: 1 to 4 cost the same per chip, 16 cost 6 % more as they leave the cache."""


class AlignedEmbedder:
    """Aligned chips to features, in runs of a few chips each."""

    __slots__ = ("_batch", "_chip", "_mean", "_model", "_session", "_spec")

    def __init__(self, spec: EmbedderSpec, session: Session, *, batch: int = BATCH) -> None:
        """Graphs of a fixed batch of one are run chip by chip.

        Raises:
            ModelMismatch: the graph gives another number of features than the specification says.
            ModelUnsupported: it takes chips of another size.
        """
        shape, output = session.input_shape, session.output_shapes[0]
        if len(shape) != 4 or any(
            length not in (None, wanted)
            for length, wanted in zip(shape[1:], (3, spec.side, spec.side), strict=True)
        ):
            raise ModelUnsupported(f"The model does not take chips of 3×{spec.side}×{spec.side}: {shape}.")
        if output and output[-1] not in (None, spec.dimension):
            raise ModelMismatch(f"The model gives {output[-1]} features, its specification {spec.dimension}.")
        self._spec = spec
        self._model = spec.model
        self._session = session
        factor = spec.side / SIDE_PX
        self._chip = ChipSpec(side=spec.side, positions=tuple((x * factor, y * factor) for x, y in POSITIONS))
        self._batch = batch if shape[0] is None else 1
        self._mean = np.array(spec.mean, dtype=np.float32).reshape(1, 3, 1, 1)

    @property
    def model(self) -> ModelIdentity:
        return self._model

    @property
    def chip(self) -> ChipSpec:
        return self._chip

    def embed(self, chips: Chips) -> Features:
        side = self._spec.side
        if chips.ndim != 4 or chips.shape[1:] != (side, side, 3) or chips.dtype != np.uint8:
            raise ValueInvalid(f"This model takes chips of {side}×{side} pixels of three bytes.")
        features = np.empty((len(chips), self._spec.dimension), dtype=np.float32)
        for start in range(0, len(chips), self._batch):
            part = slice(start, start + self._batch)
            features[part] = self._run(self._tensor(chips[part]))
        if not np.isfinite(features).all():
            raise FailureToExtract("The model gave features that are not finite.")
        return features

    def _tensor(self, chips: Chips) -> Tensor:
        """(n, 3, side, side), in the colour order, with the mean and the scale of the model."""
        ordered = chips if self._spec.colour is ColourOrder.BGR else chips[..., ::-1]
        tensor = np.empty((len(chips), 3, self._spec.side, self._spec.side), dtype=np.float32)
        tensor[:] = ordered.transpose(0, 3, 1, 2)
        if self._mean.any():
            tensor -= self._mean
        if self._spec.scale != 1.0:
            tensor *= np.float32(1.0 / self._spec.scale)
        return tensor

    def _run(self, tensor: Tensor) -> Features:
        features = self._session.run(tensor)[0].reshape(len(tensor), -1)
        if features.shape[1] != self._spec.dimension:
            raise ModelMismatch(
                f"The model gave {features.shape[1]} features, its specification says {self._spec.dimension}."
            )
        return features

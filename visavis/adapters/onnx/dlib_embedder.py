"""dlib's face recognition ResNet behind the embedder port: alignment and preprocessing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.onnx.dlib_dat import DIMENSION, SIZE_PX
from visavis.adapters.onnx.session import Session
from visavis.domain.arrays import Chips, Features
from visavis.domain.errors import FailureToExtract, ValueInvalid
from visavis.domain.template import ModelIdentity
from visavis.engine.ports.embedder import ChipSpec

CHIP = ChipSpec(
    side=SIZE_PX,
    positions=((47.07, 45.23), (101.93, 45.23), (74.50, 77.32), (51.39, 101.17), (97.61, 101.17)),
)
"""Where YuNet finds the landmarks on dlib's own chips (HOG, five points, padding 0.25): medians over 796 subjects
of LFW and their mirror images, standard error 0.2 px. Derived and verified by `benchmarks/derive_dlib_template.py`."""

BATCH = 16
"""Chips per run of the graph; from 4 on, more save hardly any time and only cost memory."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DlibEmbedder:
    """128 features per face, compared by Euclidean distance (dlib's rule: same subject below 0.6).

    They equal those of `dlib.face_recognition_model_v1` on the same chip to 1e-5. Batches are cut to `BATCH`, and
    the graph treats every chip alone, so a face's features do not depend on its company beyond rounding (1e-6).
    """

    session: Session
    model: ModelIdentity

    @property
    def chip(self) -> ChipSpec:
        return CHIP

    def embed(self, chips: Chips) -> Features:
        """As the port says; raises `ValueInvalid` for chips of another size or type."""
        tensor = rgb_planes(chips)
        features = np.empty((len(chips), DIMENSION), dtype=np.float32)
        for start in range(0, len(chips), BATCH):
            features[start : start + BATCH] = self.session.run(tensor[start : start + BATCH])[0]
        if not np.isfinite(features).all():
            raise FailureToExtract("The model gave features that are not finite.")
        return features


def rgb_planes(chips: Chips) -> NDArray[np.float32]:
    """The graph's input, (n, 3, 150, 150), RGB 0..255; the graph itself subtracts the mean colour."""
    if chips.shape[1:] != (SIZE_PX, SIZE_PX, 3) or chips.dtype != np.uint8:
        raise ValueInvalid(f"dlib's network needs chips of shape (n, {SIZE_PX}, {SIZE_PX}, 3), type uint8.")
    return np.ascontiguousarray(chips[..., ::-1].transpose(0, 3, 1, 2), dtype=np.float32)

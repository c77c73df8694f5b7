"""A model pack that sees every picture's main face with a mask on."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from visavis.application.extract import most_prominent
from visavis.application.ports.inference import Inference
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate
from visavis.vision.mask import LOOKS, MaskLook, masked


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedInference:
    """Implements `Inference`: finds the face, paints a mask on it, and looks again.

    Which mask a picture gets follows from its bytes, so that every run paints the same.
    """

    inference: Inference
    decode: Callable[[bytes], Frame]
    looks: Sequence[MaskLook] = LOOKS

    @property
    def model(self) -> ModelIdentity:
        return self.inference.model

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        """What is found where the mask was painted, empty if nothing is found there any more; raises as decoding."""
        frame = self.decode(picture) if isinstance(picture, bytes) else picture
        chosen = most_prominent(await self.inference.samples(frame, gate=gate), frame.original)
        if not chosen:
            return []
        face = chosen[0].face
        look = self.looks[zlib.crc32(frame.pixels.tobytes()) % len(self.looks)]
        pixels = masked(frame.pixels, face.scaled(1.0 / frame.reduction), look)
        found = await self.inference.samples(replace(frame, pixels=pixels), gate=gate)
        return [one for one in found if _same_place(one.face.box, face.box)]

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        return await self.inference.templates(samples, flip=flip)


def _same_place(found: Box, painted: Box) -> bool:
    """Whether it is the masked face, and not one behind it that is now the most prominent."""
    x, y = found.centre
    return painted.left <= x <= painted.right and painted.top <= y <= painted.bottom

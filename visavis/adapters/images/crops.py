"""Aligned crops as files."""

from functools import partial

import anyio.to_thread

from visavis.domain.sample import Rejection, Sample
from visavis.engine.assess import QualityGate
from visavis.engine.crop import crop_sample
from visavis.engine.ports.decoder import Decoder
from visavis.engine.ports.embedder import ChipSpec


class DecodedCrops:
    """Implements `visavis.application.ports.crops.Crops` for one alignment."""

    def __init__(self, decoder: Decoder, spec: ChipSpec) -> None:
        self._decoder = decoder
        self._spec = spec

    async def sample(self, crop: bytes, *, gate: QualityGate) -> Sample | Rejection:
        return await anyio.to_thread.run_sync(partial(self._sample, crop, gate))

    def _sample(self, crop: bytes, gate: QualityGate) -> Sample | Rejection:
        return crop_sample(self._decoder.decode(crop), self._spec, gate)

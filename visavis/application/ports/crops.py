"""Aligned faces that somebody else cut out: a camera's gateway, a device at the edge."""

from typing import Protocol

from visavis.domain.sample import Rejection, Sample
from visavis.engine.assess import QualityGate


class Crops(Protocol):
    """For one model pack, whose embedder says how a face is aligned."""

    async def sample(self, crop: bytes, *, gate: QualityGate) -> Sample | Rejection:
        """The face of an image file that is an aligned crop. Raises what decoding raises, and `ValueInvalid` if it
        is not square."""
        ...

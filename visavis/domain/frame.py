"""Pixels at a time."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One picture, upright, ready to be searched for faces.

    `pixels` may be a reduced decoding of a larger original (`reduction` 2 means half the width and height);
    faces are always reported in pixels of the upright original, whose size is `original`.
    """

    pixels: ImageBGR
    original: Size
    source: str = ""  #: where it came from, for people (a file name, a camera id); never logged
    captured_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueInvalid("A frame needs an array of shape (height, width, 3) and type uint8, BGR.")
        if self.pixels.size == 0:
            raise ValueInvalid("A frame needs at least one pixel.")
        if self.captured_at is not None and self.captured_at.tzinfo is None:
            raise ValueInvalid("The time of a frame needs a time zone.")

    @property
    def size(self) -> Size:
        return Size(width=int(self.pixels.shape[1]), height=int(self.pixels.shape[0]))

    @property
    def reduction(self) -> float:
        """How many original pixels one pixel of this decoding covers along one side, ≥ 1."""
        return max(self.original.long_side / self.size.long_side, 1.0)

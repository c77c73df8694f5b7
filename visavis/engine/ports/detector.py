"""Where faces are found."""

from collections.abc import Sequence
from typing import Protocol

from visavis.domain.arrays import ImageBGR
from visavis.domain.face import Face


class Detector(Protocol):
    """Finds faces with five landmarks. Thread-safe; the same input gives the same output."""

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        """Faces of each image in its own pixels, best first, without duplicates.

        As many results as images, in their order. Raises `ModelDown` if the model cannot be run.
        """
        ...

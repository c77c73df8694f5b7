"""Where presentation attacks are noticed: prints, screens, masks in front of the camera (PAD, ISO/IEC 30107)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from visavis.domain.arrays import ImageBGR
from visavis.domain.liveness import AttackFinding, AttackThreshold
from visavis.domain.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presentation:
    """What was held in front of the camera: the accepted face, and the pixels of the whole picture that its box and
    landmarks are measured in; `None` where only the aligned face was sent."""

    sample: Sample
    picture: ImageBGR | None = None


class AttackDetector(Protocol):
    """Says how much presentations look like attacks. Thread-safe; the same input gives the same output."""

    @property
    def name(self) -> str:
        """Identity of the model; thresholds name it."""
        ...

    @property
    def threshold(self) -> AttackThreshold | None:
        """The one that it was calibrated with, for those who chose none; `None`: it has not been measured, so it
        decides nothing by itself."""
        ...

    def assess(self, presentations: Sequence[Presentation]) -> list[AttackFinding | None]:
        """A finding for each presentation, in order; `None` for one that it cannot judge, such as a face without its
        surroundings. Raises `ModelDown` if the model cannot be run."""
        ...

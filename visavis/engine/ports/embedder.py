"""Where aligned faces become features."""

from dataclasses import dataclass
from typing import Protocol

from visavis.domain.arrays import Chips, Features
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipSpec:
    """How a face must be aligned for a model: a square of `side` px with the five landmarks at `positions`."""

    side: int
    positions: tuple[tuple[float, float], ...]  #: x, y in chip px, in the order of `domain.face.LANDMARKS`

    def __post_init__(self) -> None:
        if len(self.positions) != 5:
            raise ValueInvalid("An alignment needs the positions of five landmarks.")


class Embedder(Protocol):
    """Turns aligned faces into features. Thread-safe; the same input gives the same output."""

    @property
    def model(self) -> ModelIdentity: ...

    @property
    def chip(self) -> ChipSpec: ...

    def embed(self, chips: Chips) -> Features:
        """Raw features of each chip (uint8 BGR), not normalised: their length predicts quality.

        (n, side, side, 3) → (n, dimension), in order; n may be 0. Raises `FailureToExtract` for a result
        that is not finite, `ModelDown` if the model cannot be run.
        """
        ...

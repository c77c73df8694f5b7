"""Identifiers of what a repeated request writes: the same ones each time, so that nothing is written twice."""

import uuid
from dataclasses import dataclass


@dataclass(slots=True)
class SeededIdentifiers:
    """Implements `visavis.application.ports.clock.Identifiers` for one try of a request (UUID version 5)."""

    seed: uuid.UUID
    _made: int = 0

    def new(self) -> uuid.UUID:
        self._made += 1
        return uuid.uuid5(self.seed, str(self._made))

"""Runs an attack detector in worker threads, so that an event loop stays responsive."""

from collections.abc import Sequence
from functools import partial

import anyio.to_thread

from visavis.domain.liveness import AttackFinding, AttackThreshold
from visavis.domain.sample import Sample
from visavis.engine.ports.attack import AttackDetector, Presentation
from visavis.engine.ports.decoder import Decoder


class ThreadAttacks:
    """Implements `visavis.application.ports.attack.AttackCheck`."""

    def __init__(self, detector: AttackDetector, decoder: Decoder) -> None:
        self._detector = detector
        self._decoder = decoder

    @property
    def name(self) -> str:
        return self._detector.name

    @property
    def threshold(self) -> AttackThreshold | None:
        return self._detector.threshold

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        if not samples:
            return []
        return await anyio.to_thread.run_sync(partial(self._assess, samples, picture))

    def _assess(self, samples: Sequence[Sample], picture: bytes | None) -> list[AttackFinding | None]:
        """The picture is decoded at its full size, in which boxes and landmarks are measured."""
        pixels = None if picture is None else self._decoder.decode(picture).pixels
        return self._detector.assess([Presentation(sample=one, picture=pixels) for one in samples])

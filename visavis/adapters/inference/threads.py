"""Runs the engine in worker threads, so that an event loop stays responsive.

The engine releases the interpreter lock while models run, so threads sharing one session use all cores; more
threads than cores would only queue inside the runtime.
"""

from collections.abc import Sequence
from functools import partial

import anyio.to_thread
from anyio import CapacityLimiter

from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.analyse import Analyser
from visavis.engine.assess import QualityGate
from visavis.engine.photo import photo_of
from visavis.engine.ports.decoder import Decoder


class ThreadInference:
    """Implements `visavis.application.ports.inference.Inference` with at most `workers` threads at a time."""

    def __init__(self, analyser: Analyser, decoder: Decoder, *, workers: int) -> None:
        self._analyser = analyser
        self._decoder = decoder
        self._workers = workers
        self._limiter: CapacityLimiter | None = None

    @property
    def model(self) -> ModelIdentity:
        return self._analyser.model

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        return await anyio.to_thread.run_sync(partial(self._samples, picture, gate), limiter=self._threads())

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        if not samples:
            return []
        return await anyio.to_thread.run_sync(
            partial(self._analyser.templates, samples, flip=flip), limiter=self._threads()
        )

    def _samples(self, picture: bytes | Frame, gate: QualityGate) -> list[Sample | Rejection]:
        return self._analyser.samples(photo_of(picture, self._decoder), gate=gate)

    def _threads(self) -> CapacityLimiter:
        """Made inside the running event loop, as anyio asks."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(self._workers)
        return self._limiter

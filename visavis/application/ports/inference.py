"""The bridge from asynchronous use cases to the synchronous engine.

Finding faces and recognising them are two ports, because they may run in different places: the pictures are large
and stay near the cameras, the recognition model is expensive and wants company. What passes between them is a
`Sample`: an aligned chip of a few kilobytes with its face and quality.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate


class Detection(Protocol):
    """Finds, aligns and assesses faces, callable from an event loop without blocking it."""

    @property
    def model(self) -> ModelIdentity:
        """The model that the faces are aligned for."""
        ...

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        """Every face of an image file or frame, largest first.

        Raises what decoding raises, `ModelDown`; a server's may also raise `Overloaded` and `Draining`.
        """
        ...


class Recognition(Protocol):
    """Turns samples into templates, callable from an event loop without blocking it."""

    @property
    def model(self) -> ModelIdentity:
        """The model that the templates are of."""
        ...

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        """The template of each sample, in order.

        Raises `FailureToExtract`, `ModelDown`; a server's may also raise `Overloaded` and `Draining`.
        """
        ...


class Inference(Detection, Recognition, Protocol):
    """One model pack, callable from an event loop without blocking it."""

    @property
    def model(self) -> ModelIdentity: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceLoad:
    """What a server's inference is doing now, and has done since it was made.

    `picture_s` and `face_s` are moving averages of the seconds a thread needs to find the faces of a picture and to
    embed one face, 0 before the first; `wait_s` is how long a picture that came now would wait.
    """

    waiting_pictures: int
    waiting_faces: int
    running: int
    shed: int
    pictures: int
    batches: int
    batched_faces: int
    picture_s: float
    face_s: float
    wait_s: float

    @property
    def queued(self) -> int:
        """Pictures and faces that no thread has begun."""
        return self.waiting_pictures + self.waiting_faces

    @property
    def mean_batch_faces(self) -> float | None:
        """Faces per run of the recognition model; `None` before the first."""
        return self.batched_faces / self.batches if self.batches else None


class ServingInference(Inference, Protocol):
    """Inference that refuses what it cannot do in time."""

    @property
    def load(self) -> InferenceLoad: ...

    def require_room(self) -> None:
        """Raises `Overloaded` or `Draining` where `samples` would now: before a request's body is even read."""
        ...

    async def aclose(self) -> None:
        """Takes no new pictures, finishes what was accepted, and ends every thread."""
        ...

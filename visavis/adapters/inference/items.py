"""What waits for a worker thread, and what a thread takes at once."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeAlias

from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.engine.assess import QualityGate


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingLimits:
    """How much may wait and how faces are put together.

    `max_queue` counts for each thread: latency under overload is then a multiple of the time that one picture
    takes, whatever the machine and the pictures. `max_wait_s` bounds it in seconds, too.
    """

    max_queue: int = 4
    max_wait_s: float = 1.0
    batch_faces: int = 4
    batch_wait_s: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureItem:
    """A picture whose faces somebody awaits."""

    picture: bytes | Frame
    gate: QualityGate
    future: Future[list[Sample | Rejection]]
    since_s: float

    def claim(self) -> bool:
        """Whether anybody still waits for it; from here on it is not cancelled any more."""
        return self.future.set_running_or_notify_cancel()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacesItem:
    """Samples whose templates somebody awaits; `alone` once a batch with others has failed."""

    samples: tuple[Sample, ...]
    flip: bool
    future: Future[list[Template]]
    since_s: float
    alone: bool = False

    def claim(self) -> bool:
        """Whether anybody still waits for it; from here on it is not cancelled any more."""
        return self.alone or self.future.set_running_or_notify_cancel()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureTurn:
    item: PictureItem
    began_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchTurn:
    """Requests of the same kind, embedded together."""

    items: tuple[FacesItem, ...]
    began_s: float

    @property
    def samples(self) -> list[Sample]:
        return [sample for item in self.items for sample in item.samples]


Turn: TypeAlias = PictureTurn | BatchTurn

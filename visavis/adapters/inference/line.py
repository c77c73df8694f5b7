"""The line in front of the worker threads: who is let in, and who is next."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from visavis.adapters.inference.items import (
    BatchTurn,
    FacesItem,
    PictureItem,
    PictureTurn,
    ServingLimits,
    Turn,
)
from visavis.adapters.inference.pace import MovingAverage
from visavis.application.ports.inference import InferenceLoad
from visavis.domain.errors import Overloaded


@dataclass(slots=True, kw_only=True, eq=False)
class Line:
    """Thread-safe, and bounded by number and by time.

    Faces go before pictures, because their requests are half done already; they give way for `batch_wait_s` at
    most while there are pictures to look at, so that a batch can fill. A free thread always finds work if there
    is any. A request is refused when it comes, never later: by the time it is known to be late, its client has
    waited for nothing.
    """

    limits: ServingLimits
    workers: int
    clock: Callable[[], float]
    _pictures: deque[PictureItem] = field(default_factory=deque)
    _faces: deque[FacesItem] = field(default_factory=deque)
    _running: list[Turn] = field(default_factory=list)
    _picture_s: MovingAverage = field(default_factory=MovingAverage)
    _face_s: MovingAverage = field(default_factory=MovingAverage)
    _faces_each: MovingAverage = field(default_factory=MovingAverage)
    _shed: int = 0
    _looked_at: int = 0
    _batches: int = 0
    _batched: int = 0
    _lock: Lock = field(default_factory=Lock)

    def enter(self, item: PictureItem) -> None:
        """Raises `Overloaded`."""
        with self._lock:
            self._require_room()
            self._pictures.append(item)

    def enter_faces(self, items: Sequence[FacesItem], *, accepted: bool) -> None:
        """The parts of one request, all or none; raises `Overloaded` unless it was `accepted` with its picture.

        Two full batches for each thread may wait even where fewer pictures may, or large batches would never fill.
        """
        with self._lock:
            if not accepted:
                most = self.workers * max(self.limits.max_queue, 2 * self.limits.batch_faces)
                self._require(self._waiting_faces() < most, self._wait_faces_s())
            self._faces.extend(items)

    def require_room(self) -> None:
        """Raises `Overloaded` where `enter` would now."""
        with self._lock:
            self._require_room()

    def leave(self, future: Future[Any]) -> None:
        """Whoever awaited this has gone; what a thread has begun is finished in vain."""
        with self._lock:
            future.cancel()
            self._pictures = deque(item for item in self._pictures if item.future is not future)
            self._faces = deque(item for item in self._faces if item.future is not future)

    def take(self) -> Turn | None:
        """What a free thread does next; `None` if nothing waits any more."""
        with self._lock:
            now = self.clock()
            while self._pictures or self._faces:
                turn = self._batch(now) if self._faces_first(now) else self._picture(now)
                if turn is not None:
                    self._running.append(turn)
                    return turn
            return None

    def done(self, turn: Turn, *, faces: int | None) -> None:
        """A turn is over. `faces`: how many samples a picture had or a batch embedded, `None` if it failed."""
        with self._lock:
            self._running.remove(turn)
            took = self.clock() - turn.began_s
            if isinstance(turn, PictureTurn):
                self._looked_at += 1
                if faces is not None:  # what is refused at once says nothing about what is not
                    self._picture_s.add(took)
                    self._faces_each.add(faces)
            else:
                self._batches += 1
                self._batched += len(turn.samples)
                if faces:
                    self._face_s.add(took / faces)

    def again(self, items: Sequence[FacesItem]) -> None:
        """The requests of a batch that failed, each to be tried alone and before all others."""
        with self._lock:
            self._faces.extendleft(replace(item, alone=True) for item in reversed(items))

    def empty(self) -> list[PictureItem | FacesItem]:
        """Everything that somebody waits for; it is in the line no more."""
        with self._lock:
            waiting: list[PictureItem | FacesItem] = [*self._pictures, *self._faces]
            self._pictures.clear()
            self._faces.clear()
            return [item for item in waiting if item.claim()]

    @property
    def load(self) -> InferenceLoad:
        with self._lock:
            return InferenceLoad(
                waiting_pictures=len(self._pictures),
                waiting_faces=self._waiting_faces(),
                running=len(self._running),
                shed=self._shed,
                pictures=self._looked_at,
                batches=self._batches,
                batched_faces=self._batched,
                picture_s=self._picture_s.value,
                face_s=self._face_s.value,
                wait_s=self._wait_s(),
            )

    def _require_room(self) -> None:
        most = self.workers * self.limits.max_queue
        self._require(len(self._pictures) < most, self._wait_s())

    def _require(self, room: bool, wait_s: float) -> None:
        if not room or wait_s > self.limits.max_wait_s:
            self._shed += 1
            raise Overloaded(retry_after_s=wait_s)

    def _wait_s(self) -> float:
        """How long a new picture would wait: all that goes before it, shared by the threads.

        The faces of the pictures before it will be embedded before it, too. Whatever the averages say, it will not
        wait less than the first in the line has waited already.
        """
        if self._idle():
            return 0.0
        each_s = self._picture_s.value + self._faces_each.value * self._face_s.value
        looking = sum(isinstance(turn, PictureTurn) for turn in self._running)
        coming_s = looking * self._faces_each.value * self._face_s.value
        expected_s = (len(self._pictures) * each_s + coming_s) / self.workers + self._wait_faces_s()
        return max(expected_s, self.clock() - self._pictures[0].since_s) if self._pictures else expected_s

    def _wait_faces_s(self) -> float:
        """How long a new face would wait: the faces before it, and half of what the threads are at."""
        if self._idle():
            return 0.0
        begun_s = sum(
            self._picture_s.value if isinstance(turn, PictureTurn) else len(turn.samples) * self._face_s.value
            for turn in self._running
        )
        return (self._waiting_faces() * self._face_s.value + begun_s / 2) / self.workers

    def _idle(self) -> bool:
        return len(self._running) + len(self._pictures) + len(self._faces) < self.workers

    def _waiting_faces(self) -> int:
        return sum(len(item.samples) for item in self._faces)

    def _faces_first(self, now: float) -> bool:
        if not self._faces or not self._pictures:
            return bool(self._faces)
        first = self._faces[0]
        full = self._waiting_faces() >= self.limits.batch_faces
        return first.alone or full or now - first.since_s >= self.limits.batch_wait_s

    def _picture(self, now: float) -> Turn | None:
        item = self._pictures.popleft()
        return PictureTurn(item=item, began_s=now) if item.claim() else None

    def _batch(self, now: float) -> Turn | None:
        """The first request and those behind it that fit."""
        first, *others = self._faces
        room = self.limits.batch_faces - len(first.samples)
        taken = [first]
        for item in others:
            if not (first.alone or item.alone) and item.flip == first.flip and len(item.samples) <= room:
                taken.append(item)
                room -= len(item.samples)
        chosen = set(map(id, taken))
        self._faces = deque(item for item in self._faces if id(item) not in chosen)
        live = tuple(item for item in taken if item.claim())
        return BatchTurn(items=live, began_s=now) if live else None

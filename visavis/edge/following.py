"""Faces of one camera become tracks, with as few runs of the embedder as that takes.

Where a face is tells in nearly every frame which track it belongs to. A template is computed for a face that is new
or has jumped, for one that somebody else is close to, while a track has fewer shots than it may have, when a look
promises to be clearly better than those before, and every few seconds to be sure that it is still the same human.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Protocol
from uuid import UUID, uuid4

from visavis.application.growing_track import GrowingTrack
from visavis.application.ports.readers import Captured
from visavis.domain.arrays import Chip
from visavis.domain.errors import ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.domain.sample import Sample
from visavis.domain.template import Template, fuse
from visavis.edge.looking import promise, seen_value
from visavis.vision.tracking import Look, Tracker, TrackingPlan
from visavis.wire.edge import TrackingConfig

_APART_S = 0.4  #: between two templates of a track that has not enough shots yet
_AGAIN_S, _SOON_S = 3.0, 1.0  #: is it still the same human? Sooner while no look was good
_GOOD = 40.0  #: the value of a good look
_BETTER = 1.15  #: times as promising as the best so far is clearly better
_CLOSE = 0.5  #: face widths between two boxes within which they may be mistaken for each other


class Looking(Protocol):
    """What is done with a frame; `Eyes` does it."""

    @property
    def embeds(self) -> bool:
        """Whether templates are computed here."""
        ...

    def faces(self, frame: Frame, areas: Sequence[Box] | None = None) -> list[Face]: ...

    def sample(self, frame: Frame, face: Face) -> Sample | None:
        """`None` if the face is not good enough."""
        ...

    def templates(self, samples: Sequence[Sample]) -> list[Template]: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Glimpse:
    """One look at a face that is worth keeping. `value` 0..100; `template` is `None` where none is computed here."""

    at: datetime
    at_s: float
    chip: Chip
    value: float
    template: Template | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackState:
    """What is known of a track at a moment; its shots in order of time, perhaps none yet."""

    id: UUID
    first_at: datetime
    last_at: datetime
    first_s: float
    last_s: float
    frames: int
    shots: tuple[Glimpse, ...]
    ended: bool = False

    @property
    def template(self) -> Template | None:
        """Of all shots together; `None` without any."""
        found = [shot.template for shot in self.shots if shot.template is not None]
        return fuse(found) if found else None


@dataclass(slots=True, kw_only=True, eq=False)
class _Following:
    """A track while it lasts."""

    id: UUID
    first_at: datetime
    last_at: datetime
    growing: GrowingTrack[Glimpse]
    box: Box
    promised: float = 0.0  #: the most promising look that was taken
    taken_s: float = -1e9  #: when the last one was

    def state(self, *, ended: bool = False) -> TrackState:
        growing = self.growing
        return TrackState(
            id=self.id,
            first_at=self.first_at,
            last_at=self.last_at,
            first_s=growing.first_s,
            last_s=growing.last_s,
            frames=growing.seen,
            shots=growing.in_order,
            ended=ended,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    face: Face
    promise: float
    sample: Sample | None = None
    template: Template | None = None

    def glimpse(self, at: datetime, at_s: float) -> Glimpse | None:
        if self.sample is None:
            return None
        quality = self.template.quality if self.template else None
        return Glimpse(
            at=at,
            at_s=at_s,
            chip=self.sample.chip,
            value=seen_value(self.sample) if quality is None else quality,
            template=self.template,
        )


@dataclass(slots=True, kw_only=True, eq=False)
class Follower:
    """Follows the faces of one source. One thread at a time; frames come in order of time."""

    eyes: Looking
    tracking: TrackingConfig
    new_id: Callable[[], UUID] = uuid4
    faces: int = 0
    embedded: int = 0
    _tracker: Tracker = field(init=False)
    _following: dict[int, _Following] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tracker = self._fresh()

    @property
    def following(self) -> int:
        return len(self._following)

    @property
    def boxes(self) -> list[Box]:
        """Where the faces were last, with the room that they may have moved through."""
        return [_padded(one.box) for one in self._following.values()]

    @property
    def faces_at(self) -> list[Box]:
        """Where the faces were last."""
        return [one.box for one in self._following.values()]

    def look(self, captured: Captured, areas: Sequence[Box] | None = None) -> list[TrackState]:
        """The tracks that became better by this frame, and those that have ended before it."""
        at = _taken_at(captured)
        frame, at_s = captured.frame, captured.at_s
        found = self.eyes.faces(frame, areas)
        self.faces += len(found)
        seen = self._seen(captured, found)
        looks = [
            Look(box=one.face.box, vector=None if one.template is None else one.template.vector)
            for one in seen
        ]
        better = []
        for number, one in zip(self._tracker.update(looks, at_s), seen, strict=True):
            following = self._following.get(number) or self._begin(number, one, at, at_s)
            if self._add(following, one, at, at_s):
                better.append(following.state())
        return better + self._gone(at_s)

    def rest(self, at_s: float) -> list[TrackState]:
        """Time passes without a look: the tracks that have ended."""
        self._tracker.update([], at_s)
        return self._gone(at_s)

    def end(self) -> list[TrackState]:
        """All tracks, ended: the source was interrupted, or the agent stops."""
        states = [one.state(ended=True) for one in self._following.values()]
        self._following.clear()
        self._tracker = self._fresh()
        return states

    def _seen(self, captured: Captured, faces: Sequence[Face]) -> list[_Seen]:
        numbers = self._tracker.likely([face.box for face in faces], captured.at_s)
        close = _close_to_others([face.box for face in faces]) if self.eyes.embeds else set()
        seen = [
            self._looked_at(captured, face, number, close=place in close)
            for place, (face, number) in enumerate(zip(faces, numbers, strict=True))
        ]
        if not self.eyes.embeds:
            return seen
        samples = [one.sample for one in seen if one.sample is not None]
        templates = iter(self.eyes.templates(samples))
        self.embedded += len(samples)
        return [
            _Seen(face=one.face, promise=one.promise, sample=one.sample, template=next(templates))
            if one.sample
            else one
            for one in seen
        ]

    def _looked_at(self, captured: Captured, face: Face, number: int | None, *, close: bool) -> _Seen:
        promised = promise(face)
        following = self._following.get(number) if number is not None else None
        if following and not self._worth(following, promised, captured.at_s, close=close):
            return _Seen(face=face, promise=promised)
        return _Seen(face=face, promise=promised, sample=self.eyes.sample(captured.frame, face))

    def _worth(self, following: _Following, promised: float, at_s: float, *, close: bool) -> bool:
        """Whether a closer look at a face whose track is known by its place is worth its price."""
        since = at_s - following.taken_s
        if (close or len(following.growing.shots) < following.growing.most) and since >= _APART_S:
            return True
        if promised > _BETTER * following.promised:
            return True
        good = any(shot.value >= _GOOD for shot in following.growing.shots)
        return since >= (_AGAIN_S if good else _SOON_S) and (self.eyes.embeds or not good)

    def _begin(self, number: int, one: _Seen, at: datetime, at_s: float) -> _Following:
        growing = GrowingTrack[Glimpse](at_s, at_s, self.tracking.shots)
        self._following[number] = _Following(
            id=self.new_id(), first_at=at, last_at=at, growing=growing, box=one.face.box
        )
        return self._following[number]

    def _add(self, following: _Following, one: _Seen, at: datetime, at_s: float) -> bool:
        """Whether the track is better now."""
        following.growing.see(at_s)
        following.last_at, following.box = at, one.face.box
        glimpse = one.glimpse(at, at_s)
        if glimpse is None:
            return False
        following.promised, following.taken_s = max(following.promised, one.promise), at_s
        return glimpse.value >= self.tracking.least_quality and following.growing.offer(glimpse)

    def _gone(self, at_s: float) -> list[TrackState]:
        alive = self._tracker.alive
        gone = [
            number
            for number, one in self._following.items()
            if number not in alive or at_s - one.growing.first_s >= self.tracking.longest_s
        ]
        return [self._following.pop(number).state(ended=True) for number in gone]

    def _fresh(self) -> Tracker:
        return Tracker(TrackingPlan(patience_s=self.tracking.gone_s))


def _taken_at(captured: Captured) -> datetime:
    if captured.frame.captured_at is None:
        raise ValueInvalid("A reader has to say when a frame was taken.")
    return captured.frame.captured_at


def _close_to_others(boxes: Sequence[Box]) -> set[int]:
    """Places of the boxes that are near another."""
    found = set[int]()
    for (place, one), (other_place, other) in combinations(enumerate(boxes), 2):
        (x, y), (other_x, other_y) = one.centre, other.centre
        reach = (one.width + other.width) / 2 + _CLOSE * min(one.width, other.width)
        if abs(x - other_x) < reach and abs(y - other_y) < reach:
            found |= {place, other_place}
    return found


def _padded(box: Box) -> Box:
    return Box(
        left=box.left - box.width,
        top=box.top - box.height,
        right=box.right + box.width,
        bottom=box.bottom + box.height,
    )

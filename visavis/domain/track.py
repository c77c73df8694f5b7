"""One face followed through the frames of one camera or video."""

from dataclasses import dataclass
from typing import NewType

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid
from visavis.domain.sample import Sample
from visavis.domain.template import Template, fuse

TrackId = NewType("TrackId", int)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """One look at the face of a track: when, aligned for the embedder, and its template.

    `at_s` counts seconds from the beginning of the source; `picture` is the face with what is around it, for
    people to look at and for enrolment, `None` where nobody wants it.
    """

    at_s: float
    sample: Sample
    template: Template
    picture: ImageBGR | None = None

    @property
    def value(self) -> float:
        """How much a shot is worth, 0..100: its unified quality, or how sure the detector is."""
        quality = self.template.quality
        return 100.0 * self.sample.face.score if quality is None else quality


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """The best shots of one face, in order of time, out of all the frames in which it was seen.

    `first_s` and `last_s` are the first and the last time it was seen, also by looks not good enough for a
    template; `seen` counts the frames.
    """

    id: TrackId
    source: str
    first_s: float
    last_s: float
    seen: int
    shots: tuple[Shot, ...]

    def __post_init__(self) -> None:
        if not self.shots:
            raise ValueInvalid("A track has at least one shot.")
        if not self.first_s <= self.last_s:
            raise ValueInvalid("A track ends after it begins.")

    @property
    def duration_s(self) -> float:
        return self.last_s - self.first_s

    @property
    def best(self) -> Shot:
        return max(self.shots, key=lambda shot: shot.value)

    @property
    def template(self) -> Template:
        """Of all its shots together: the noise of single frames averages out."""
        return fuse([shot.template for shot in self.shots])

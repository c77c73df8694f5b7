"""A track while it lasts: of all the looks at a face, the few that are worth keeping."""

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

_APART_S = 0.4  #: between two shots of one track; closer ones show the same again


class Kept(Protocol):
    """A look at a face: when, in seconds of its source, and how much it is worth."""

    @property
    def at_s(self) -> float: ...

    @property
    def value(self) -> float: ...


S = TypeVar("S", bound=Kept)


@dataclass(slots=True, eq=False)
class GrowingTrack(Generic[S]):
    """Keeps no more than the `most` best shots, each with a little time between it and the next.

    `first_s` and `last_s` are the first and last time that the face was seen, `seen` counts in how many frames.
    """

    first_s: float
    last_s: float
    most: int
    seen: int = 0
    shots: list[S] = field(default_factory=list)

    def see(self, at_s: float) -> None:
        """The face was found, well or badly."""
        self.seen, self.last_s = self.seen + 1, at_s

    def offer(self, shot: S) -> bool:
        """Whether the shot was kept."""
        if not self.wants(shot.at_s, shot.value):
            return False
        near = self._near(shot.at_s)
        self.shots = [kept for kept in self.shots if kept not in near] + [shot]
        if len(self.shots) > self.most:
            self.shots.remove(min(self.shots, key=lambda kept: kept.value))
        return True

    def wants(self, at_s: float, value: float) -> bool:
        """Whether `offer` would keep such a shot: what is costly about it is made only then."""
        near = self._near(at_s)
        if near:
            return all(kept.value < value for kept in near)
        return len(self.shots) < self.most or min(kept.value for kept in self.shots) < value

    @property
    def in_order(self) -> tuple[S, ...]:
        """The shots by time."""
        return tuple(sorted(self.shots, key=lambda shot: shot.at_s))

    def _near(self, at_s: float) -> list[S]:
        return [kept for kept in self.shots if abs(kept.at_s - at_s) < _APART_S]

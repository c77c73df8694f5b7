"""Which track shows whom: what was followed beside what was rendered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ops.scenes.truth import Appearance, Take
from visavis.domain.track import Track

_NEAR_S = 0.26  #: between a look and a spot of the truth


@dataclass(frozen=True, kw_only=True, eq=False)
class Sighting:
    """A track, and the appearance it shows most of the time; `None` if it shows nobody who was rendered."""

    take: Take
    track: Track
    appearance: Appearance | None
    mixed: bool  #: whether it shows another one, too

    @property
    def person(self) -> str | None:
        return self.appearance.person if self.appearance else None


def sightings(take: Take, tracks: Sequence[Track]) -> list[Sighting]:
    """In the order of the tracks."""
    return [_sighting(take, track) for track in tracks]


def _sighting(take: Take, track: Track) -> Sighting:
    votes: Counter[int] = Counter()
    for shot in track.shots:
        x, y = shot.sample.face.box.centre
        near = [
            (spot.distance(x, y), place)
            for place, one in enumerate(take.appearances)
            if (spot := one.spot_at(shot.at_s, _NEAR_S)) is not None and spot.holds(x, y)
        ]
        if near:
            votes[min(near)[1]] += 1
    best = votes.most_common(1)
    return Sighting(
        take=take,
        track=track,
        appearance=take.appearances[best[0][0]] if best else None,
        mixed=len(votes) > 1 and votes.most_common(2)[1][1] > len(track.shots) // 3,
    )

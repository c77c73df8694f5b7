"""What a rendered scene shows: who was in front of which camera, from when to when, and where in the picture."""

import json
import math
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

FILE = "truth.json"


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where the face was at a moment: seconds from the beginning, and the box in pixels."""

    at_s: float
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """With a margin: not every photo has the face exactly in its middle."""
        wide, high = 0.3 * (self.right - self.left), 0.3 * (self.bottom - self.top)
        return self.left - wide <= x <= self.right + wide and self.top - high <= y <= self.bottom + high

    def distance(self, x: float, y: float) -> float:
        """From the middle, px."""
        return math.hypot(x - (self.left + self.right) / 2, y - (self.top + self.bottom) / 2)


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """One human once in front of one camera. `spots` are those in which the face lies well inside of the picture."""

    person: str
    photo: str
    spots: tuple[Spot, ...]

    @property
    def first_s(self) -> float:
        return self.spots[0].at_s

    @property
    def last_s(self) -> float:
        return self.spots[-1].at_s

    def spot_at(self, at_s: float, within_s: float) -> Spot | None:
        """The nearest one in time."""
        nearest = min(self.spots, key=lambda spot: abs(spot.at_s - at_s))
        return nearest if abs(nearest.at_s - at_s) <= within_s else None


@dataclass(frozen=True, kw_only=True)
class Take:
    """What one camera recorded on one day."""

    file: str
    camera: str
    site: str
    zone: str
    started_at: datetime
    rate: float
    appearances: tuple[Appearance, ...]

    def moment(self, at_s: float) -> datetime:
        return self.started_at + timedelta(seconds=at_s)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A whole scene. `portraits` names photos of each human that are in no take: for enrolment."""

    takes: tuple[Take, ...]
    portraits: dict[str, tuple[str, ...]]

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), default=_told, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Truth":
        raw = json.loads((folder / FILE).read_text())
        takes = tuple(
            Take(
                **{
                    **take,
                    "started_at": datetime.fromisoformat(take["started_at"]),
                    "appearances": tuple(
                        Appearance(**{**one, "spots": tuple(Spot(**spot) for spot in one["spots"])})
                        for one in take["appearances"]
                    ),
                }
            )
            for take in raw["takes"]
        )
        return cls(takes=takes, portraits={name: tuple(photos) for name, photos in raw["portraits"].items()})


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not told in JSON.")

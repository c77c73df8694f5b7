"""When was a picture taken? What the source says, and when it arrived, told apart."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DRIFT = 0.0005  #: by which two clocks may differ, of the time that passes
_JUMP_S = 10.0  #: a picture that seems so late tells of a source that counts anew
_TRUSTED_S = 5.0  #: a source whose clock differs more from ours is not set
_STEP_S = 1.0  #: by which our own clock was set anew
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """`at_s` counts from the first picture of all, and never goes back; `late_s` is how long ago it was taken."""

    captured_at: datetime
    at_s: float
    late_s: float


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class SourceClock:
    """Maps the time stamps of a source, which begin anywhere, to ours.

    The picture that came fastest tells how the two clocks lie to each other; one that took longer was taken when its
    stamp says, not when it arrived. The source's own clock is believed only if it agrees roughly with ours: many
    cameras were never set.
    """

    now: Callable[[], datetime] = _utc
    ticks: Callable[[], float] = time.monotonic
    _shift: float | None = None
    _wall: tuple[datetime, float] = (_LONG_AGO, 0.0)
    _previous: float = 0.0
    _first: float | None = None
    _last: tuple[float, datetime] = (0.0, _LONG_AGO)

    def begin(self) -> None:
        """Of a new connection: the source may count from somewhere else."""
        self._shift = None

    def stamp(self, shown_s: float | None, told: datetime | None = None) -> Stamp:
        """Of a picture that arrives now; `shown_s` is the stream's stamp, `told` the time of day if it says one."""
        arrived = self.ticks()
        taken = arrived if shown_s is None else self._taken(shown_s, arrived)
        if self._first is None:
            self._first, self._last = taken, (taken, self._last[1])
        taken = max(taken, self._last[0])
        captured = self._captured(taken, arrived, told)
        self._last = taken, captured
        return Stamp(captured_at=captured, at_s=taken - self._first, late_s=arrived - taken)

    def _taken(self, shown_s: float, arrived: float) -> float:
        shift = arrived - shown_s
        if self._shift is None or shift < self._shift or shift - self._shift > _JUMP_S:
            self._shift = shift
        else:
            self._shift += min(shift - self._shift, _DRIFT * max(arrived - self._previous, 0.0))
        self._previous = arrived
        return shown_s + self._shift

    def _captured(self, taken: float, arrived: float, told: datetime | None) -> datetime:
        """By our clock as it is set now; never before the last picture, unless somebody set it back."""
        now = self.now()
        if abs((now - self._at(arrived)).total_seconds()) > _STEP_S:
            self._wall = now, arrived
            self._last = self._last[0], _LONG_AGO
        own = self._at(taken)
        if told is not None and abs((told - own).total_seconds()) <= _TRUSTED_S:
            own = told
        return max(own, self._last[1])

    def _at(self, ticks: float) -> datetime:
        wall, then = self._wall
        return wall + timedelta(seconds=ticks - then)

"""What is watched for drift: signals of captures, their histograms, and what a monitor knows."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NewType

import numpy as np

from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import GalleryId

MonitorId = NewType("MonitorId", uuid.UUID)


class Signal(StrEnum):
    """What is watched, a number for each capture."""

    QUALITY = "quality"  #: unified quality of the template, 0..100
    DETECTION = "detection"  #: how sure the detector was, 0..1
    SHARPNESS = "sharpness"  #: quality component, 0..100
    BRIGHTNESS = "brightness"  #: mean grey value of the face, 0..255
    DYNAMIC_RANGE = "dynamic_range"  #: quality component, 0..100
    RED_GREEN = "red_green"  #: natural logarithm of the ratio of the channels
    BLUE_GREEN = "blue_green"  #: natural logarithm of the ratio of the channels
    EYE_DISTANCE = "eye_distance"  #: px
    REJECTED = "rejected"  #: 1 for a face that was refused, 0 for one that was taken
    MATED_SCORE = "mated_score"  #: similarity of a match
    NON_MATED_SCORE = "non_mated_score"  #: 1 - FPIR at the best score of a search that ended without a match
    CALIBRATION = (
        "calibration"  #: the same up to `BODY`, judged by the calibration, not by what was usual here
    )


BODY: Final = 0.75
"""Up to this 1 - FPIR the best scores of searches without a match are nearly all of strangers. Above it, people who are
enrolled and were not recognised would be taken for strangers who score high."""

OF_THE_MODEL: Final = frozenset(
    {Signal.QUALITY, Signal.MATED_SCORE, Signal.NON_MATED_SCORE, Signal.CALIBRATION}
)
"""These mean something else for each model."""

OF_THE_CALIBRATION: Final = frozenset({Signal.NON_MATED_SCORE, Signal.CALIBRATION})
"""These are error rates, and mean something else for each calibration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The bins of a signal's histograms: equally wide from `low` to `high`, or equally wide in the logarithm. Values
    beyond the ends fall into the first and the last bin."""

    low: float
    high: float
    bins: int
    logarithmic: bool = False

    def place(self, value: float) -> int:
        """The bin of a value."""
        value, low, high = self._inner(value), self._inner(self.low), self._inner(self.high)
        return min(max(int((value - low) / (high - low) * self.bins), 0), self.bins - 1)

    @property
    def edges(self) -> tuple[float, ...]:
        """`bins` + 1 of them, rising."""
        low, high = self._inner(self.low), self._inner(self.high)
        edges = [low + (high - low) * number / self.bins for number in range(self.bins + 1)]
        return tuple(math.exp(edge) if self.logarithmic else edge for edge in edges)

    def mean(self, sketch: "Sketch") -> float | None:
        """Mean of the bins' centres; `None` for an empty histogram."""
        if not sketch.total:
            return None
        edges = self.edges
        centres = [(one + other) / 2 for one, other in pairwise(edges)]
        return float(np.dot(centres, sketch.counts) / sketch.total)

    def _inner(self, value: float) -> float:
        return math.log(max(value, 1e-9)) if self.logarithmic else value


SCALES: Final = MappingProxyType(
    {
        Signal.QUALITY: Scale(low=0, high=100, bins=50),
        Signal.DETECTION: Scale(low=0.5, high=1, bins=50),
        Signal.SHARPNESS: Scale(low=0, high=100, bins=50),
        Signal.BRIGHTNESS: Scale(low=0, high=255, bins=51),
        Signal.DYNAMIC_RANGE: Scale(low=0, high=100, bins=50),
        Signal.RED_GREEN: Scale(low=-0.75, high=1.25, bins=80),
        Signal.BLUE_GREEN: Scale(low=-1.5, high=0.75, bins=90),
        Signal.EYE_DISTANCE: Scale(low=8, high=1024, bins=56, logarithmic=True),
        Signal.REJECTED: Scale(low=0, high=1, bins=2),
        Signal.MATED_SCORE: Scale(low=-0.5, high=1.5, bins=80),
        Signal.NON_MATED_SCORE: Scale(low=0, high=1, bins=40),
        Signal.CALIBRATION: Scale(low=0, high=BODY, bins=30),
    }
)
"""Fixed, so that histograms of different times can be compared; fine enough that a mild drift crosses several bins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A histogram: how many values fell into each bin. It is all that is kept of the values."""

    counts: tuple[int, ...]

    @classmethod
    def empty(cls, signal: Signal) -> "Sketch":
        return cls(counts=(0,) * SCALES[signal].bins)

    @classmethod
    def of(cls, signal: Signal, values: Sequence[float]) -> "Sketch":
        counts = [0] * SCALES[signal].bins
        for value in values:
            counts[SCALES[signal].place(value)] += 1
        return cls(counts=tuple(counts))

    @property
    def total(self) -> int:
        return sum(self.counts)

    def without(self, other: "Sketch") -> "Sketch":
        """What is left without a part."""
        pairs = zip(self.counts, other.counts, strict=True)
        return Sketch(counts=tuple(one - two for one, two in pairs))

    def grown(self, place: int) -> "Sketch":
        """With one more value in this bin."""
        counts = self.counts
        return Sketch(counts=(*counts[:place], counts[place] + 1, *counts[place + 1 :]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How a full window compares with the reference.

    `psi` is the population stability index beyond what chance alone gives, `distance` the largest difference of
    the cumulative distributions, `p_value` how probable one as large is without any drift.
    """

    at: datetime
    values: int
    psi: float
    distance: float
    p_value: float
    reference_mean: float
    mean: float
    drifted: bool

    @property
    def rising(self) -> bool:
        """Whether the values became larger."""
        return self.mean > self.reference_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalState:
    """One signal of a monitor: the reference, the window that is being filled, and what the last full one said.

    `drifted` counts full windows in a row that differ from the reference, `calm` those that do not. While the
    reference is learnt, `block` is its latest part, as large as a window; `usual` is the largest population stability
    index between such a part and what came before it: what differs here without any drift.
    """

    signal: Signal
    reference: Sketch
    window: Sketch
    last_window: Sketch | None = None
    finding: Finding | None = None
    drifted: int = 0
    calm: int = 0
    alarm_since: datetime | None = None
    block: Sketch | None = None
    usual: float = 0.0

    def __post_init__(self) -> None:
        bins = SCALES[self.signal].bins
        sketches = (self.reference, self.window, self.last_window, self.block)
        if any(sketch is not None and len(sketch.counts) != bins for sketch in sketches):
            raise ValueInvalid(f"Histograms of {self.signal} have {bins} bins.")

    @classmethod
    def new(cls, signal: Signal) -> "SignalState":
        return cls(signal=signal, reference=Sketch.empty(signal), window=Sketch.empty(signal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """What is known of the captures of one source (camera, gate, application) in one gallery.

    `source` is empty for captures whose sender named none. `model` is that of the templates, `calibration` the
    digest of what error rates came from (`Gallery.judged_by`), empty before the first capture. `reference_since` is
    when the captures of the reference began; `pinned` says that a person declared it to be what is normal.
    """

    id: MonitorId
    gallery_id: GalleryId
    gallery: str
    source: str
    model: str
    reference_since: datetime
    last_at: datetime
    calibration: str = ""
    captures: int = 0
    pinned: bool = False
    states: tuple[SignalState, ...] = ()

    @classmethod
    def new(
        cls, monitor_id: MonitorId, *, gallery_id: GalleryId, gallery: str, source: str, at: datetime
    ) -> "Monitor":
        return cls(
            id=monitor_id,
            gallery_id=gallery_id,
            gallery=gallery,
            source=source,
            model="",
            reference_since=at,
            last_at=at,
            states=tuple(SignalState.new(signal) for signal in Signal),
        )

    def state(self, signal: Signal) -> SignalState:
        """Of a signal that a newer version added, an empty one."""
        return next((one for one in self.states if one.signal is signal), SignalState.new(signal))

    def with_state(self, state: SignalState) -> "Monitor":
        states = {one.signal: one for one in self.states} | {state.signal: state}
        return replace(self, states=tuple(states[signal] for signal in Signal if signal in states))

    @property
    def alarms(self) -> tuple[SignalState, ...]:
        return tuple(state for state in self.states if state.alarm_since is not None)

    @property
    def alarm_since(self) -> datetime | None:
        """Of the oldest alarm that holds."""
        times = [state.alarm_since for state in self.states if state.alarm_since is not None]
        return min(times, default=None)

    def learning(self, needed: int) -> bool:
        """Whether the reference is not complete yet: quality, light and colour cannot be judged before."""
        return self.state(Signal.REJECTED).reference.total < needed

    def anew(self, at: datetime) -> "Monitor":
        """What comes next is the new reference."""
        states = tuple(SignalState.new(signal) for signal in Signal)
        return replace(self, reference_since=at, pinned=True, states=states)

    def of_model(self, model: str) -> "Monitor":
        """Signals of the model begin anew with another one."""
        if model == self.model:
            return self
        return replace(self, model=model, states=self._without(OF_THE_MODEL) if self.model else self.states)

    def of_calibration(self, calibration: str) -> "Monitor":
        """Signals that are error rates begin anew with another calibration."""
        if calibration == self.calibration:
            return self
        states = self._without(OF_THE_CALIBRATION) if self.calibration else self.states
        return replace(self, calibration=calibration, states=states)

    def _without(self, signals: frozenset[Signal]) -> tuple[SignalState, ...]:
        return tuple(SignalState.new(one.signal) if one.signal in signals else one for one in self.states)

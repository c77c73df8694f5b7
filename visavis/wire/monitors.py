"""Monitors of drift, and whose references should be taken anew."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.drift import SCALES, Monitor, Signal, SignalState
from visavis.domain.drift_words import advice, figure, sentence
from visavis.wire.model import Document, Identifier, Model, Number


class Watch(StrEnum):
    """How it stands."""

    LEARNING = "learning"  #: what is usual is not known yet
    NORMAL = "normal"
    ALARM = "alarm"


class SignalNote(Model):
    """One signal: what was usual, and what the last full window of captures was like."""

    signal: Signal
    state: Watch
    alarm_since: datetime | None
    text: str = Field(description="What the last window said, in words; empty before there was one.")
    advice: str = Field(description="What to do about an alarm.")
    figure: str = Field(description="What the two means are.")
    reference_values: int = Field(description="How many made the reference so far.")
    window_values: int = Field(description="How many are in the window that is being filled.")
    judged_at: datetime | None
    reference_mean: Number | None
    mean: Number | None
    psi: Number | None = Field(
        description="Population stability index beyond chance; 0.1 moderate, 0.25 large."
    )
    distance: Number | None = Field(description="Kolmogorov-Smirnov statistic, 0 to 1.")
    p_value: Number | None = Field(description="Chance of such a difference without drift.")

    @classmethod
    def of(cls, state: SignalState, source: str, needed: int) -> Self:
        finding = state.finding
        return cls(
            signal=state.signal,
            state=_watch(state, needed),
            alarm_since=state.alarm_since,
            text=sentence(state, source),
            advice=advice(state.signal),
            figure=figure(state.signal),
            reference_values=state.reference.total,
            window_values=state.window.total,
            judged_at=finding.at if finding else None,
            reference_mean=finding.reference_mean if finding else None,
            mean=finding.mean if finding else None,
            psi=finding.psi if finding else None,
            distance=finding.distance if finding else None,
            p_value=finding.p_value if finding else None,
        )


class MonitorEntry(Model):
    """What one source sends to one gallery, watched for drift."""

    id: Identifier
    gallery: str
    source: str = Field(description="Camera, gate or application; empty for captures without one.")
    state: Watch
    alarm_since: datetime | None
    captures: int
    reference_since: datetime
    pinned: bool = Field(description="Whether a person declared the reference to be what is normal.")
    last_at: datetime
    signals: tuple[SignalNote, ...]

    @classmethod
    def of(cls, monitor: Monitor, needed: int) -> Self:
        """`needed` captures make a reference."""
        notes = tuple(SignalNote.of(state, monitor.source, needed) for state in monitor.states)
        quiet = Watch.LEARNING if monitor.learning(needed) else Watch.NORMAL
        return cls(
            id=str(monitor.id),
            gallery=monitor.gallery,
            source=monitor.source,
            state=Watch.ALARM if monitor.alarms else quiet,
            alarm_since=monitor.alarm_since,
            captures=monitor.captures,
            reference_since=monitor.reference_since,
            pinned=monitor.pinned,
            last_at=monitor.last_at,
            signals=notes,
        )


class HistogramNote(Model):
    """How often values fell between two neighbouring edges; those beyond the ends are in the first and last bin."""

    signal: Signal
    edges: tuple[Number, ...]
    reference: tuple[int, ...]
    window: tuple[int, ...] | None = Field(description="The last full window; null before there was one.")

    @classmethod
    def of(cls, state: SignalState) -> Self:
        return cls(
            signal=state.signal,
            edges=SCALES[state.signal].edges,
            reference=state.reference.counts,
            window=state.last_window.counts if state.last_window else None,
        )


def histograms(monitor: Monitor) -> tuple[HistogramNote, ...]:
    return tuple(HistogramNote.of(state) for state in monitor.states)


class DriftDocument(Document):
    """Monitors by gallery and source: a page of them."""

    title: ClassVar[str] = "drift list, drift run"
    kind: Literal["visavis.drift/1"] = Field(default="visavis.drift/1", alias="schema")
    monitors: tuple[MonitorEntry, ...]
    next_after: str | None = Field(default=None, description="Pass it to --after for the next page.")

    @classmethod
    def of(cls, monitors: Sequence[Monitor], needed: int, *, next_after: str | None = None) -> Self:
        return cls(monitors=tuple(MonitorEntry.of(one, needed) for one in monitors), next_after=next_after)


class MonitorDocument(Document):
    """One monitor with its histograms."""

    title: ClassVar[str] = "drift show, drift accept"
    kind: Literal["visavis.monitor/1"] = Field(default="visavis.monitor/1", alias="schema")
    monitor: MonitorEntry
    histograms: tuple[HistogramNote, ...]

    @classmethod
    def of(cls, monitor: Monitor, needed: int) -> Self:
        return cls(monitor=MonitorEntry.of(monitor, needed), histograms=histograms(monitor))


def _watch(state: SignalState, needed: int) -> Watch:
    if state.alarm_since is not None:
        return Watch.ALARM
    learning = state.signal is not Signal.CALIBRATION and state.reference.total < needed
    return Watch.LEARNING if learning else Watch.NORMAL

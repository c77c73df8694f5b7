"""What an event of the detection log says about each signal of drift."""

from visavis.domain.decision import Outcome
from visavis.domain.drift import BODY, Signal
from visavis.domain.event import Event, EventKind

_OBSERVED = (
    (Signal.DETECTION, "detection"),
    (Signal.SHARPNESS, "sharpness"),
    (Signal.BRIGHTNESS, "brightness"),
    (Signal.DYNAMIC_RANGE, "dynamic_range"),
    (Signal.RED_GREEN, "red_green"),
    (Signal.BLUE_GREEN, "blue_green"),
    (Signal.EYE_DISTANCE, "inter_eye_px"),
)

CAPTURES = frozenset({EventKind.IDENTIFIED, EventKind.VERIFIED, EventKind.REJECTED})
"""Events about a face."""


def signals_of(event: Event) -> dict[Signal, float]:
    """The signals that this capture has a value of; empty for an event that is about no face.

    A match that a person has called wrong is no mated comparison, and a search that should have matched none of a
    stranger. A comparison with a claim that fails says little: strangers hardly ever claim to be somebody.
    """
    if event.kind not in CAPTURES:
        return {}
    values = {Signal.REJECTED: float(event.kind is EventKind.REJECTED)}
    if event.quality is not None and event.outcome is not None:
        values[Signal.QUALITY] = event.quality
    if event.observed is not None:
        for signal, name in _OBSERVED:
            value = getattr(event.observed, name)
            if value is not None:
                values[signal] = value
    return values | _scores(event)


def _scores(event: Event) -> dict[Signal, float]:
    matched = event.outcome is Outcome.MATCH
    disputed = event.verdict is not None and (event.verdict is Outcome.MATCH) != matched
    if disputed or event.score is None:
        return {}
    if matched:
        return {Signal.MATED_SCORE: event.score}
    if event.kind is not EventKind.IDENTIFIED or event.fpir is None:
        return {}
    place = 1.0 - event.fpir
    body = {Signal.CALIBRATION: place} if place <= BODY else {}
    return {Signal.NON_MATED_SCORE: place} | body

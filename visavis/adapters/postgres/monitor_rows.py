"""States of monitors as JSON."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import TypeAlias

from psycopg.types.json import Json

from visavis.domain.drift import Finding, Signal, SignalState, Sketch
from visavis.domain.errors import SchemaMismatch, ValueInvalid

Value: TypeAlias = bool | int | float | str | list[int] | None
Entry: TypeAlias = dict[str, "Value | dict[str, Value]"]

_FINDING = [field.name for field in fields(Finding)]


def states_to_json(states: Sequence[SignalState]) -> Json:
    return Json([_entry(state) for state in states], dumps=lambda value: json.dumps(value, allow_nan=False))


def states_from_json(entries: Sequence[Entry]) -> tuple[SignalState, ...]:
    """Those of signals that this version knows; a histogram with other bins begins anew. Raises `SchemaMismatch`."""
    known = set(Signal)
    try:
        return tuple(_state(entry) for entry in entries if entry["signal"] in known)
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaMismatch("The state of a monitor cannot be read by this version.") from error


def _entry(state: SignalState) -> Entry:
    finding = state.finding
    return {
        "signal": state.signal.value,
        "reference": list(state.reference.counts),
        "window": list(state.window.counts),
        "last_window": list(state.last_window.counts) if state.last_window else None,
        "finding": {name: _plain(getattr(finding, name)) for name in _FINDING} if finding else None,
        "drifted": state.drifted,
        "calm": state.calm,
        "alarm_since": _plain(state.alarm_since),
        "block": list(state.block.counts) if state.block else None,
        "usual": state.usual,
    }


def _state(entry: Entry) -> SignalState:
    signal = Signal(_text(entry["signal"]))
    finding, alarm = entry["finding"], entry["alarm_since"]
    try:
        return SignalState(
            signal=signal,
            reference=_sketch(entry["reference"]),
            window=_sketch(entry["window"]),
            last_window=_sketch(entry["last_window"]) if entry["last_window"] else None,
            finding=_finding(finding) if isinstance(finding, dict) else None,
            drifted=_number(entry["drifted"]),
            calm=_number(entry["calm"]),
            alarm_since=datetime.fromisoformat(_text(alarm)) if alarm else None,
            block=_sketch(entry["block"]) if entry["block"] else None,
            usual=_real(entry["usual"]),
        )
    except ValueInvalid:
        return SignalState.new(signal)


def _finding(entry: "dict[str, Value]") -> Finding:
    numbers = {name: entry[name] for name in _FINDING if name not in ("at", "values", "drifted")}
    return Finding(
        at=datetime.fromisoformat(_text(entry["at"])),
        values=_number(entry["values"]),
        drifted=bool(entry["drifted"]),
        **{name: float(value) for name, value in numbers.items() if isinstance(value, int | float)},
    )


def _sketch(counts: object) -> Sketch:
    if not isinstance(counts, list):
        raise TypeError("A histogram is a list.")
    return Sketch(counts=tuple(int(count) for count in counts))


def _plain(value: object) -> Value:
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError("This is not a plain value.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("This is not a text.")
    return value


def _real(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError("This is not a number.")
    return float(value)


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("This is not a whole number.")
    return value

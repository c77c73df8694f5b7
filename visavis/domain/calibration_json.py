"""Calibrations as JSON: in files, in the store, and on the wire.

    {"schema": 2, "model": "arcface/<sha256>/<contract>/512", "measure": "cosine",
     "data": "what it was measured on", "subjects": 1680, "mated": 242257, "non_mated": 2000000,
     "points": [{"score": 0.2, "fmr": 0.5, "fnmr": 0.0, "fmr_low": …, "fmr_high": …, "fnmr_low": …, "fnmr_high": …}, …],
     "search": {…} or null, "evidence": {…} or null}

`model` is the `key` of the model identity; the points rise in score and fall in false-match rate; intervals may be left
out, of all points together. Schema 1 had points of three numbers in a list, and nothing after them; it is read, too.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from visavis.domain.decision import Calibration, CalibrationPoint, Interval, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import CrossCheck, Evidence, MadeFrom, SearchCheck
from visavis.domain.gallery_size import SearchScaling
from visavis.domain.template import ModelIdentity

SCHEMA: Final = 2
MOST_POINTS: Final = 500  #: twelve a decade are made; more are not worth their place
_HEAD: Final = ("schema", "model", "measure", "data", "subjects", "mated", "non_mated", "points")
_POINT: Final = ("score", "fmr", "fnmr")
_INTERVALS: Final = ("fmr_low", "fmr_high", "fnmr_low", "fnmr_high")
_SCALING: Final = ("exponent", "rise", "dispersion", "growth", "lowest", "largest")
_CHECK: Final = ("target", "realised", "lowest", "highest", "extrapolated", "within")
_SEARCH: Final = ("references", "subjects", "target", "realised", "independent")
_EVIDENCE: Final = ("made_at", "software", "digest", "source", "checks", "searches")

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | float | int | bool | None"
Choice = TypeVar("Choice", bound=Enum)


def calibration_to_json(calibration: Calibration) -> str:
    """Text that `calibration_from_json` reads as an equal calibration; one line for each point."""
    head: dict[str, Json] = {
        "schema": SCHEMA,
        "model": calibration.model.key,
        "measure": calibration.measure.value,
        "data": calibration.data,
        "subjects": calibration.subjects,
        "mated": calibration.mated,
        "non_mated": calibration.non_mated,
    }
    tail: dict[str, Json] = {
        "search": _scaling_json(calibration.search),
        "evidence": _evidence_json(calibration.evidence),
    }
    before = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    after = json.dumps(tail, indent=1, ensure_ascii=False).removeprefix("{\n")
    rows = ",\n  ".join(json.dumps(_point_json(point)) for point in calibration.points)
    return f'{before},\n "points": [\n  {rows}\n ],\n{after}\n'


def calibration_from_json(text: str) -> Calibration:
    """Raises `ValueInvalid` naming the field that is wrong."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ValueInvalid("A calibration is a JSON object.") from error
    fields = _Fields.of(values, "calibration")
    schema = fields.integer("schema")
    if schema not in {1, SCHEMA}:
        raise ValueInvalid(f"schema must be 1 or {SCHEMA}.")
    fields.only(*_HEAD, *(() if schema == 1 else ("search", "evidence")))
    rows = fields.rows("points", MOST_POINTS)
    return Calibration(
        model=ModelIdentity.parse(fields.text("model")),
        measure=fields.choice("measure", Measure),
        data=fields.text("data"),
        subjects=fields.integer("subjects"),
        mated=fields.integer("mated"),
        non_mated=fields.integer("non_mated"),
        points=tuple(_point(row, f"points[{place}]") for place, row in enumerate(rows)),
        search=_scaling(fields.values.get("search")),
        evidence=_evidence(fields.values.get("evidence")),
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """An object whose fields are asked for with their types."""

    values: Mapping[str, Json]
    name: str

    @classmethod
    def of(cls, value: Json, name: str) -> "_Fields":
        if not isinstance(value, Mapping):
            raise ValueInvalid(f"{name} must be an object.")
        return cls(value, name)

    def only(self, *names: str) -> None:
        unknown = sorted(set(self.values) - set(names))
        if unknown:
            raise ValueInvalid(f"{unknown[0]} is no known field of {self.name}.")

    def _at(self, name: str) -> str:
        return f"{self.name}.{name}" if self.name != "calibration" else name

    def _value(self, name: str) -> Json:
        value = self.values.get(name)
        if value is None:
            raise ValueInvalid(f"{self._at(name)} is missing.")
        return value

    def number(self, name: str) -> float:
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueInvalid(f"{self._at(name)} must be a number.")
        return float(value)

    def integer(self, name: str) -> int:
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueInvalid(f"{self._at(name)} must be a whole number.")
        return value

    def text(self, name: str, most: int = 300) -> str:
        value = self._value(name)
        if not isinstance(value, str) or len(value) > most:
            raise ValueInvalid(f"{self._at(name)} must be a text of at most {most} characters.")
        return value

    def truth(self, name: str) -> bool:
        value = self._value(name)
        if not isinstance(value, bool):
            raise ValueInvalid(f"{self._at(name)} must be true or false.")
        return value

    def choice(self, name: str, kind: type[Choice]) -> Choice:
        value = self.text(name)
        for one in kind:
            if one.value == value:
                return one
        known = ", ".join(str(one.value) for one in kind)
        raise ValueInvalid(f"{self._at(name)} must be one of {known}, not {value}.")

    def rows(self, name: str, most: int) -> "list[Json]":
        value = self._value(name)
        if not isinstance(value, list) or len(value) > most:
            raise ValueInvalid(f"{self._at(name)} must be a list of at most {most}.")
        return value


def _point(row: Json, name: str) -> CalibrationPoint:
    if isinstance(row, list):
        if len(row) != len(_POINT):
            raise ValueInvalid(f"{name} must be a list of score, false-match and false-non-match rate.")
        row = dict(zip(_POINT, row, strict=True))
    fields = _Fields.of(row, name)
    fields.only(*_POINT, *_INTERVALS)
    return CalibrationPoint(
        score=fields.number("score"),
        fmr=fields.number("fmr"),
        fnmr=fields.number("fnmr"),
        fmr_interval=_interval(fields, "fmr_low", "fmr_high"),
        fnmr_interval=_interval(fields, "fnmr_low", "fnmr_high"),
    )


def _interval(fields: _Fields, low: str, high: str) -> Interval | None:
    if fields.values.get(low) is None and fields.values.get(high) is None:
        return None
    return fields.number(low), fields.number(high)


def _scaling(value: Json) -> SearchScaling | None:
    if value is None:
        return None
    fields = _Fields.of(value, "search")
    fields.only(*_SCALING)
    return SearchScaling(
        exponent=fields.number("exponent"),
        rise=fields.number("rise"),
        dispersion=fields.number("dispersion"),
        growth=fields.number("growth"),
        lowest=fields.number("lowest"),
        largest=fields.integer("largest"),
    )


def _evidence(value: Json) -> Evidence | None:
    if value is None:
        return None
    fields = _Fields.of(value, "evidence")
    fields.only(*_EVIDENCE)
    try:
        made_at = datetime.fromisoformat(fields.text("made_at"))
    except ValueError as error:
        raise ValueInvalid("evidence.made_at must be a time.") from error
    return Evidence(
        made_at=made_at,
        software=fields.text("software"),
        digest=fields.text("digest"),
        source=fields.choice("source", MadeFrom),
        checks=tuple(_check(row) for row in fields.rows("checks", MOST_POINTS)),
        searches=tuple(_search(row) for row in fields.rows("searches", MOST_POINTS)),
    )


def _check(row: Json) -> CrossCheck:
    fields = _Fields.of(row, "checks")
    fields.only(*_CHECK)
    return CrossCheck(
        target=fields.number("target"),
        realised=fields.number("realised"),
        lowest=fields.number("lowest"),
        highest=fields.number("highest"),
        extrapolated=fields.truth("extrapolated"),
        within=None if fields.values.get("within") is None else fields.number("within"),
    )


def _search(row: Json) -> SearchCheck:
    fields = _Fields.of(row, "searches")
    fields.only(*_SEARCH)
    return SearchCheck(
        references=fields.integer("references"),
        subjects=fields.integer("subjects"),
        target=fields.number("target"),
        realised=fields.number("realised"),
        independent=fields.number("independent"),
    )


def _point_json(point: CalibrationPoint) -> dict[str, float]:
    row = {"score": point.score, "fmr": point.fmr, "fnmr": point.fnmr}
    if point.fmr_interval is not None:
        row |= {"fmr_low": point.fmr_interval[0], "fmr_high": point.fmr_interval[1]}
    if point.fnmr_interval is not None:
        row |= {"fnmr_low": point.fnmr_interval[0], "fnmr_high": point.fnmr_interval[1]}
    return row


def _scaling_json(scaling: SearchScaling | None) -> Json:
    return None if scaling is None else {name: getattr(scaling, name) for name in _SCALING}


def _evidence_json(evidence: Evidence | None) -> Json:
    if evidence is None:
        return None
    return {
        "made_at": evidence.made_at.isoformat(),
        "software": evidence.software,
        "digest": evidence.digest,
        "source": evidence.source.value,
        "checks": [{name: getattr(one, name) for name in _CHECK} for one in evidence.checks],
        "searches": [{name: getattr(one, name) for name in _SEARCH} for one in evidence.searches],
    }

"""Calibrations in files.

A calibration file is JSON:

    {"schema": 1, "model": "arcface/<sha256>/<contract>/512", "measure": "cosine",
     "data": "what it was measured on", "subjects": 1680, "mated": 242257, "non_mated": 2000000,
     "points": [[score, false-match rate, false-non-match rate], ...]}

`model` is the `key` of the model identity; the points rise in score and fall in false-match rate.
"""

import json
from pathlib import Path
from typing import Final

from visavis.adapters.onnx.cache import write_atomically
from visavis.adapters.onnx.toml_fields import Table
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.template import ModelIdentity

SCHEMA: Final = 1
FIELDS: Final = ("schema", "model", "measure", "data", "subjects", "mated", "non_mated", "points")


def read_calibration(path: Path) -> Calibration:
    """Raises `FileUnreadable` if there is no such JSON file, `ValueInvalid` if a field is wrong."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"The calibration {path} cannot be read.") from error
    if not isinstance(values, dict):
        raise FileUnreadable(f"The calibration {path} is no JSON object.")
    try:
        return _calibration(Table(values=values))
    except ValueInvalid as error:
        raise ValueInvalid(f"In the calibration {path}: {error.message}") from error


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Writes a calibration so that `read_calibration` gives an equal one."""
    values = {
        "schema": SCHEMA,
        "model": calibration.model.key,
        "measure": calibration.measure.value,
        "data": calibration.data,
        "subjects": calibration.subjects,
        "mated": calibration.mated,
        "non_mated": calibration.non_mated,
    }
    head = json.dumps(values, indent=1, ensure_ascii=False).removesuffix("\n}")
    rows = ",\n  ".join(json.dumps([point.score, point.fmr, point.fnmr]) for point in calibration.points)
    write_atomically(path, f'{head},\n "points": [\n  {rows}\n ]\n}}\n'.encode())


def _calibration(table: Table) -> Calibration:
    table.only(*FIELDS)
    if table.integer("schema") != SCHEMA:
        raise ValueInvalid(f"schema must be {SCHEMA}.")
    return Calibration(
        model=ModelIdentity.parse(table.text("model")),
        measure=table.one_of("measure", Measure),
        data=table.text("data"),
        subjects=table.integer("subjects"),
        mated=table.integer("mated"),
        non_mated=table.integer("non_mated"),
        points=_points(table.values.get("points")),
    )


def _points(rows: object) -> tuple[CalibrationPoint, ...]:
    if not isinstance(rows, list):
        raise ValueInvalid("points must be a list.")
    points = []
    for index, row in enumerate(rows):
        if not (isinstance(row, list) and len(row) == 3 and all(type(cell) in {int, float} for cell in row)):
            raise ValueInvalid(
                f"points[{index}] must be a list of score, false-match and false-non-match rate."
            )
        score, fmr, fnmr = (float(cell) for cell in row)
        points.append(CalibrationPoint(score=score, fmr=fmr, fnmr=fnmr))
    return tuple(points)

"""Calibrations survive the way into a file and back, and wrong files are refused by field."""

import json
from pathlib import Path

import pytest

from visavis.adapters.onnx.calibrations import read_calibration, write_calibration
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.template import ModelIdentity

MODEL = ModelIdentity(family="arcface", digest="a" * 64, contract="112px-bgr-127.5-128", dimension=512)
CALIBRATION = Calibration(
    model=MODEL,
    measure=Measure.COSINE,
    data="a set of faces – held out",
    subjects=10,
    mated=100,
    non_mated=1000,
    points=tuple(
        CalibrationPoint(score=s, fmr=f, fnmr=n)
        for s, f, n in [(0.1, 0.1, 0.0), (1 / 3, 1e-3, 0.1), (0.5, 1e-6, 0.2)]
    ),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "calibration" / "standard-cosine.json"
    write_calibration(path, CALIBRATION)
    assert read_calibration(path) == CALIBRATION
    assert [child.name for child in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("schema", 3, "schema must be 1 or 2"),
        ("measure", "manhattan", "measure must be one of cosine, euclidean, not manhattan"),
        ("subjects", "many", "subjects must be a whole number"),
        ("points", [[0.1, 0.2, 0.3], [0.5, 0.1]], r"points\[1\] must be a list"),
        ("points", [[0.1, 0.2, 0.3]], "needs two points"),
        ("points", "none", "points must be a list"),
        ("model", "arcface", "not a model identity"),
        ("data", None, "data is missing"),
        ("threshold", 0.5, "threshold is no known field"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_calibration(path, CALIBRATION)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(ValueInvalid, match=message) as caught:
        read_calibration(path)
    assert str(path) in caught.value.message


@pytest.mark.parametrize("content", ["", "[1, 2]", "{"])
def test_other_files_are_unreadable(content: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    with pytest.raises(FileUnreadable):
        read_calibration(path)
    path.write_text(content)
    with pytest.raises(FileUnreadable):
        read_calibration(path)

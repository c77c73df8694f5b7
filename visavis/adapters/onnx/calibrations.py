"""Calibrations in files; what is in them says `visavis.domain.calibration_json`."""

import json
from pathlib import Path

from visavis.adapters.onnx.cache import write_atomically
from visavis.domain.calibration_json import calibration_from_json, calibration_to_json
from visavis.domain.decision import Calibration
from visavis.domain.errors import FileUnreadable, ValueInvalid


def read_calibration(path: Path) -> Calibration:
    """Raises `FileUnreadable` if there is no such file, `ValueInvalid` if it is no calibration."""
    try:
        text = path.read_text(encoding="utf-8")
        whole = isinstance(json.loads(text), dict)
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"The calibration {path} cannot be read.") from error
    if not whole:
        raise FileUnreadable(f"The calibration {path} is no JSON object.")
    try:
        return calibration_from_json(text)
    except ValueInvalid as error:
        raise ValueInvalid(f"In the calibration {path}: {error.message}") from error


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Writes a calibration so that `read_calibration` gives an equal one."""
    write_atomically(path, calibration_to_json(calibration).encode())

"""Calibrations that the user made, kept in the model directory beside the models they belong to."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from visavis.adapters.onnx.calibrations import read_calibration
from visavis.domain.decision import Measure
from visavis.domain.pack import Pack


def with_user_calibrations(pack: Pack, directory: Path) -> Pack:
    """The pack with the user's own calibrations in place of shipped ones. Raises `FileUnreadable`."""
    own = {}
    for measure in Measure:
        path = user_file(directory, pack, measure)
        if path.is_file():
            own[measure] = read_calibration(path)
    if not own:
        return pack
    shipped = {calibration.measure: calibration for calibration in pack.calibrations}
    return replace(pack, calibrations=tuple((shipped | own).values()))


def user_file(directory: Path, pack: Pack, measure: Measure) -> Path:
    """Where the user's calibration of this pack and measure is kept, if there is one."""
    name = sha256(pack.embedder.model.key.encode()).hexdigest()[:16]
    return directory / "calibrations" / f"{name}-{measure}.json"

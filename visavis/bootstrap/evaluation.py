"""Composes evaluation: photos from a folder or a table, and the pack that is asked about."""

import csv
from dataclasses import dataclass
from pathlib import Path

from visavis.adapters.onnx.calibrations import write_calibration
from visavis.adapters.system.clock import SystemClock
from visavis.application.calibrate import CalibrateFolder
from visavis.application.evaluate import EvaluateFolder, EvaluatePairs, LabelledPair
from visavis.application.extract import Extract
from visavis.bootstrap.calibrations import user_file
from visavis.bootstrap.governance import software
from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.bootstrap.truths import FALSE, TRUE
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import CalibrationMissing, FileUnreadable
from visavis.domain.evidence import require_data_name
from visavis.domain.pack import Pack

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif"})


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Evaluation and calibration of one pack."""

    models: Models
    pack: Pack

    def pairs(self, measure: Measure) -> EvaluatePairs:
        return EvaluatePairs(
            extract=self._extract(), measure=measure, calibration=_calibration(self.pack, measure)
        )

    def folder(self, measure: Measure) -> EvaluateFolder:
        return EvaluateFolder(
            extract=self._extract(), measure=measure, calibration=_calibration(self.pack, measure)
        )

    def calibrate(self, measure: Measure) -> CalibrateFolder:
        return CalibrateFolder(
            extract=self._extract(), measure=measure, clock=SystemClock(), software=software()
        )

    def keep(self, calibration: Calibration) -> Path:
        """Stores a calibration of the user; from now on the pack decides by it. The file it is in."""
        path = user_file(self.models.directory, self.pack, calibration.measure)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_calibration(path, calibration)
        return path

    def _extract(self) -> Extract:
        return Extract(
            inference=self.models.inference(self.pack),
            read=lambda photo: read_file(Path(photo)),
            size=self.models.decoder().size,
            workers=self.models.settings.workers,
        )


def read_pairs(table: Path, root: Path) -> list[LabelledPair]:
    """Rows of a CSV with the columns reference, probe, mated and optionally fold; paths relative to `root`.

    Raises `FileUnreadable` naming the row.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = {"reference", "probe", "mated"} - set(reader.fieldnames or ())
            if missing:
                raise FileUnreadable(f"{table} has no column {', '.join(sorted(missing))}.")
            return [_pair(row, root, f"{table}, row {number}") for number, row in enumerate(reader, 2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(f"{table} cannot be read as a CSV file.") from error


def labelled_photos(folder: Path) -> list[tuple[str, str]]:
    """(subject, path) of every image in a folder with one folder per subject. Raises `FileUnreadable`."""
    if not folder.is_dir():
        raise FileUnreadable(f"{folder} is not a folder.")
    photos = [
        (path.parent.name, str(path))
        for path in sorted(folder.glob("*/*"))
        if path.suffix.lower() in _SUFFIXES
    ]
    if not photos:
        raise FileUnreadable(
            f"{folder} holds no photos.",
            hint="Make one folder per subject, with this subject's photos in it.",
        )
    return photos


def _pair(row: dict[str, str | None], root: Path, where: str) -> LabelledPair:
    mated = (row["mated"] or "").strip().lower()
    reference, probe = (row["reference"] or "").strip(), (row["probe"] or "").strip()
    fold = (row.get("fold") or "").strip()
    if mated not in TRUE | FALSE:
        raise FileUnreadable(f"{where}: mated is 1 or 0, not '{mated}'.")
    if not (reference and probe):
        raise FileUnreadable(f"{where}: reference and probe name two photos.")
    try:
        number = int(fold) if fold else -1
    except ValueError as error:
        raise FileUnreadable(f"{where}: fold is a number.") from error
    return LabelledPair(
        reference=str(root / reference), probe=str(root / probe), mated=mated in TRUE, fold=number
    )


def _calibration(pack: Pack, measure: Measure) -> Calibration | None:
    try:
        return pack.calibration(measure)
    except CalibrationMissing:
        return None


def checked_data_name(name: str) -> str:
    """What a calibration calls its data; raises `ValueInvalid` if that is nothing or no line of 300 characters."""
    require_data_name(name.strip())
    return name.strip()

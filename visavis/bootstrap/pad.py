"""Reads the scores of an attack detector from a table."""

import csv
import math
from pathlib import Path

import numpy as np

from visavis.domain.errors import FileUnreadable
from visavis.evaluation.pad import BONA_FIDE, PresentationSet

_COLUMNS = frozenset({"label", "score", "subject"})


def read_presentations(table: Path) -> PresentationSet:
    """Rows of a CSV with the columns label, score and optionally subject; other columns are ignored.

    Raises `FileUnreadable` naming the row, `ValueInvalid` without scored presentations of both kinds.
    """
    labels: list[str] = []
    scores: list[float] = []
    subjects: list[str] = []
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="")
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            _require_columns(names, table)
            reader.fieldnames = names
            for row in reader:
                where = f"{table}, row {reader.line_num}"
                if row.get(""):
                    raise FileUnreadable(f"{where}: there are more cells than columns.")
                labels.append(_label(row["label"], where))
                scores.append(_score(row["score"], where))
                if "subject" in names:
                    subjects.append(_subject(row["subject"], where))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(f"{table} cannot be read as a CSV file.") from error
    return PresentationSet(
        labels=tuple(labels), scores=np.array(scores, np.float64), subjects=tuple(subjects)
    )


def _require_columns(names: list[str], table: Path) -> None:
    if missing := {"label", "score"} - set(names):
        raise FileUnreadable(
            f"{table} has no column {', '.join(sorted(missing))}.",
            hint="The first line names the columns: label,score or label,score,subject.",
        )
    if doubled := sorted(name for name in _COLUMNS if names.count(name) > 1):
        raise FileUnreadable(f"{table} has the column {doubled[0]} twice.")


def _label(cell: str | None, where: str) -> str:
    label = (cell or "").strip()
    if not label:
        raise FileUnreadable(f"{where}: label is {BONA_FIDE} or the name of an attack instrument.")
    return (
        BONA_FIDE if label.lower().replace("-", "_").replace(" ", "_") in {BONA_FIDE, "bonafide"} else label
    )


def _score(cell: str | None, where: str) -> float:
    written = (cell or "").strip()
    if not written:
        return math.nan
    try:
        score = float(written)
    except ValueError as error:
        raise FileUnreadable(
            f"{where}: score is a number, or empty for no response, not '{written}'."
        ) from error
    if not math.isfinite(score):
        raise FileUnreadable(f"{where}: score is a finite number, or empty for no response, not '{written}'.")
    return score


def _subject(cell: str | None, where: str) -> str:
    subject = (cell or "").strip()
    if not subject:
        raise FileUnreadable(f"{where}: subject names who was presented, in every row or in none.")
    return subject

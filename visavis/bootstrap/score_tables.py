"""Scores of any system, from a table."""

import csv
from array import array
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import numpy as np

from visavis.application.evaluate_scores import ScoreTable
from visavis.application.ports.progress import Progress
from visavis.bootstrap.truths import FALSE, TRUE
from visavis.domain.errors import FileUnreadable
from visavis.evaluation.comparisons import FAILED, ComparisonSet

_SUBJECTS = ("first", "second")
_LARGEST = 1e38  #: scores are kept as float32
_STRIDE = 100_000  #: rows between two signs of life


def read_scores(table: Path, progress: Progress | None = None) -> ScoreTable:
    """Rows of a CSV with the columns score, mated and optionally first and second, the subjects of both sides.

    An empty score is a comparison that could not be made: a mated one counts as an error, others are left out.
    Takes 13 bytes a row while reading. `progress` counts bytes of the file. Raises `FileUnreadable` naming the row.
    """
    try:
        size = table.stat().st_size
        with table.open("rb") as raw:
            rows = csv.reader(TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
            columns = _Columns(str(table), next(rows, []))
            for number, row in enumerate(rows, 2):
                columns.add(number, row)
                if progress and number % _STRIDE == 0:
                    progress(raw.tell(), size)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(f"{table} cannot be read as a CSV file.") from error
    return columns.table()


class _Columns:
    """Grows by rows; numbers of subjects are given in order of first appearance."""

    def __init__(self, name: str, header: list[str]) -> None:
        place = {column.strip().lower(): number for number, column in enumerate(header)}
        missing = {"score", "mated"} - place.keys()
        if missing:
            raise FileUnreadable(f"{name} has no column {', '.join(sorted(missing))}.")
        if len(place.keys() & set(_SUBJECTS)) == 1:
            raise FileUnreadable(
                f"{name} names the subjects of one side only.", hint="first and second, or neither."
            )
        self._name, self._width = name, len(header)
        self._score, self._mated = place["score"], place["mated"]
        self._sides = tuple(place[side] for side in _SUBJECTS if side in place)
        self._scores, self._truths = array("f"), array("b")
        self._numbers: tuple[array[int], array[int]] = (array("i"), array("i"))
        self._known: dict[str, int] = {}

    def add(self, number: int, row: list[str]) -> None:
        if not row:
            return
        if len(row) < self._width:
            raise FileUnreadable(f"{self._name}, row {number}: a column is missing.")
        mated = self._truth(number, row[self._mated].strip().lower())
        score = self._value(number, row[self._score].strip())
        if score == FAILED and not mated:
            return
        self._scores.append(score)
        self._truths.append(mated)
        if self._sides:
            self._subjects(number, [row[side].strip() for side in self._sides], mated)

    def table(self) -> ScoreTable:
        scores = np.frombuffer(self._scores, np.float32) if self._scores else np.empty(0, np.float32)
        mated = (
            np.frombuffer(self._truths, np.int8).astype(np.bool_) if self._truths else np.empty(0, np.bool_)
        )
        first, second = self._sided()
        return ScoreTable(
            comparisons=ComparisonSet(scores=scores, mated=mated, first=first, second=second),
            independent=not self._sides,
        )

    def _sided(self) -> "Iterator[np.ndarray[tuple[int], np.dtype[np.int32]]]":
        for numbers in self._numbers:
            if self._sides:
                yield np.array(numbers, np.int32)
            else:
                yield np.zeros(len(self._scores), np.int32)

    def _truth(self, number: int, text: str) -> bool:
        if text not in TRUE | FALSE:
            raise FileUnreadable(f"{self._name}, row {number}: mated is 1 or 0, not '{text}'.")
        return text in TRUE

    def _value(self, number: int, text: str) -> float:
        try:
            score = float(text) if text else FAILED
        except ValueError:
            score = np.nan
        if text and not abs(score) < _LARGEST:
            raise FileUnreadable(f"{self._name}, row {number}: score is a number.")
        return score

    def _subjects(self, number: int, names: list[str], mated: bool) -> None:
        if not all(names) or (names[0] == names[1]) != mated:
            raise FileUnreadable(
                f"{self._name}, row {number}: a comparison is mated where first and second are one subject."
            )
        for numbers, name in zip(self._numbers, names, strict=True):
            numbers.append(self._known.setdefault(name, len(self._known)))

"""Cohorts from a table. They are told by people; nothing is inferred from a face."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from visavis.domain.errors import FileUnreadable
from visavis.evaluation.cohorts import Cohorts, subjects_in
from visavis.evaluation.comparisons import subject_numbers

MOST_COHORTS = 40  #: of one attribute; a column with more tells people apart, not cohorts
_KEYS = ("subject", "photo")


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortTable:
    """The attributes that a table tells about photos, and how many rows are about subjects without a photo."""

    attributes: tuple[Cohorts, ...]
    unused_rows: int
    first_unused: int | None


@dataclass(slots=True)
class _Told:
    """What each photo was told, by attribute, and in which row."""

    said: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)

    def tell(self, attribute: str, place: int, word: str, row: int, where: str) -> None:
        known = self.said.setdefault((attribute, place), (word, row))
        if known[0] != word:
            raise FileUnreadable(f"{where}: {attribute} is '{word}' here and '{known[0]}' in row {known[1]}.")


def read_cohorts(
    table: Path, photos: Sequence[tuple[str, str]], folder: Path, only: Sequence[str] = ()
) -> CohortTable:
    """Columns subject, optionally photo, and attributes; `only` names those that are wanted.

    A row without a photo is about all photos of its subject. Raises `FileUnreadable` naming the row.
    """
    by_subject, by_photo = _places(photos, folder)
    told, unused = _Told(), []
    wanted, rows = _rows(table, only)
    for number, row in rows:
        where = f"{table}, row {number}"
        subject, photo = row["subject"], row.get("photo", "")
        if not subject:
            raise FileUnreadable(f"{where}: there is no subject.")
        if subject not in by_subject:
            unused.append(number)
            continue
        for place in _about(by_subject[subject], by_photo, subject, photo, where):
            for attribute in wanted:
                if row[attribute]:
                    told.tell(attribute, place, row[attribute], number, where)
    attributes = tuple(_attribute(table, told, attribute, photos) for attribute in wanted)
    if not any(len(one) for one in attributes):
        raise FileUnreadable(
            f"{table} tells nothing about the photos in {folder}.",
            hint="The column subject holds the names of the folders, one folder for each subject.",
        )
    return CohortTable(
        attributes=attributes, unused_rows=len(unused), first_unused=unused[0] if unused else None
    )


def _places(
    photos: Sequence[tuple[str, str]], folder: Path
) -> tuple[dict[str, list[int]], dict[tuple[str, str], int]]:
    """Places of the photos by subject, and by subject and path relative to the folder or to the subject's own."""
    by_subject: dict[str, list[int]] = {}
    by_photo: dict[tuple[str, str], int] = {}
    for place, (subject, photo) in enumerate(photos):
        path = Path(photo)
        by_subject.setdefault(subject, []).append(place)
        by_photo[subject, path.name] = place
        by_photo[subject, path.relative_to(folder).as_posix()] = place
    return by_subject, by_photo


def _rows(table: Path, only: Sequence[str]) -> tuple[tuple[str, ...], list[tuple[int, dict[str, str]]]]:
    """The wanted attributes, and the numbered rows with clean cells."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = tuple((name or "").strip() for name in reader.fieldnames or ())
            reader.fieldnames = list(columns)
            wanted = _wanted(table, columns, only)
            return wanted, list(_clean(table, reader))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(f"{table} cannot be read as a CSV file.") from error


def _wanted(table: Path, columns: tuple[str, ...], only: Sequence[str]) -> tuple[str, ...]:
    if "subject" not in columns:
        raise FileUnreadable(
            f"{table} has no column subject.", hint="The first row names the columns, separated by commas."
        )
    if len(set(columns)) != len(columns):
        raise FileUnreadable(f"{table} has two columns of the same name.")
    missing = [name for name in only if name not in columns or name in _KEYS]
    if missing:
        raise FileUnreadable(f"{table} has no attribute {', '.join(missing)}.")
    attributes = tuple(name for name in columns if name and name not in _KEYS)
    if not attributes:
        raise FileUnreadable(
            f"{table} has no attribute.", hint="Add a column such as sex, age_group, site or camera."
        )
    return tuple(dict.fromkeys(only)) or attributes


def _clean(table: Path, reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, str]]]:
    for row in reader:
        cells = list(row.values())
        if None in row or any(cell is None for cell in cells):
            raise FileUnreadable(f"{table}, row {reader.line_num}: it has not as many cells as columns.")
        yield reader.line_num, {name: cell.strip() for name, cell in row.items()}


def _about(
    of_subject: list[int], by_photo: dict[tuple[str, str], int], subject: str, photo: str, where: str
) -> list[int]:
    if not photo:
        return of_subject
    place = by_photo.get((subject, photo))
    if place is None:
        raise FileUnreadable(f"{where}: there is no photo {photo} of {subject}.")
    return [place]


def _attribute(table: Path, told: _Told, attribute: str, photos: Sequence[tuple[str, str]]) -> Cohorts:
    words = [told.said.get((attribute, place), (None, 0))[0] for place in range(len(photos))]
    cohorts = Cohorts.of(attribute, words)
    if len(cohorts) > MOST_COHORTS:
        raise FileUnreadable(
            f"{table}: {attribute} has {len(cohorts)} different values; more than {MOST_COHORTS} are no cohorts.",
            hint="Put values into groups (age_group for age), or name the columns: --attribute sex",
        )
    numbers = subject_numbers([subject for subject, _ in photos])
    if len(cohorts) > 2 and subjects_in(cohorts, numbers, np.ones(len(photos), np.bool_)).max() < 2:
        raise FileUnreadable(
            f"{table}: no two subjects have the same {attribute}; that tells people apart, not cohorts."
        )
    if too_long := next((name for name in cohorts.names if len(name) > 60), None):
        raise FileUnreadable(f"{table}: {attribute} '{too_long[:30]}…' is too long for the name of a cohort.")
    return cohorts

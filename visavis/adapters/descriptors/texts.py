"""Descriptors in JSON and CSV."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Final, TypeGuard

import numpy as np

from visavis.adapters.descriptors.named import NamedFeatures
from visavis.domain.arrays import Features
from visavis.domain.errors import FileUnreadable

_HEADINGS: Final = frozenset({"name", "names", "subject", "label", "person", "id"})


def read_json(path: Path, content: bytes) -> list[NamedFeatures]:
    """{name: vector or vectors}, [[name, vector], …], [vector, …] or one vector. Raises `FileUnreadable`."""
    root = _json(path, content)
    if isinstance(root, dict):
        return [
            NamedFeatures(name=str(name), features=vector)
            for name, value in root.items()
            for vector in _vectors(value, f"{path}, {name}")
        ]
    if isinstance(root, list) and root and all(_is_pair(entry) for entry in root):
        return [NamedFeatures(name=name, features=_vector(value, f"{path}, {name}")) for name, value in root]
    return [NamedFeatures(name="", features=vector) for vector in _vectors(root, str(path))]


def read_csv(path: Path, content: bytes) -> list[NamedFeatures]:
    """A line per descriptor, the name first or not at all. Raises `FileUnreadable`."""
    found = []
    rows = [row for row in csv.reader(StringIO(_text(path, content), newline="")) if any(row)]
    for number, row in enumerate(rows, 1):
        named = not _is_number(row[0])
        cells = row[1:] if named else row
        if number == 1 and named and not all(_is_number(cell) for cell in cells):
            continue  # a heading
        try:
            features = np.array([float(cell) for cell in cells], np.float32)
        except ValueError as error:
            raise FileUnreadable(f"{path}, line {number}: {error}.") from error
        found.append(NamedFeatures(name=row[0].strip() if named else "", features=features))
    return found


def read_names(path: Path) -> list[str]:
    """Names of the rows of an array, from a JSON list or the first column of a CSV file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror}.") from error
    if path.suffix.lower() == ".json":
        root = _json(path, content)
        if not isinstance(root, list) or not all(isinstance(name, str) for name in root):
            raise FileUnreadable(f"{path} is not a list of names.")
        return [str(name) for name in root]
    rows = [row[0].strip() for row in csv.reader(StringIO(_text(path, content), newline="")) if any(row)]
    return rows[1:] if rows and rows[0].lower() in _HEADINGS else rows


def _is_pair(entry: object) -> TypeGuard[tuple[str, object]]:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _vectors(value: object, where: str) -> list[Features]:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [_vector(row, where) for row in value]
    return [_vector(value, where)]


def _vector(value: object, where: str) -> Features:
    if not isinstance(value, list) or not all(
        isinstance(number, int | float) and not isinstance(number, bool) for number in value
    ):
        raise FileUnreadable(f"{where} is not a list of numbers.")
    try:
        return np.array(value, np.float32)
    except OverflowError as error:
        raise FileUnreadable(f"{where} has a number that is too large.") from error


def _json(path: Path, content: bytes) -> object:
    try:
        root: object = json.loads(_text(path, content))
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(f"{path} is not JSON.") from error
    return root


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"{path} is not text in UTF-8.") from error

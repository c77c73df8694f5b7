"""Descriptors that other programs have stored: .npy, .npz, .json and .csv, never pickle.

    .npy    (128,) or (n, 128); names in a file beside it with the same stem, .json (a list) or .csv
    .npz    an array of such a shape per subject, named like the subject; or `names` and `descriptors`
    .json   {"name": [128 numbers]}, {"name": [[128 numbers], …]} or, without names, a list of these
    .csv    a line per descriptor: name, 128 numbers; or only the numbers; a heading is skipped

Unpickling runs whatever code a file contains, so files that need it are refused, whatever they are called.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.descriptors.arrays import read_npy, read_npz
from visavis.adapters.descriptors.named import NamedFeatures
from visavis.adapters.descriptors.texts import read_csv, read_json, read_names
from visavis.domain.errors import FileUnreadable, ValueInvalid

MAX_BYTES: Final = 512 * 2**20
_PICKLES: Final = frozenset({".pkl", ".pickle", ".p", ".dat", ".joblib", ".clf"})
_CONVERT: Final = (
    "Unpickling can run any code, so Visavis never does it. If you trust the file, convert it where it was made:\n"
    "  import json, pickle\n"
    '  names, encodings = pickle.load(open("{name}", "rb"))\n'
    '  json.dump([[n, list(map(float, e))] for n, e in zip(names, encodings)], open("descriptors.json", "w"))'
)


@dataclass(frozen=True, slots=True)
class DescriptorFiles:
    """Reads descriptors of one dimension; files above `max_bytes` are refused before they are read."""

    dimension: int = 128
    max_bytes: int = MAX_BYTES

    def read(self, path: Path) -> list[NamedFeatures]:
        """In the order of the file; the name is empty where there is none.

        Raises `FileUnreadable` for a file that cannot be read or has another format, `ValueInvalid` for
        numbers that are no descriptors.
        """
        suffix = path.suffix.lower()
        content = self._content(path)
        if suffix in _PICKLES or content[:1] == b"\x80":
            raise FileUnreadable(f"{path} is a pickle file.", hint=_CONVERT.format(name=path.name))
        reader = _READERS.get(suffix)
        if reader is None:
            raise FileUnreadable(
                f"{path} is not a descriptor file.", hint=f"Supported: {', '.join(_READERS)}"
            )
        found = _named(path, reader(path, content))
        if not found:
            raise FileUnreadable(f"{path} has no descriptors.")
        for number, one in enumerate(found, 1):
            self._require(one, f"{path}, descriptor {number}")
        return found

    def _content(self, path: Path) -> bytes:
        try:
            size = path.stat().st_size
            if size > self.max_bytes:
                limit = self.max_bytes / 2**20
                raise FileUnreadable(f"{path} has {size / 2**20:.0f} MiB; {limit:.0f} are allowed.")
            return path.read_bytes()
        except OSError as error:
            raise FileUnreadable(f"{path}: {error.strerror or 'cannot be read'}.") from error

    def _require(self, one: NamedFeatures, where: str) -> None:
        if one.features.shape != (self.dimension,):
            raise ValueInvalid(f"{where} has {one.features.size} numbers instead of {self.dimension}.")
        if not np.isfinite(one.features).all():
            raise ValueInvalid(f"{where} has numbers that are not finite.")


def _named(path: Path, found: list[NamedFeatures]) -> list[NamedFeatures]:
    """With the names of the file beside it, where the file itself has none."""
    if any(one.name for one in found):
        return found
    beside = [path.with_suffix(suffix) for suffix in (".json", ".csv")]
    for other in beside:
        if other != path and path.suffix.lower() in {".npy", ".npz"} and other.is_file():
            names = read_names(other)
            if len(names) != len(found):
                raise ValueInvalid(f"{other} has {len(names)} names for {len(found)} descriptors.")
            return [NamedFeatures(name=n, features=o.features) for n, o in zip(names, found, strict=True)]
    return found


def _rows(name: str, values: NDArray[np.float64]) -> list[NamedFeatures]:
    return [NamedFeatures(name=name, features=row.astype(np.float32)) for row in np.atleast_2d(values)]


def _npy(path: Path, content: bytes) -> list[NamedFeatures]:
    return _rows("", read_npy(content, str(path)))


def _npz(path: Path, content: bytes) -> list[NamedFeatures]:
    arrays = read_npz(content, str(path), MAX_BYTES)
    names = arrays.texts
    if names is not None:
        if len(arrays.numbers) != 1:
            raise FileUnreadable(f"{path} has names and must have exactly one array of descriptors.")
        (values,) = arrays.numbers.values()
        rows = _rows("", values)
        if len(rows) != len(names):
            raise ValueInvalid(f"{path} has {len(names)} names for {len(rows)} descriptors.")
        return [NamedFeatures(name=n, features=r.features) for n, r in zip(names, rows, strict=True)]
    unnamed = len(arrays.numbers) == 1 and next(iter(arrays.numbers)) in _ANONYMOUS
    return [row for name, values in arrays.numbers.items() for row in _rows("" if unnamed else name, values)]


_ANONYMOUS: Final = frozenset({"arr_0", "descriptors", "encodings", "embeddings"})
_READERS: Final[Mapping[str, Callable[[Path, bytes], list[NamedFeatures]]]] = MappingProxyType(
    {".npy": _npy, ".npz": _npz, ".json": read_json, ".csv": read_csv}
)

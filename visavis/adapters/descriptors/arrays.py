"""NumPy files, without pickle and without trusting the sizes they claim."""

import zipfile
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import FileUnreadable

_MALFORMED = (
    ValueError,
    EOFError,
    OSError,
    KeyError,
    SyntaxError,
    TypeError,
    zipfile.BadZipFile,
    OverflowError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """The numbers of an .npz file by name, and its one array of texts, if it has one called `names`."""

    numbers: dict[str, NDArray[np.float64]]
    texts: tuple[str, ...] | None


def read_npy(content: bytes, where: str) -> NDArray[np.float64]:
    """The array, with at most two dimensions. Raises `FileUnreadable`."""
    return _numbers(_array(content, where), where)


def read_npz(content: bytes, where: str, max_bytes: int) -> Arrays:
    """All arrays, at most `max_bytes` of them when unpacked. Raises `FileUnreadable`."""
    numbers: dict[str, NDArray[np.float64]] = {}
    texts: tuple[str, ...] | None = None
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
            if sum(entry.file_size for entry in members) > max_bytes:
                raise FileUnreadable(f"{where} is too large when unpacked.")
            for entry in members:
                name = entry.filename.removesuffix(".npy")
                array = _array(archive.read(entry), f"{where}, array {name}")
                if name == "names" and array.dtype.kind == "U":
                    texts = tuple(str(text) for text in array.ravel())
                else:
                    numbers[name] = _numbers(array, f"{where}, array {name}")
    except (*_MALFORMED, NotImplementedError, RuntimeError) as error:
        raise FileUnreadable(f"{where} is damaged.") from error
    return Arrays(numbers=numbers, texts=texts)


def _array(content: bytes, where: str) -> NDArray[np.generic]:
    """The header is read first: an array that claims more bytes than there are must not be allocated."""
    stream = BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        reader = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = reader(stream)
        if dtype.hasobject:
            raise FileUnreadable(f"{where} has Python objects in it, which only pickle can read.")
        count = int(np.prod(shape, dtype=object)) if shape else 1
        if count * dtype.itemsize != len(content) - stream.tell():
            raise FileUnreadable(f"{where} is truncated or damaged.")
        stream.seek(0)
        array: NDArray[np.generic] = np.load(stream, allow_pickle=False)
    except _MALFORMED as error:
        raise FileUnreadable(f"{where} is not a NumPy array.") from error
    return array


def _numbers(array: NDArray[np.generic], where: str) -> NDArray[np.float64]:
    if array.dtype.kind not in "fiu" or not 1 <= array.ndim <= 2:
        raise FileUnreadable(f"{where} is not a table of numbers.")
    return array.astype(np.float64)

"""Files of descriptors, as what the use cases take."""

from collections.abc import Sequence
from pathlib import Path

from visavis.adapters.descriptors.files import DescriptorFiles
from visavis.application.import_descriptors import Descriptor


def read_descriptors(path: Path, *, dimension: int = 128) -> list[Descriptor]:
    """In the order of the file; the subject is empty where the file names none.

    Raises `FileUnreadable`, `ValueInvalid`.
    """
    found = DescriptorFiles(dimension).read(path)
    return [Descriptor(subject=one.name, features=one.features) for one in found]


def read_all(paths: Sequence[Path], *, dimension: int) -> list[Descriptor]:
    """Those of several files, one after the other."""
    return [one for path in paths for one in read_descriptors(path, dimension=dimension)]

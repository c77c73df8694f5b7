"""Photographs for drills: real faces from a folder, or variants of the one that matplotlib carries."""

import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Photos:
    """JPEG files by human. Any number of different files can be made of each: the same picture, another fingerprint."""

    people: Sequence[Sequence[bytes]]
    _count: Iterator[int] = field(default_factory=itertools.count)

    def any(self, number: int) -> bytes:
        """A photo of somebody."""
        return self.people[number % len(self.people)][0]

    def unique(self, number: int) -> bytes:
        """The same, as a file that was never sent before: bytes after the end of a JPEG mean nothing."""
        return self.any(number) + next(self._count).to_bytes(8)

    @classmethod
    def of(cls, folder: Path | None, *, people: int, least: int = 1) -> "Photos":
        """From a folder with a folder for each human; those with at least `least` photos."""
        if folder is None or not folder.is_dir():
            return cls(people=[[one] for one in _variants(min(people, 8))])
        places = [sorted(one.glob("*.jpg")) for one in sorted(folder.iterdir())]
        chosen = [files for files in places if len(files) >= least][:people]
        return cls(people=[[file.read_bytes() for file in files] for files in chosen])


def _variants(count: int) -> Iterator[bytes]:
    import matplotlib as mpl
    from PIL import Image, ImageEnhance

    path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    with Image.open(path) as picture:
        for number in range(count):
            cut = picture.convert("RGB").crop((4 * number, 0, picture.width, picture.height - 4 * number))
            file = io.BytesIO()
            ImageEnhance.Brightness(cut).enhance(0.9 + number / 50).resize((256, 300)).save(file, "JPEG")
            yield file.getvalue()

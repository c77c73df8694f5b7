"""Photos below the directory of imports, and lists of them."""

import csv
import io
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PurePosixPath

import anyio.to_thread

from visavis.application.ports.jobs import NewItem
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.job import ItemKind, JobItem

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".mpo", ".heic", ".heif"}
)
_NO_DIRECTORY = "No directory of imports is configured."
_HINT = "Set jobs.import_dir to a directory of the server."


class ImportDirectory:
    """Implements `visavis.application.ports.imports.Imports`.

    A path is opened only if it still lies below the directory when all links are followed.
    """

    def __init__(self, root: Path | None, *, most_bytes: int) -> None:
        self._root = root
        self._most_bytes = most_bytes

    async def read(self, path: str) -> bytes:
        return await anyio.to_thread.run_sync(self._read, path)

    async def locate(self, path: str) -> Path:
        place = await anyio.to_thread.run_sync(self._inside, path)
        if not await anyio.to_thread.run_sync(place.is_file):
            raise FileUnreadable(f"{path}: there is no such file.")
        return place

    async def folder(self, path: str) -> AsyncIterator[NewItem]:
        """One item for each photo in the folders of a folder, which are named after the subjects.

        Raises `FileUnreadable` if there are none.
        """
        found = await anyio.to_thread.run_sync(lambda: list(self._photos(path)))
        if not found:
            raise FileUnreadable("The folder has no folders with photos.", hint="SUBJECT/PHOTO.jpg")
        for subject, label in found:
            yield _item(subject, label)

    async def listed(self, content: bytes) -> AsyncIterator[NewItem]:
        """One item for each line of a CSV file with the columns subject (or name) and path. Raises `ValueInvalid`."""
        for subject, label in _rows(content):
            await anyio.to_thread.run_sync(self._inside, label)
            yield _item(subject, label)

    def _photos(self, path: str) -> Iterator[tuple[str, str]]:
        folder = self._inside(path)
        root = self._inside(".")
        try:
            for place in sorted(folder.iterdir()):
                if place.name.startswith(".") or not place.is_dir():
                    continue
                for photo in sorted(place.iterdir()):
                    if photo.suffix.lower() in PHOTO_SUFFIXES and not photo.name.startswith("."):
                        yield place.name, photo.relative_to(root).as_posix()
        except OSError as error:
            raise FileUnreadable(f"{path}: {error.strerror}.") from error

    def _read(self, path: str) -> bytes:
        place = self._inside(path)
        try:
            with place.open("rb") as file:
                opened = os.path.realpath(f"/proc/self/fd/{file.fileno()}") if os.name == "posix" else ""
                self._require_inside(Path(opened) if opened and not opened.startswith("/proc/") else place)
                return file.read(self._most_bytes + 1)
        except OSError as error:
            raise FileUnreadable(f"{path}: {error.strerror}.") from error

    def _inside(self, path: str) -> Path:
        if self._root is None:
            raise FileUnreadable(_NO_DIRECTORY, hint=_HINT)
        if "\0" in path or PurePosixPath(path).is_absolute():
            raise FileUnreadable("A path is given from the directory of imports on.")
        place = (self._root / path).resolve()
        self._require_inside(place)
        return place

    def _require_inside(self, place: Path) -> None:
        if self._root is None or not place.is_relative_to(self._root.resolve()):
            raise FileUnreadable("The path leads out of the directory of imports.")


def _rows(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        columns = reader.fieldnames or ()
        name = "subject" if "subject" in columns else "name"
        if not {name, "path"} <= set(columns):
            raise ValueInvalid("The first line of the CSV file names the columns: subject,path")
        for row in reader:
            yield (row[name] or "").strip(), (row["path"] or "").strip()
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueInvalid("This is not a CSV file in UTF-8.") from error


def _item(subject: str, label: str) -> NewItem:
    item = JobItem(number=0, kind=ItemKind.PATH, label=label, subject=subject)
    return NewItem(item=item, payload=label.encode())

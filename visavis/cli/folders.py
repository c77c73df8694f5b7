"""Folders with one folder per subject."""

from dataclasses import dataclass
from pathlib import Path

from visavis.domain.errors import FileUnreadable

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".mpo", ".heic", ".heif"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFolder:
    """A subject's name and photos, sorted by name."""

    name: str
    photos: tuple[Path, ...]


def find_subject_folders(folder: Path) -> tuple[list[SubjectFolder], int]:
    """Folders that have photos, by name, and how many files are no photos; hidden ones count nowhere.

    Photos that lie in `folder` itself or deeper than one level belong to nobody and count as no photos.
    Raises `FileUnreadable` if there is nothing to enrol.
    """
    try:
        entries = _visible(folder)
        found, ignored = [], sum(entry.is_file() for entry in entries)
        for place in (entry for entry in entries if entry.is_dir()):
            inside = _visible(place)
            photos = tuple(e for e in inside if e.is_file() and e.suffix.lower() in PHOTO_SUFFIXES)
            ignored += len(inside) - len(photos)
            if photos:
                found.append(SubjectFolder(name=place.name, photos=photos))
    except OSError as error:
        raise FileUnreadable(f"{error.filename}: {error.strerror}.") from error
    if not found:
        raise FileUnreadable(
            f"{folder} has no folders with photos.", hint="Give every subject a folder: DIR/SUBJECT/PHOTO.jpg"
        )
    return found, ignored


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))

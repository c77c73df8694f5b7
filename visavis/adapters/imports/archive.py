"""Photos in a ZIP file, and in lines of JSON; both come from strangers, so every size is checked before it is spent."""

import base64
import binascii
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import anyio.to_thread

from visavis.adapters.imports.directory import PHOTO_SUFFIXES
from visavis.application.ports.jobs import NewItem
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.job import ItemKind, JobItem

_END, _LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_SHORTEST_END = 22
_LONGEST_END = _SHORTEST_END + 65_535
_ENTRY_BYTES = 512  #: of an entry in the list, with its name
_HARMLESS = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """`entries` and `total_bytes` of a whole archive, unpacked; `file_bytes` of one photo."""

    entries: int = 20_000
    total_bytes: int = 2 * 2**30
    file_bytes: int = 32 * 2**20


async def zipped(source: Path | BinaryIO, limits: ArchiveLimits) -> AsyncIterator[NewItem]:
    """One item for each photo SUBJECT/PHOTO.jpg, in the order of names; a folder around all subjects is fine.

    Raises `FileUnreadable` for what is no ZIP file, is encrypted or damaged, `ValueInvalid` for one that is too
    large, or whose names lead elsewhere. Archives inside are not opened.
    """
    try:
        await anyio.to_thread.run_sync(_require_few, source, limits)
        with zipfile.ZipFile(source) as archive:
            entries = await anyio.to_thread.run_sync(lambda: list(_entries(archive, limits)))
            for entry, subject in entries:
                content = await anyio.to_thread.run_sync(_unpacked, archive, entry, limits)
                item = JobItem(number=0, kind=ItemKind.PHOTO, label=entry.filename, subject=subject)
                yield NewItem(item=item, payload=content)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise FileUnreadable("This is not a ZIP file that can be read.") from error


async def lines(source: BinaryIO, limits: ArchiveLimits) -> AsyncIterator[NewItem]:
    """One item for each line {"subject": …, "image": base64, "label": …}; empty lines are skipped.

    Raises `ValueInvalid`, naming the line.
    """
    longest = limits.file_bytes * 4 // 3 + 4096
    number = 0
    while line := await anyio.to_thread.run_sync(source.readline, longest + 1):
        number += 1
        if len(line) > longest:
            raise ValueInvalid(f"Line {number} is too long.")
        if line.strip():
            yield _from_line(line, number)


def _require_few(source: Path | BinaryIO, limits: ArchiveLimits) -> None:
    """Before the list of entries is read, of which each takes some ten times its bytes in memory: only the record at
    the end of the file is looked at. Raises `ValueInvalid`, also for archives of the 64-bit kind.

    Source: APPNOTE.TXT 6.3.10, 4.3.16: its last fields are the bytes of the list (4), where it begins (4) and the
    length of a comment (2), which may follow.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - _LONGEST_END))
        tail = file.read()
        file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _SHORTEST_END:
        raise zipfile.BadZipFile
    (size,) = struct.unpack_from("<I", tail, at + 12)
    if tail[max(0, at - 20) : at].startswith(_LOCATOR):  # another list, of any size, would count instead
        raise ValueInvalid("Archives of the 64-bit kind are not taken.", hint="Send several smaller ones.")
    if size > limits.entries * _ENTRY_BYTES:
        raise ValueInvalid(
            f"An archive has at most {limits.entries} entries, with names that are not very long."
        )


def _entries(archive: zipfile.ZipFile, limits: ArchiveLimits) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """What is said about sizes is checked here, and again while unpacking."""
    everything = archive.infolist()
    if len(everything) > limits.entries:
        raise ValueInvalid(f"An archive has at most {limits.entries} entries.")
    if sum(entry.file_size for entry in everything) > limits.total_bytes:
        raise ValueInvalid(f"An archive unpacks to at most {limits.total_bytes} bytes.")
    for entry in sorted(everything, key=lambda one: one.filename):
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or "\0" in entry.filename:
            raise ValueInvalid("A name in the archive leads out of it.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ValueInvalid("The archive has links in it.")
        hidden = any(part.startswith(".") or part in _HARMLESS for part in path.parts)
        if entry.is_dir() or hidden or path.suffix.lower() not in PHOTO_SUFFIXES:
            continue
        if entry.file_size > limits.file_bytes:
            raise ValueInvalid(f"A photo in the archive has more than {limits.file_bytes} bytes.")
        if len(path.parts) < 2:
            raise ValueInvalid("Photos in the archive lie in folders: SUBJECT/PHOTO.jpg")
        yield entry, path.parts[-2]


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: ArchiveLimits) -> bytes:
    with archive.open(entry) as file:
        content = file.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:
        raise ValueInvalid("A photo in the archive is larger than it says.")
    return content


def _from_line(line: bytes, number: int) -> NewItem:
    try:
        found = json.loads(line)
        subject, label = found["subject"], found.get("label", f"line {number}")
        content = base64.b64decode(found["image"], validate=True)
        item = JobItem(number=0, kind=ItemKind.PHOTO, label=str(label), subject=str(subject))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise ValueInvalid(
            f"Line {number} is not a photo.", hint='{"subject": "…", "image": "<base64>"} in one line'
        ) from error
    return NewItem(item=item, payload=content)

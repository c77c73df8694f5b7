"""Descriptor files: what is read, and what is refused before it can do harm."""

import io
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from visavis.adapters.descriptors.files import DescriptorFiles
from visavis.domain.errors import FileUnreadable, ValueInvalid

FILES = DescriptorFiles(dimension=4)
A, B, C = [1.0, 2.0, 3.0, 4.0], [0.5, 0.25, 0.0, -1.0], [9.0, 8.0, 7.0, 6.0]


def read(path: Path, files: DescriptorFiles = FILES) -> list[tuple[str, list[float]]]:
    found = files.read(path)
    assert all(one.features.dtype == np.float32 for one in found)
    return [(one.name, one.features.tolist()) for one in found]


def text(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_npy_with_one_or_many(tmp_path: Path) -> None:
    np.save(tmp_path / "one.npy", np.array(A))
    np.save(tmp_path / "many.npy", np.array([A, B], np.float32))
    assert read(tmp_path / "one.npy") == [("", A)]
    assert read(tmp_path / "many.npy") == [("", A), ("", B)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", '["ada", "grace"]'),
        ("x.csv", "ada\ngrace\n"),
        ("x.csv", "name,city\nada,London\ngrace,NY\n"),
    ],
)
def test_names_beside_an_array(tmp_path: Path, name: str, content: str) -> None:
    np.save(tmp_path / "x.npy", np.array([A, B]))
    text(tmp_path, name, content)
    assert read(tmp_path / "x.npy") == [("ada", A), ("grace", B)]


def test_too_few_names_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([A, B]))
    text(tmp_path, "x.json", '["ada"]')
    with pytest.raises(ValueInvalid, match="1 names for 2 descriptors"):
        read(tmp_path / "x.npy")


def test_npz_with_an_array_per_subject(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", ada=np.array([A, B]), grace=np.array(C))
    assert read(tmp_path / "x.npz") == [("ada", A), ("ada", B), ("grace", C)]


def test_npz_with_names(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", names=np.array(["ada", "grace"]), encodings=np.array([A, B]))
    assert read(tmp_path / "x.npz") == [("ada", A), ("grace", B)]


def test_npz_without_names_is_anonymous(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", np.array([A, B]))
    assert [name for name, _ in read(tmp_path / "x.npz")] == ["", ""]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"ada": [A, B], "grace": C}, [("ada", A), ("ada", B), ("grace", C)]),
        ([["ada", A], ["grace", B]], [("ada", A), ("grace", B)]),
        ([A, B], [("", A), ("", B)]),
        (A, [("", A)]),
    ],
)
def test_json(tmp_path: Path, content: object, expected: list[tuple[str, list[float]]]) -> None:
    assert read(text(tmp_path, "x.json", json.dumps(content))) == expected


def test_csv_with_and_without_names_and_heading(tmp_path: Path) -> None:
    rows = 'ada,1,2,3,4\n\n"Hopper, Grace",0.5,0.25,0,-1\n'
    expected = [("ada", A), ("Hopper, Grace", B)]
    assert read(text(tmp_path, "a.csv", rows)) == expected
    assert read(text(tmp_path, "b.csv", "\ufeffname,f1,f2,f3,f4\n" + rows)) == expected
    assert read(text(tmp_path, "c.csv", "1,2,3,4\n9,8,7,6\n")) == [("", A), ("", C)]


class Bomb:
    """Says so when it is unpickled."""

    exploded = False

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return explode, ()


def explode() -> None:
    Bomb.exploded = True


@pytest.mark.parametrize("name", ["x.pkl", "x.pickle", "x.dat", "x.npy", "x.json", "x.bin"])
def test_pickle_is_never_opened_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(FileUnreadable) as caught:
        read(tmp_path / name)
    assert not Bomb.exploded
    assert "json.dump" in caught.value.advice


@pytest.mark.parametrize("compressed", [False, True])
def test_objects_inside_arrays_are_refused(tmp_path: Path, compressed: bool) -> None:
    array = np.array([Bomb(), Bomb()], dtype=object)
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    np.savez(tmp_path / "x.npz", ada=array)
    with pytest.raises(FileUnreadable, match="Python objects"):
        read(tmp_path / ("x.npz" if compressed else "x.npy"))
    assert not Bomb.exploded


def test_an_array_that_claims_to_be_huge_is_refused_before_memory_is_spent(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f8", "fortran_order": False, "shape": (2**40, 128)}
    )
    (tmp_path / "x.npy").write_bytes(stream.getvalue() + b"\0" * 64)
    with pytest.raises(FileUnreadable, match="truncated"):
        read(tmp_path / "x.npy")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.npy", b"not an array"),
        ("x.npz", b"PK\x03\x04 not an archive"),
        ("x.json", b"{"),
        ("x.json", b"[" * 100_000),
        ("x.json", b'{"ada": ["one", 2, 3, 4]}'),
        ("x.json", b'{"ada": 3}'),
        ("x.json", b"[true, true, true, true]"),
        ("x.json", b"[" + b"9" * 400 + b", 1, 1, 1]"),
        ("x.csv", b"ada,1,2,3,four\nada,1,2,three,4\n"),
        ("x.csv", b"\xff\xfe\x00"),
        ("x.csv", b""),
        ("x.txt", b"1,2,3,4"),
    ],
)
def test_anything_else_is_named_and_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileUnreadable, match=r"x\."):
        read(tmp_path / name)


@pytest.mark.parametrize("row", ["ada,1,2,3\n", "ada,1,2,3,4,5\n", "ada,1,2,3,nan\n", "ada,1,2,3,inf\n"])
def test_numbers_that_are_no_descriptor_are_named(tmp_path: Path, row: str) -> None:
    path = text(tmp_path, "x.csv", "ada,1,2,3,4\n" + row)
    with pytest.raises(ValueInvalid, match="descriptor 2"):
        read(path)


def test_size_is_bounded(tmp_path: Path) -> None:
    path = text(tmp_path, "x.csv", "ada,1,2,3,4\n" * 100)
    with pytest.raises(FileUnreadable, match="allowed"):
        read(path, DescriptorFiles(dimension=4, max_bytes=500))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"nothing\.npy"):
        read(tmp_path / "nothing.npy")

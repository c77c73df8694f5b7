"""Scores that come in a table, and results that go into files."""

from pathlib import Path

import numpy as np
import pytest

from visavis.application.labelled import Compared
from visavis.bootstrap.result_files import require_new, write_comparisons, write_result
from visavis.bootstrap.score_tables import read_scores
from visavis.domain.errors import AlreadyExists, FileUnreadable
from visavis.evaluation.comparisons import ComparisonSet


def table(folder: Path, text: str) -> Path:
    file = folder / "scores.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_with_subjects(tmp_path: Path) -> None:
    found = read_scores(
        table(
            tmp_path,
            "\ufeffFirst,second,Score,mated\nada,ada,0.9,1\nada,bob,0.1,no\n\nbob,bob,,same\nada,bob,,0\n",
        )
    )
    assert not found.independent
    some = found.comparisons
    assert some.scores.tolist() == [np.float32(0.9), np.float32(0.1), -np.inf]
    assert some.mated.tolist() == [True, False, True]
    assert (some.first.tolist(), some.second.tolist()) == ([0, 0, 1], [0, 1, 1])


def test_without_subjects(tmp_path: Path) -> None:
    found = read_scores(table(tmp_path, "score,mated\n-12.5,0\n40,1\n"))
    assert found.independent
    assert found.comparisons.scores.tolist() == [-12.5, 40.0]
    assert found.comparisons.first.tolist() == [0, 0]


def test_an_empty_table(tmp_path: Path) -> None:
    assert len(read_scores(table(tmp_path, "score,mated\n")).comparisons) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "score"),
        ("score,truth\n1,1\n", "mated"),
        ("score,mated,first\n1,1,ada\n", "one side"),
        ("score,mated\n0.5,perhaps\n", "row 2"),
        ("score,mated\n0.5,1\nhigh,1\n", "row 3"),
        ("score,mated\nnan,1\n", "row 2"),
        ("score,mated\ninf,0\n", "row 2"),
        ("score,mated\n1e300,0\n", "row 2"),
        ("score,mated\n0.5\n", "row 2"),
        ("score,mated,first,second\n0.5,1,ada,bob\n", "row 2"),
        ("score,mated,first,second\n0.5,0,ada,ada\n", "row 2"),
        ("score,mated,first,second\n0.5,0,ada,\n", "row 2"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileUnreadable, match=said):
        read_scores(table(tmp_path, text))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01,\xd8", b"score,mated\n\xff,1\n"])
def test_what_is_no_table(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "scores.csv").write_bytes(content)
    with pytest.raises(FileUnreadable):
        read_scores(tmp_path / "scores.csv")
    with pytest.raises(FileUnreadable):
        read_scores(tmp_path / "none.csv")
    with pytest.raises(FileUnreadable):
        read_scores(tmp_path)


def test_results_are_closed_to_others_and_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_result(file, b"one", force=False)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(AlreadyExists):
        require_new(None, file, force=False)
    with pytest.raises(AlreadyExists):
        write_result(file, b"two", force=False)
    assert file.read_bytes() == b"one"
    file.chmod(0o644)
    write_result(file, b"two", force=True)
    assert file.read_bytes() == b"two"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        write_result(tmp_path / "none" / "page.html", b"one", force=False)


def test_comparisons_are_written_whole(tmp_path: Path) -> None:
    numbers = np.array([0, 1], np.int32)
    found = Compared(
        comparisons=ComparisonSet(
            scores=np.array([0.5, -np.inf], np.float32),
            mated=np.array([False, True]),
            first=numbers,
            second=numbers,
        ),
        first_photo=numbers,
        second_photo=numbers + np.int32(1),
    )
    write_comparisons(tmp_path / "all.npz", found, force=False)
    with np.load(tmp_path / "all.npz") as arrays:
        assert {name: arrays[name].dtype.name for name in arrays} == {
            "score": "float32",
            "mated": "bool",
            "first": "int32",
            "second": "int32",
            "first_photo": "int32",
            "second_photo": "int32",
        }
        assert arrays["score"].tolist() == [0.5, -np.inf]
        assert arrays["second_photo"].tolist() == [1, 2]

"""Tables of attack scores: every bad row is named."""

from pathlib import Path

import numpy as np
import pytest

from visavis.bootstrap.pad import read_presentations
from visavis.domain.errors import FileUnreadable, VisavisError


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "scores.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_with_subjects_and_a_column_of_somebody_elses(tmp_path: Path) -> None:
    text = 'Score,label,camera,subject\n0.9,Bona Fide,a,ada\n,bona_fide,a,ada\n0.1,"print, glossy",a,Grace\n'
    found = read_presentations(table(tmp_path, text, "utf-8-sig"))
    assert found.labels == ("bona_fide", "bona_fide", "print, glossy")
    assert found.subjects == ("ada", "ada", "Grace")
    assert found.scores[0] == 0.9
    assert np.isnan(found.scores[1])


def test_without_subjects(tmp_path: Path) -> None:
    assert read_presentations(table(tmp_path, "label,score\nbona_fide,1\nprint,0\n")).subjects == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("label,points\nprint,1\n", "no column score"),
        ("", "no column label, score"),
        ("label,score,score\nprint,1,2\n", "column score twice"),
        (
            "label,score\nbona_fide,1\nprint,high\n",
            "row 3: score is a number, or empty for no response, not 'high'",
        ),
        ("label,score\nbona_fide,nan\n", "row 2: score is a finite number"),
        ("label,score\nbona_fide,1\nprint,0,5\n", "row 3: there are more cells than columns"),
        ("label,score\n,1\n", "row 2: label is bona_fide or the name"),
        ("label,score,subject\nbona_fide,1,\n", "row 2: subject names who"),
        ('label,score\n"bona_fide\n",1\nprint,x\n', "row 4: score"),
        ("label,score\nbona_fide,1\n", "no attack presentations"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(VisavisError, match=said):
        read_presentations(table(tmp_path, text))


def test_a_file_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    for path in (table(tmp_path, "label,scöre\n", "latin-1"), tmp_path / "missing.csv", tmp_path):
        with pytest.raises(FileUnreadable, match="cannot be read"):
            read_presentations(path)

"""What a table of cohorts may look like, and what is said of one that is wrong: always with the row."""

from pathlib import Path

import pytest

from visavis.bootstrap.cohorts import CohortTable, read_cohorts
from visavis.domain.errors import FileUnreadable

ROWS = [(name, f"staff/{name}/{number}.jpg") for name in ("ada", "bob", "cleo", "dan") for number in (1, 2)]


def read(folder: Path, text: str, *only: str) -> CohortTable:
    file = folder / "cohorts.csv"
    file.write_text(text, encoding="utf-8")
    return read_cohorts(file, ROWS, Path("staff"), only)


def test_attributes_of_people(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeffsubject, sex,site\nada,f,north\nbob, m ,north\ncleo,f,\neve,f,south\n")
    sex, site = table.attributes
    assert (sex.attribute, sex.names, sex.codes.tolist()) == ("sex", ("f", "m"), [0, 0, 1, 1, 0, 0, -1, -1])
    assert (site.names, site.unstated) == (("north",), 4)
    assert (table.unused_rows, table.first_unused) == (1, 5)


def test_attributes_of_photos(tmp_path: Path) -> None:
    text = "subject,photo,camera,sex\nada,1.jpg,gate,\nada,ada/2.jpg,desk,\nada,,,f\nbob,,gate,m\n"
    camera, sex = read(tmp_path, text).attributes
    assert camera.names == ("desk", "gate")
    assert camera.codes.tolist() == [1, 0, 1, 1, -1, -1, -1, -1]
    assert sex.codes.tolist() == [0, 0, 1, 1, -1, -1, -1, -1]


def test_only_the_wanted_columns(tmp_path: Path) -> None:
    table = read(tmp_path, "subject,note,sex\nada,,f\nbob,,m\n", "sex")
    assert [one.attribute for one in table.attributes] == ["sex"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,sex\nada,f\n", "no column subject"),
        ("subject\nada\n", "no attribute"),
        ("subject,photo\nada,1.jpg\n", "no attribute"),
        ("subject,sex,sex\nada,f,f\n", "two columns of the same name"),
        ("subject,sex\nada,f\n,m\n", "row 3: there is no subject"),
        ("subject,sex\nada,f\nbob\n", "row 3: it has not as many cells"),
        ("subject,sex\nada,f,x\n", "row 2: it has not as many cells"),
        ("subject,sex\nada,f\nbob,m\nada,m\n", "row 4: sex is 'm' here and 'f' in row 2"),
        ("subject,photo,glasses\nada,1.jpg,yes\nada,9.jpg,no\n", "row 3: there is no photo 9.jpg of ada"),
        ("subject,sex\nzoe,f\n", "tells nothing about the photos"),
        ("subject,who\nada,Ada\nbob,Bob\ncleo,Cleo\n", "tells people apart"),
        ("", "no column subject"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FileUnreadable, match=said.replace("(", r"\(")):
        read(tmp_path, text)


def test_a_column_that_is_not_there_and_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no attribute age"):
        read(tmp_path, "subject,sex\nada,f\n", "age")
    with pytest.raises(FileUnreadable, match="cannot be read"):
        read_cohorts(tmp_path / "missing.csv", ROWS, Path("staff"))
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(FileUnreadable, match="cannot be read"):
        read_cohorts(binary, ROWS, Path("staff"))


def test_more_than_forty_values_are_no_cohorts(tmp_path: Path) -> None:
    rows = [(f"s{number}", f"staff/s{number}/{photo}.jpg") for number in range(41) for photo in (1, 2)]
    file = tmp_path / "cohorts.csv"
    file.write_text("subject,age\n" + "".join(f"s{number},{number}\n" for number in range(41)))
    with pytest.raises(FileUnreadable, match="41 different values"):
        read_cohorts(file, rows, Path("staff"))

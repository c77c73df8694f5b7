"""Folders of subjects and places of pictures."""

from pathlib import Path

import pytest

from visavis.cli.drawing import drawing_targets
from visavis.cli.folders import find_subject_folders
from visavis.cli.galleries import changed
from visavis.cli.invocation import shown
from visavis.cli.options import Rule
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.policy import Policy


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_one_folder_per_subject(tmp_path: Path) -> None:
    touch(
        tmp_path / "grace" / "b.PNG",
        tmp_path / "grace" / "a.jpg",
        tmp_path / "ada" / "1.webp",
        tmp_path / "ada" / "notes.txt",
        tmp_path / "ada" / ".hidden.jpg",
        tmp_path / "nobody" / "readme.md",
        tmp_path / "stray.jpg",
        tmp_path / ".git" / "x.jpg",
    )
    found, ignored = find_subject_folders(tmp_path)
    assert [(one.name, [photo.name for photo in one.photos]) for one in found] == [
        ("ada", ["1.webp"]),
        ("grace", ["a.jpg", "b.PNG"]),
    ]
    assert ignored == 3


def test_a_folder_without_subjects_is_refused(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    with pytest.raises(FileUnreadable, match="no folders with photos"):
        find_subject_folders(tmp_path)
    with pytest.raises(FileUnreadable, match="nowhere"):
        find_subject_folders(tmp_path / "nowhere")
    with pytest.raises(FileUnreadable):
        find_subject_folders(tmp_path / "a.jpg")


def test_one_picture_goes_to_a_file(tmp_path: Path) -> None:
    assert drawing_targets([Path("a.jpg")], tmp_path / "out.png") == [tmp_path / "out.png"]


def test_pictures_go_to_a_folder_under_names_of_their_own(tmp_path: Path) -> None:
    photos = [Path("x/a.jpg"), Path("y/a.jpg"), Path("b.HEIC"), Path("c.PNG")]
    names = [target.name for target in drawing_targets(photos, tmp_path)]
    assert names == ["a.jpg", "a-2.jpg", "b.jpg", "c.png"]


def test_several_pictures_do_not_fit_into_one_file() -> None:
    with pytest.raises(ValueInvalid, match="2 pictures"):
        drawing_targets([Path("a.jpg"), Path("b.jpg")], Path("out.jpg"))


@pytest.mark.parametrize("out", ["", "a.jpg"])
def test_a_photo_is_never_overwritten(tmp_path: Path, out: str) -> None:
    touch(tmp_path / "a.jpg")
    with pytest.raises(ValueInvalid, match="overwritten"):
        drawing_targets([tmp_path / "a.jpg"], tmp_path / out)


def test_a_changed_policy_is_custom_and_keeps_the_rest() -> None:
    policy = Policy(fmr=1e-5, max_references=3)
    unchanged = changed(policy, None, None, None, None, None, None, None)
    assert unchanged is policy
    other = changed(policy, None, 1e-4, Rule.EUCLIDEAN, None, None, None, None)
    assert (other.name, other.fmr, other.fpir, other.measure.value, other.max_references) == (
        "custom",
        1e-5,
        1e-4,
        "euclidean",
        3,
    )


def test_names_that_are_no_text_can_be_shown() -> None:
    assert shown(Path("caf\udce9.jpg")) == "caf?.jpg"

"""How the folders of gathered people are called."""

from pathlib import Path
from typing import cast

import pytest

from visavis.application.gather_faces import Gathered
from visavis.bootstrap.gathering import checked_folder, folder_names
from visavis.domain.errors import FileUnreadable


class Known:
    """As far as names go: somebody whom the gallery knows, or nobody."""

    def __init__(self, name: str = "", *, matched: bool = True) -> None:
        self.suggested = self if name else None
        self.name = name
        self.matched = matched


def names(*humans: Known) -> list[str]:
    return folder_names(cast("list[Gathered]", humans))


def test_who_matches_gets_the_name_and_others_a_number() -> None:
    assert names(Known("Ada"), Known(), Known("Bob", matched=False)) == ["Ada", "unknown-002", "unknown-003"]


def test_no_two_have_the_same_folder() -> None:
    assert names(Known("Ada"), Known("ada"), Known("Ada")) == ["Ada", "unknown-002", "unknown-003"]
    assert names(Known("unknown-002"), Known()) == ["unknown-001", "unknown-002"]
    assert names(Known("Unknown-2"), Known()) == ["unknown-001", "unknown-002"]


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "a\\b", "what?", "a\nb", "ends."])
def test_a_name_that_no_folder_can_have_is_not_used(name: str) -> None:
    assert names(Known(name)) == ["unknown-001"]


def test_the_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir(mode=0o755)
    assert checked_folder(folder).stat().st_mode & 0o777 == 0o700
    (folder / "something").touch()
    with pytest.raises(FileUnreadable, match="not empty"):
        checked_folder(folder)

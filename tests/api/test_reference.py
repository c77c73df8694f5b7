"""The generated reference is what the program says."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["cli", "json", "settings"])
def test_the_reference_is_up_to_date(page: str) -> None:
    program = runpy.run_path(str(ROOT / "scripts" / "reference.py"))
    written = (ROOT / "docs" / "reference" / f"{page}.md").read_text("utf-8")
    assert program[page]() == written, "run: python scripts/reference.py"

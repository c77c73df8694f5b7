"""The generated reference is what the program says."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["cli.md", "json.md", "settings.md", "openapi.json"])
def test_the_reference_is_up_to_date(page: str) -> None:
    program = runpy.run_path(str(ROOT / "scripts" / "reference.py"))
    written = (ROOT / "docs" / "reference" / page).read_text("utf-8")
    assert program[page.partition(".")[0]]() == written, "run: python scripts/reference.py"

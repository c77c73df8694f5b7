"""Help that fits any terminal."""

import pytest

from visavis.cli.flowing import flowed
from visavis.cli.main import run


def test_paragraphs_flow_and_examples_keep_their_lines() -> None:
    text = "First.\n\nOne\ntwo.\n\n  a list\n  of two\n\n\b\nExamples:\n  visavis up"
    assert flowed(text) == "First.\n\nOne two.\n\n  a list\n  of two\n\n\b\nExamples:\n  visavis up"


def test_the_help_of_every_command_is_shown_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    run(["up", "--help"])
    out = capsys.readouterr().out
    assert 'Without the extra "server" only the database is started, without the extra "console"' in " ".join(
        out.split()
    )
    assert "owner signs in. Without" in out, "a line of the source does not end one of the help"

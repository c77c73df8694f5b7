"""What options say that no request could: it is said in a line what is wrong, before anything is opened."""

import pytest

from visavis.cli.main import run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["alerts", "channels", "add", "", "ntfys://alerts"], "This is not a channel: name: "),
        (["alerts", "rules", "add", "nights", "--zone", "z" * 300], "This is not a rule: zones.0: "),
        (["doors", "set", "front", "--gallery", "s" * 300, "--camera", "c"], "This is not a door: "),
        (["schedules", "set", "hours", "--zone", "z" * 300], "This is not a schedule: zone: "),
    ],
)
def test_what_is_wrong_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {said}")
    assert "should not happen" not in err

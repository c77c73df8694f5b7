"""What photos may be called is said before they are looked at."""

import pytest

from visavis.bootstrap.evaluation import checked_data_name
from visavis.domain.errors import ValueInvalid


def test_a_name_is_trimmed() -> None:
    assert checked_data_name("  staff, 2026\n") == "staff, 2026"
    assert checked_data_name("x" * 300 + " ") == "x" * 300


@pytest.mark.parametrize("name", ["", " \t", "x" * 301, "staff\n2026", "\x1b[2J"])
def test_what_no_calibration_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ValueInvalid):
        checked_data_name(name)

"""What stands in the log of a process, and what never does."""

import json
import logging
import sys

import pytest

from visavis.bootstrap.logs import JsonLines


class Refused(Exception):
    sqlstate = "23505"


def line_of(error: BaseException) -> dict[str, str]:
    try:
        raise error  # noqa: TRY301
    except BaseException:  # noqa: BLE001 (any may be logged)
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())
    found: dict[str, str] = json.loads(JsonLines("api").format(record))
    return found


def test_messages_of_exceptions_are_left_out() -> None:
    error = ValueError("input_value='Ada Lovelace'")
    error.__cause__ = Refused("Key (name)=(Ada Lovelace) already exists.")
    found = line_of(error)["exception"]
    assert "Ada" not in found
    assert found.index("Refused (23505)") < found.index("builtins.ValueError")
    assert "test_logs.py" in found


def test_groups_and_circles_end() -> None:
    inner = KeyError("Ada")
    inner.__context__ = group = ExceptionGroup("Ada", [inner])
    found = line_of(group)["exception"]
    assert "builtins.KeyError" in found
    assert "ExceptionGroup" in found


@pytest.mark.parametrize("name", ["ünï", 'a"b\nc'])
def test_a_line_is_a_line(name: str) -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, name, (), None)
    line = JsonLines("api").format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == name

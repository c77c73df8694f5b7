"""The log of a process: one JSON object per line on standard error, without faces, names or secrets."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class JsonLines(logging.Formatter):
    """Time, level, process, logger and message, and whatever else was given as `extra`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _without_values(record.exc_info[1])
        return json.dumps(line, default=str)


def _without_values(error: BaseException) -> str:
    """Where it came from, and of what kinds it and its causes are. Their messages are left out: a database repeats
    the row, and a validator the value, that was sent."""
    return "\n".join(_told(error, set()))


def _told(error: BaseException | None, seen: set[int]) -> Iterator[str]:
    """Causes first, and what is in groups last."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield from _told(error.__cause__ or (None if error.__suppress_context__ else error.__context__), seen)
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    state = getattr(error, "sqlstate", None)
    yield f"{type(error).__module__}.{type(error).__qualname__}" + (f" ({state})" if state else "")
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(inner, seen)


def log_to_stderr(process: str, level: int = logging.INFO) -> None:
    """Everything of Visavis from `level` on, of libraries from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("visavis").setLevel(level)

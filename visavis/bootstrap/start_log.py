"""What the processes of an installation say while they are being started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from visavis.domain.errors import ConfigurationError, SettingsInvalid, Unavailable, VisavisError
from visavis.wire.errors import status

_HOPELESS: Final = f"ended with {status(ConfigurationError).exit};"
_OFTEN: Final = 2
_ERROR: Final = "error: "
_HINT: Final = "hint: "


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLog:
    """The part of the log from `offset` on, in bytes: since this start."""

    path: Path
    offset: int

    @classmethod
    def from_here(cls, path: Path) -> Self:
        return cls(path=path, offset=path.stat().st_size)

    def hopeless(self) -> VisavisError | None:
        """What is wrong, if processes end again and again over their configuration: waiting does not mend that."""
        text = self._text()
        if text.count(_HOPELESS) < _OFTEN:
            return None
        message, hint = _last_error(text)
        return SettingsInvalid(message or "The configuration is wrong.", hint=hint or self._advice)

    def ended(self) -> VisavisError:
        """Why it did not become ready, as far as anything was said."""
        message, hint = _last_error(self._text())
        return Unavailable(message or "The server does not become ready.", hint=hint or self._advice)

    @property
    def _advice(self) -> str:
        return f"See its log: {self.path}"

    def _text(self) -> str:
        with self.path.open("rb") as log:
            log.seek(self.offset)
            return log.read().decode(errors="replace")


def _last_error(text: str) -> tuple[str, str]:
    """The error that was told last and its hint, as the command line and the processes write them."""
    lines = text.splitlines()
    for place in reversed(range(len(lines))):
        if lines[place].startswith(_ERROR):
            after = lines[place + 1] if place + 1 < len(lines) else ""
            return lines[place].removeprefix(_ERROR), after.removeprefix(_HINT) if after.startswith(
                _HINT
            ) else ""
    return "", ""

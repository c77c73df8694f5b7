"""One call of the command line: its common options, where data goes and where talk goes.

Data goes to standard output, talk and progress to standard error. Everything heavy is imported when it is
used, so that `visavis --help` answers at once.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.domain.errors import VisavisError

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.settings import Settings
    from visavis.wire.model import Document

_PIPED_WIDTH = 160  #: columns of a table that goes into a file or another program


@dataclass(slots=True, kw_only=True)
class Invocation:
    """What `--json`, `--data-dir` and `--debug` said, wherever they stood."""

    as_json: bool = False
    debug: bool = False
    data_dir: Path | None = None
    streaming: bool = False  #: whether JSON documents are lines
    server: str | None = None  #: address that `--server` named
    subcommand: str | None = None  #: of a group of commands, while its own function runs

    def settings(self) -> "Settings":
        """Flags, environment, `visavis.toml`, defaults. Raises `SettingsInvalid`."""
        from visavis.settings import load_settings

        return load_settings(data_dir=self.data_dir)

    def answer(self, document: "Document", render: "Callable[[Console], None]") -> None:
        """The result: as JSON, or as `render` writes it for people."""
        if self.as_json:
            write_data(document.pretty())
        else:
            render(data_console())

    def say(self, text: str) -> None:
        """A remark for the person at the terminal."""
        talk_console().print(text, style="dim", markup=False, highlight=False, soft_wrap=True)

    def fail(self, error: VisavisError) -> int:
        """Tells an error to people on standard error and, with `--json`, to programs on standard output."""
        from visavis.wire.errors import exit_code, problem

        talk_error(error.message, error.advice)
        if self.as_json:
            document = problem(error)
            write_data(document.line() if self.streaming else document.pretty())
        return exit_code(error)


def data_console() -> "Console":
    """Standard output, for people; wide when it is not a terminal, so that tables are not cut."""
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = max(console.width, _PIPED_WIDTH)
    return console


def talk_console() -> "Console":
    """Standard error."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def write_data(text: str) -> None:
    """A line for programs, written at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def talk_error(message: str, advice: str = "") -> None:
    """One red line, and what to do about it below."""
    from rich.text import Text

    console = talk_console()
    console.print(Text.assemble(("error: ", "bold red"), (message, "red")), soft_wrap=True)
    if advice:
        console.print(Text.assemble(("hint: ", "bold"), advice), soft_wrap=True)


def shown(path: Path | str) -> str:
    """A path as text that every output can carry, also when it is not valid UTF-8."""
    return str(path).encode("utf-8", "replace").decode("utf-8")

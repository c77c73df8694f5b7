"""Progress bars on standard error, only where a person is watching."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from visavis.cli.invocation import Invocation, talk_console


class PullProgress(Protocol):
    """How far an artefact is; what `visavis.bootstrap.models.Models.pull` reports."""

    @property
    def artefact(self) -> str: ...
    @property
    def done_bytes(self) -> int: ...
    @property
    def total_bytes(self) -> int: ...
    @property
    def phase(self) -> str: ...


_PHASES = {
    "download": "fetching",
    "extract": "unpacking",
    "verify": "checking",
    "rewrite": "preparing",
    "ready": "ready",
}


@contextmanager
def pull_bars(invocation: Invocation, pack: str) -> Iterator[Callable[[PullProgress], None]]:
    """A bar for each file of a model pack; a single line where nobody is watching."""
    console = talk_console()
    if not console.is_terminal:
        invocation.say(f"Fetching the model pack {pack} (once).")
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=28), DownloadColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def report(state: PullProgress) -> None:
            name = f"{state.artefact}: {_PHASES.get(state.phase, state.phase)}"
            if state.artefact not in tasks:
                tasks[state.artefact] = progress.add_task(name, total=state.total_bytes)
            progress.update(
                tasks[state.artefact],
                description=name,
                completed=state.done_bytes,
                total=state.total_bytes,
            )

        yield report


class Advance(Protocol):
    """Call it with how many more are done, a remark, and the total once it is known."""

    def __call__(self, count: int, remark: str, total: int | None = None) -> None: ...


@contextmanager
def counting_bar(what: str, total: int | None) -> Iterator[Advance]:
    """A bar with rate and time left for `total` things, or for a number that is told later."""
    console = talk_console()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance(count: int, remark: str, total: int | None = None) -> None:
            progress.update(task, advance=count, description=remark[:24], total=total)

        yield advance


class _Rate(ProgressColumn):
    """Things per second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.1f}/s", style="dim")

"""visavis edge"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, cast

import typer

from visavis.cli.invocation import Invocation, write_data
from visavis.domain.errors import DependencyMissing, ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.settings import Settings
    from visavis.wire.edge_check import EdgeCheckDocument, EnrolledDocument
    from visavis.wire.edge_health import AgentHealth

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", help="The configuration, TOML or JSON.", show_default=False
    ),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Try the cameras, the models and the server, and say what is wrong.")
]
OnceOption = Annotated[
    bool, typer.Option("--once", help="End when all files and folders are read and everything is sent.")
]
StatusOption = Annotated[bool, typer.Option("--status", help="Say how the running agent is.")]
ExampleOption = Annotated[
    bool, typer.Option("--example", help="Print a configuration with every option explained.")
]
AgainOption = Annotated[
    bool, typer.Option("--retry-refused", help="Offer the server once more what it refused.")
]
EnrolOption = Annotated[
    str | None,
    typer.Option(
        "--enrol", metavar="TOKEN", help="Make this device an agent of its server.", show_default=False
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="With --enrol, without --config.", show_default=False),
]


class _Run(Protocol):
    """`visavis.edge.run`."""

    def check(self, path: Path, settings: "Settings") -> "EdgeCheckDocument": ...

    def status(self, path: Path) -> "AgentHealth": ...

    def enrol(self, token: str, path: Path | None, url: str | None) -> "EnrolledDocument": ...

    def run(self, path: Path, settings: "Settings", *, once: bool = False, again: bool = False) -> None: ...


def edge(
    invocation: Invocation,
    config: ConfigOption = None,
    check: CheckOption = False,
    once: OnceOption = False,
    status: StatusOption = False,
    example: ExampleOption = False,
    retry_refused: AgainOption = False,
    enrol: EnrolOption = None,
    server: ServerOption = None,
) -> None:
    """Watch cameras: find and follow faces, and report each appearance to the server, once, with the best looks.

    Works until it is told to stop (Ctrl-C, SIGTERM). What the server has not taken waits on disk, encrypted. The
    agent's key lies in the state directory, where --enrol puts it, or in VISAVIS_API_KEY; any API key with the
    permission tracks:report will do.

    With --check: ends with 0 if everything works, with 8 if something does not.

    \b
    Examples:
      visavis edge --example > camera.toml
      visavis edge --config camera.toml --enrol va_…
      visavis edge --config camera.toml --check
      visavis edge --config camera.toml
      visavis edge --config camera.toml --status --json
    """
    if example:
        write_data(importlib.import_module("visavis.edge.config").EXAMPLE.rstrip())
        return
    program = _program()
    if enrol is not None:
        made = program.enrol(enrol, config, server)
        invocation.answer(made, lambda console: render_enrolled(console, made))
        return
    if config is None:
        raise ValueInvalid(
            "Which configuration?", hint="Name it with --config, or see: visavis edge --example"
        )
    if check:
        found = program.check(config, invocation.settings())
        invocation.answer(found, lambda console: render_check(console, found))
        raise typer.Exit(0 if found.good else 8)
    if status:
        health = program.status(config)
        invocation.answer(health, lambda console: render_health(console, health))
        return
    program.run(config, invocation.settings(), once=once, again=retry_refused)


def _program() -> _Run:
    """Found by its name, because the command line and the agent do not know each other."""
    try:
        return cast("_Run", importlib.import_module("visavis.edge.run"))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("visavis"):
            raise
        raise DependencyMissing(
            f"The package {error.name.partition('.')[0]}, which the agent needs, is not installed.",
            hint="Run: pip install 'visavis[edge]'",
        ) from error


def render_enrolled(console: "Console", document: "EnrolledDocument") -> None:
    from visavis.cli.tables import print_line

    print_line(
        console,
        ("✓ ", "green"),
        f"{document.agent_name} is enrolled at {document.server}; keys in {document.state}",
    )


def render_check(console: "Console", document: "EdgeCheckDocument") -> None:
    """A line for each thing that was tried."""
    from visavis.cli.tables import print_line

    def line(good: bool, name: str, text: str) -> None:
        print_line(console, ("✓ " if good else "✗ ", "green" if good else "red"), f"{name}: {text}")

    line(not document.model_problem, f"models {document.pack}", document.model_problem or "ready")
    line(document.server.good, "server", document.server.problem or "takes tracks")
    for camera in document.cameras:
        size = f"{camera.width_px}×{camera.height_px}, {camera.faces} faces in the first picture"
        line(camera.good, f"camera {camera.id}", camera.problem or size)


def render_health(console: "Console", health: "AgentHealth") -> None:
    """The agent in a few lines, and a table of its cameras."""
    from visavis.cli.tables import print_line, print_table

    server, spool = health.server, health.spool
    reached = "reached" if server.reachable else f"not reached ({server.problem or 'nothing sent yet'})"
    print_line(
        console, f"visavis {health.version}, {health.split} into {health.gallery}, {health.at:%F %T} UTC"
    )
    print_line(console, f"server {reached}, {server.sent} reports sent")
    print_line(
        console,
        f"waiting {spool.waiting}, dropped {spool.dropped}, refused {spool.refused}, "
        f"unreadable {spool.unreadable}",
    )
    print_line(console, f"{health.cpu_share:.2f} cores, {health.memory_mb:.0f} MiB")
    rows = [
        [
            one.id,
            "connected" if one.connected else "ended" if one.ended else one.problem or "not connected",
            f"{one.frames_per_s:.1f}",
            f"{one.analysed_per_s:.1f}",
            str(one.dropped),
            str(one.following),
            str(one.tracks),
            str(one.interruptions),
        ]
        for one in health.cameras
    ]
    heads = (
        "camera",
        "state",
        ">frames/s",
        ">searched/s",
        ">dropped",
        ">in view",
        ">tracks",
        ">interruptions",
    )
    print_table(console, heads, rows)

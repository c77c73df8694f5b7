"""visavis doctor"""

from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import typer

from visavis.bootstrap.extras import require_store
from visavis.cli.invocation import Invocation, talk_console
from visavis.cli.stores import patience, run
from visavis.domain.errors import DependencyMissing, SettingsInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.settings import Settings
    from visavis.wire.installation import DoctorDocument, Finding

_UNHEALTHY = 9


def doctor(invocation: Invocation) -> None:
    """Say what is wrong with this installation, and how to mend it.

    Looks at Python, packages, settings, permissions, the key, disk space, model files, the database and its
    schema, and computes a template. Changes nothing, and shows no secret.

    Ends with 0 unless there is a problem; warnings do not count.

    \b
    Examples:
      visavis doctor
      visavis doctor --json | jq '.findings[] | select(.state != "ok")'
    """
    from visavis.wire.installation import DoctorDocument

    with talk_console().status("Looking at the program") as status:
        findings = _examined(invocation, status.update)
    document = DoctorDocument.of(findings, version=version("visavis"))
    invocation.answer(document, lambda console: render(console, document))
    raise typer.Exit(0 if document.healthy else _UNHEALTHY)


def _examined(invocation: Invocation, tell: Callable[[str], None]) -> "list[Finding]":
    from visavis.bootstrap.doctor import examine_models, examine_program, problem_of

    try:
        settings = invocation.settings()
    except SettingsInvalid as error:
        return [*examine_program(None), problem_of("settings", error)]
    findings = [*examine_program(settings), *examine_models(settings, tell)]
    tell("Looking at the database")
    return [*findings, *_database(invocation, settings), *_server(settings)]


def _database(invocation: Invocation, settings: "Settings") -> "list[Finding]":
    from visavis.bootstrap.doctor import found

    try:
        require_store()
    except DependencyMissing as error:
        return [found("database", "warning", error.message, error.advice)]
    from visavis.bootstrap.doctor_store import examine_store

    return run(lambda: examine_store(settings, on_wait=patience(invocation)))


def _server(settings: "Settings") -> "list[Finding]":
    from visavis.bootstrap.extras import has_server

    if not has_server():
        return []
    from visavis.bootstrap.doctor_server import examine_server

    return examine_server(settings)


def render(console: "Console", document: "DoctorDocument") -> None:
    """A line for each finding, and below those that need it, how to mend them."""
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line

    signs = {"ok": ("✓", "green"), "warning": ("!", "bold yellow"), "problem": ("✗", "bold red")}
    width = max(len(finding.check) for finding in document.findings)
    for finding in document.findings:
        print_line(console, signs[finding.state], f" {finding.check:<{width}}  {finding.message}")
        if finding.mend and finding.state != "ok":
            print_line(console, " " * (width + 4), ("→ " + finding.mend, "bold"))
    problems = sum(finding.state == "problem" for finding in document.findings)
    verdict = (
        ("Ready to work.", "bold green") if not problems else (f"{counted(problems, 'problem')}.", "bold red")
    )
    print_line(console, verdict, (f" visavis {document.version}", "dim"))

"""The command line: every command, and the outermost handling of errors."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Final

import typer

from visavis.cli import (
    agents,
    alerts,
    apikeys,
    attendance,
    attendance_plan,
    audit,
    backup,
    bench,
    cameras,
    consents,
    console,
    corrections,
    descriptors,
    detect,
    doctor,
    doors,
    drift,
    edge,
    enrol,
    enrol_folder,
    evaluate,
    events,
    galleries,
    gather,
    identify,
    jobs,
    models,
    receipts,
    recordings,
    references,
    reports,
    retention,
    schedules,
    service,
    subjects,
    trials,
    users,
    verify,
    visitors,
)
from visavis.cli.flowing import flowing
from visavis.cli.invocation import Invocation, talk_error, write_data
from visavis.cli.options import common
from visavis.domain.errors import VisavisError

EXIT_BUG: Final = 70
EXIT_INTERRUPTED: Final = 130

_PHOTOS = "Photos"
_GALLERIES = "Galleries and subjects"
_CAMERAS = "Cameras and video"
_GOVERNANCE = "Consent, retention, proof"
_ACCESS = "Who may come in"
_DESCRIPTORS = "Coming from face_recognition or dlib"
_MEASURING = "How good, how fast"
_INSTALLATION = "Installation"

VersionFlag = Annotated[bool, typer.Option("--version", help="Show the version and end.")]


def visavis(invocation: Invocation, show_version: VersionFlag = False) -> None:
    """Recognise people in photographs: decisions at a stated error rate, on your own machine.

    Ends with 0 for a match or success, 1 for a negative decision, 2 for unusable input, 3 refused, 4 failed to
    capture, 5 not found, 6 in conflict with what is stored, 7 no access, 8 not available, 9 wrong
    configuration, 70 a fault of Visavis itself, 130 ended by Ctrl-C.

    \b
    Examples:
      visavis up                                everything, with a console in the browser
      visavis enrol ada ada-1.jpg ada-2.jpg ada-3.jpg
      visavis identify party.jpg --draw who.jpg
      visavis verify passport.jpg selfie.jpg
    """
    if show_version:
        write_data(f"visavis {version('visavis')}")
        raise typer.Exit
    if invocation.subcommand is None:
        raise typer.Exit(_help())


def build() -> typer.Typer:
    """The whole command tree."""
    app = typer.Typer(
        name="visavis",
        callback=common(visavis),
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.command("detect", rich_help_panel=_PHOTOS)(common(detect.detect))
    app.command("verify", rich_help_panel=_PHOTOS)(common(verify.verify))
    app.command("identify", rich_help_panel=_PHOTOS)(common(identify.identify))
    app.command("enrol", rich_help_panel=_PHOTOS)(common(enrol.enrol))
    app.command("enrol-folder", rich_help_panel=_PHOTOS)(common(enrol_folder.enrol_folder))
    app.command("gather", rich_help_panel=_PHOTOS)(common(gather.gather))
    app.command("edge", rich_help_panel=_CAMERAS)(common(edge.edge))
    cameras.add_to(app, _CAMERAS)
    agents.add_to(app, _CAMERAS)
    recordings.add_to(app, _CAMERAS)
    doors.add_to(app, _CAMERAS)
    schedules.add_to(app, _CAMERAS)
    attendance.add_to(app, _CAMERAS)
    attendance_plan.add_to(app, _CAMERAS)
    subjects.add_to(app, _GALLERIES)
    galleries.add_to(app, _GALLERIES)
    app.command("erase", rich_help_panel=_GALLERIES)(common(subjects.erase))
    consents.add_to(app, _GOVERNANCE)
    receipts.add_to(app, _GOVERNANCE)
    reports.add_to(app, _GOVERNANCE)
    retention.add_to(app, _GOVERNANCE)
    audit.add_to(app, _GOVERNANCE)
    users.add_to(app, _ACCESS)
    apikeys.add_to(app, _ACCESS)
    app.command("compare-descriptors", rich_help_panel=_DESCRIPTORS)(common(descriptors.compare_descriptors))
    app.command("import-descriptors", rich_help_panel=_DESCRIPTORS)(common(descriptors.import_descriptors))
    group = models.add_to(app, _INSTALLATION)
    evaluate.add_to(app, group, _MEASURING)
    app.command("bench", rich_help_panel=_MEASURING)(common(bench.bench))
    app.command("doctor", rich_help_panel=_INSTALLATION)(common(doctor.doctor))
    app.command("up", rich_help_panel=_INSTALLATION)(common(service.up))
    app.command("down", rich_help_panel=_INSTALLATION)(common(service.down))
    app.command("serve", rich_help_panel=_INSTALLATION)(common(service.serve))
    app.command("console", rich_help_panel=_INSTALLATION)(common(console.console))
    events.add_to(app, _GALLERIES)
    references.add_to(app, _GALLERIES)
    corrections.add_to(app, _GALLERIES)
    app.command("visitors", rich_help_panel=_GALLERIES)(common(visitors.visitors))
    alerts.add_to(app, _CAMERAS)
    drift.add_to(app, _MEASURING)
    trials.add_to(app, _MEASURING)
    jobs.add_to(app, _INSTALLATION)
    service.add_keys_to(app, _INSTALLATION)
    backup.add_to(app, _INSTALLATION)
    return app


def run(arguments: Sequence[str] | None = None, application: typer.Typer | None = None) -> int:
    """Runs one command and returns its exit code; nothing is raised."""
    invocation = Invocation()
    try:
        flowing(application or build())(args=arguments, obj=invocation, prog_name="visavis")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except VisavisError as error:
        if invocation.debug:
            _traceback()
        return invocation.fail(error)
    except KeyboardInterrupt:
        talk_error("Interrupted.")
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 (the outermost loop of the process)
        return _bug(invocation, error)
    return 0


def main() -> None:
    """The entry point of the program `visavis`."""
    sys.exit(run())


def _bug(invocation: Invocation, error: Exception) -> int:
    """An error that has no class of ours is a fault of the program; its text may hold anything, so it is brief."""
    if invocation.debug:
        _traceback()
        advice = "Please report this, with the traceback above."
    else:
        advice = "Run it again with --debug and report what it shows."
    talk_error(f"This should not happen: {type(error).__name__}.", advice)
    if invocation.as_json:
        from visavis.wire.errors import problem

        write_data(
            problem(VisavisError(f"This should not happen: {type(error).__name__}.", hint=advice)).pretty()
        )
    return EXIT_BUG


def _traceback() -> None:
    import traceback

    traceback.print_exc(file=sys.stderr)


def _help() -> int:
    """Without any command, the help is what was wanted."""
    return run(["--help"])


if __name__ == "__main__":
    main()

"""visavis attendance-plan, attendance-correct, attendance-undo"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.attendance import GalleryArgument
from visavis.cli.given import valid
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.client.synchronous import Client
    from visavis.wire.access import AttendanceCorrectionNote
    from visavis.wire.v1.attendance import PlanNote, PlanWrite


class Kind(StrEnum):
    """`visavis.domain.attendance.AttendanceChange`, repeated because --help must not wait for numpy."""

    IN = "in"
    OUT = "out"
    IGNORE = "ignore"
    EXCUSE = "excuse"


ZoneOption = Annotated[
    str | None,
    typer.Option("--zone", metavar="ZONE", help="Time zone, as Europe/Berlin.", show_default=False),
]
ScheduleOption = Annotated[
    str | None, typer.Option("--schedule", metavar="NAME", help="Planned hours; see visavis schedules.")
]
BoundaryOption = Annotated[
    str, typer.Option("--day-begins", metavar="HH:MM", help="When a day begins, for those who work at night.")
]
CameraOption = Annotated[
    list[str] | None,
    typer.Option("--camera", metavar="NAME:entry|exit", help="What being seen there means; several times."),
]
LiveFlag = Annotated[
    bool, typer.Option("--require-live", help="Only sightings count that a door took for a live person.")
]


def plan(
    invocation: Invocation,
    gallery: GalleryArgument,
    zone: ZoneOption = None,
    schedule: ScheduleOption = None,
    day_begins: BoundaryOption = "00:00",
    camera: CameraOption = None,
    require_live: LiveFlag = False,
    server: ServerOption = None,
) -> None:
    """Show how attendance in a gallery is counted; with --zone, set it wholly.

    \b
    Examples:
      visavis attendance-plan staff --zone Europe/Berlin --schedule office --camera in-1:entry --camera out-1:exit
      visavis attendance-plan staff
    """
    from visavis.wire.passages import AttendancePlanDocument

    given = {
        "zone": zone,
        "schedule": schedule,
        "day_begins": day_begins,
        "cameras": [
            dict(zip(("name", "direction"), one.split(":", 1), strict=False)) for one in camera or []
        ],
        "require_live": require_live,
    }

    async def work() -> "PlanNote":
        from visavis.bootstrap.attendance import plan_note, planned

        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            if zone is None:
                return await plan_note(platform, found, await platform.attendances.plan(found))
            kept = await platform.attendances.set_plan(await planned(platform, found, _plan(given)))
            return await plan_note(platform, found, kept)

    with connected(invocation, server) as client:
        document = AttendancePlanDocument(
            plan=run(work) if client is None else _planned(client, gallery, zone, given)
        )
    invocation.answer(document, lambda console: _render_plan(console, document.plan))


def _planned(client: "Client", gallery: str, zone: str | None, given: object) -> "PlanNote":
    if zone is None:
        return client.attendance.plan(gallery)
    return client.attendance.set_plan(gallery, _plan(given))


def _plan(given: object) -> "PlanWrite":
    """Raises `ValueInvalid`."""
    from visavis.wire.v1.attendance import PlanWrite

    with valid("a plan"):
        return PlanWrite.model_validate(given)


def _render_plan(console: "Console", found: "PlanNote") -> None:
    from visavis.cli.tables import print_facts

    cameras = ", ".join(f"{one.name}:{one.direction or 'as its place says'}" for one in found.cameras)
    print_facts(
        console,
        [
            ("gallery", found.gallery),
            ("time zone", found.zone),
            ("day begins", found.day_begins),
            ("schedule", found.schedule or "–"),
            ("cameras", cameras or "as their places say"),
            ("live people only", "yes" if found.require_live else "no"),
        ],
    )


SubjectArgument = Annotated[UUID, typer.Argument(metavar="SUBJECT", help="Identifier of the subject.")]
KindArgument = Annotated[Kind, typer.Argument(metavar="|".join(Kind), help="What is added to what was seen.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="For whoever looks at it later.", show_default=False)
]
AtOption = Annotated[
    datetime | None,
    typer.Option("--at", metavar="TIME", help="When, on this machine's clock.", show_default=False),
]
EventOption = Annotated[
    UUID | None, typer.Option("--event", metavar="ID", help="Of the sighting to ignore.", show_default=False)
]


def correct(
    invocation: Invocation,
    gallery: GalleryArgument,
    subject: SubjectArgument,
    kind: KindArgument,
    reason: ReasonOption,
    at: AtOption = None,
    event: EventOption = None,
    server: ServerOption = None,
) -> None:
    """Add what the cameras did not see, excuse a day, or leave out a sighting that is wrong. It is audited.

    \b
    Examples:
      visavis attendance-correct staff 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 excuse --at 2026-11-20T09:00 --reason Leave
    """
    moment = at.astimezone() if at is not None else None

    async def work() -> "AttendanceCorrectionNote":
        from visavis.application.passages.plans import CorrectionRequest
        from visavis.domain.attendance import AttendanceChange
        from visavis.domain.event import EventId
        from visavis.domain.subject import SubjectId
        from visavis.wire.access import AttendanceCorrectionNote

        wanted = CorrectionRequest(
            subject_id=SubjectId(subject),
            kind=AttendanceChange(kind.value),
            reason=reason,
            at=moment,
            event_id=EventId(event) if event else None,
        )
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            return AttendanceCorrectionNote.of(await platform.attendances.correct(found, wanted))

    with connected(invocation, server) as client:
        if client is None:
            note = run(work)
        else:
            from visavis.domain.attendance import AttendanceChange

            note = client.attendance.correct(
                gallery, subject, AttendanceChange(kind.value), reason=reason, at=moment, event_id=event
            )
    _tell(invocation, note)


CorrectionArgument = Annotated[UUID, typer.Argument(metavar="ID", help="Of the correction.")]


def undo(
    invocation: Invocation,
    gallery: GalleryArgument,
    correction: CorrectionArgument,
    server: ServerOption = None,
) -> None:
    """Take a correction back: it no longer counts, and stays to be seen.

    \b
    Examples:
      visavis attendance-undo staff 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """

    async def work() -> "AttendanceCorrectionNote":
        from visavis.domain.attendance import CorrectionId
        from visavis.wire.access import AttendanceCorrectionNote

        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            done = await platform.attendances.undo(found.id, CorrectionId(correction))
            return AttendanceCorrectionNote.of(done)

    with connected(invocation, server) as client:
        note = run(work) if client is None else client.attendance.undo(gallery, correction)
    _tell(invocation, note)


def _tell(invocation: Invocation, note: "AttendanceCorrectionNote") -> None:
    from visavis.cli.tables import print_line
    from visavis.wire.passages import AttendanceCorrectionDocument

    state = "undone" if note.undone_at else "counts"
    said = f"{note.id}  {note.kind.value}  {note.at.astimezone():%Y-%m-%d %H:%M}  {state}"
    invocation.answer(
        AttendanceCorrectionDocument(correction=note), lambda console: print_line(console, said)
    )


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the commands to the command line."""
    app.command("attendance-plan", rich_help_panel=panel)(common(plan))
    app.command("attendance-correct", rich_help_panel=panel)(common(correct))
    app.command("attendance-undo", rich_help_panel=panel)(common(undo))

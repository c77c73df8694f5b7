"""visavis doors"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli import door_ask, door_decisions
from visavis.cli.given import valid
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run
from visavis.domain.errors import FileUnreadable

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.passages import DoorsDocument
    from visavis.wire.v1.doors import DoorWrite

DoorArgument = Annotated[str, typer.Argument(metavar="DOOR", help="Name of the door.")]
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON, as PUT /v1/doors/{door} takes it.", show_default=False)
]
GalleryOption = Annotated[
    str | None, typer.Option("--gallery", "-g", metavar="NAME", help="Whose members may pass.")
]
CameraOption = Annotated[
    list[str] | None,
    typer.Option("--camera", metavar="NAME[:entry|:exit]", help="A camera at the door; several times."),
]
ScheduleOption = Annotated[
    str | None, typer.Option("--schedule", metavar="NAME", help="When they may pass; always without it.")
]
AreaOption = Annotated[
    str,
    typer.Option("--area", metavar="NAME", help="What it leads into; doors of an area share who is inside."),
]
LiveFlag = Annotated[
    bool,
    typer.Option("--require-live", help="Only live people pass; without an attack detector nobody does."),
]
SettingsOption = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Everything from a JSON file instead of options."),
]


class Passback(StrEnum):
    """`visavis.domain.door.PassbackMode`, repeated because --help must not wait for numpy."""

    OFF = "off"
    SOFT = "soft"
    HARD = "hard"


PassbackOption = Annotated[
    Passback,
    typer.Option("--passback", metavar="|".join(Passback), help="Coming in twice: noted, or refused."),
]


def doors(invocation: Invocation) -> None:
    """Who may pass which door when, and what was decided there.

    The worker decides as soon as somebody is recognised at a camera of the door; a gate may also ask with a picture.

    \b
    Examples:
      visavis doors set front --gallery staff --camera entrance-1:entry --schedule office
      visavis doors ask front face.jpg
      visavis doors decisions front
    """


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the doors.

    \b
    Examples:
      visavis doors list
      visavis doors list --json
    """
    from visavis.wire.passages import DoorsDocument

    async def work() -> "DoorsDocument":
        from visavis.bootstrap.doors import door_note

        async with open_platform(invocation) as platform:
            views = await platform.doors.all()
            return DoorsDocument(doors=tuple(door_note(platform, one) for one in views))

    with connected(invocation, server) as client:
        document = run(work) if client is None else DoorsDocument(doors=client.doors.list().doors)
    invocation.answer(document, lambda console: render(console, document))


def put(
    invocation: Invocation,
    door: DoorArgument,
    gallery: GalleryOption = None,
    camera: CameraOption = None,
    schedule: ScheduleOption = None,
    area: AreaOption = "",
    passback: PassbackOption = Passback.OFF,
    require_live: LiveFlag = False,
    file: SettingsOption = None,
    server: ServerOption = None,
) -> None:
    """Make a door, or change it wholly: everybody of the gallery may pass while the schedule is open.

    Lists of subjects, several rules and all times are set with --file.

    \b
    Examples:
      visavis doors set front -g staff --camera in-1:entry --camera out-1:exit --schedule office --passback soft
      visavis doors set vault --file vault.json
    """
    from visavis.wire.passages import DoorsDocument

    given = {
        "gallery": gallery,
        "cameras": [_camera(one) for one in camera or []],
        "rules": [{"name": schedule or "everybody", "schedule": schedule}],
        "area": area,
        "passback": {"mode": passback.value},
        "require_live": require_live,
    }
    body = _written(given) if file is None else _read(file)

    async def work() -> "DoorsDocument":
        from visavis.bootstrap.doors import put_door

        async with open_platform(invocation) as platform:
            return DoorsDocument(doors=(await put_door(platform, door, body),))

    with connected(invocation, server) as client:
        document = run(work) if client is None else DoorsDocument(doors=(client.doors.put(door, body),))
    invocation.answer(document, lambda console: render(console, document))


def remove(invocation: Invocation, door: DoorArgument, server: ServerOption = None) -> None:
    """Remove a door with its decisions; the detection log and the audit log keep what they have.

    \b
    Examples:
      visavis doors remove front
    """
    from visavis.cli.tables import print_line
    from visavis.wire.passages import RemovedDocument

    async def work() -> None:
        async with open_platform(invocation) as platform:
            await platform.doors.remove((await platform.doors.get(door)).door.id)

    with connected(invocation, server) as client:
        if client is None:
            run(work)
        else:
            client.doors.remove(door)
    invocation.answer(
        RemovedDocument(removed=door), lambda console: print_line(console, f"{door} is removed.")
    )


def render(console: "Console", document: "DoorsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.doors:
        print_line(console, "There are no doors.")
        return
    rows = [
        (
            one.name,
            one.gallery,
            ", ".join(camera.name for camera in one.cameras) or "–",
            ", ".join(rule.name or rule.schedule or "–" for rule in one.rules) or "nobody",
            one.contact.state if one.contact else "–",
        )
        for one in document.doors
    ]
    print_table(console, ("door", "gallery", "cameras", "rules", "contact"), rows)
    for one in document.doors:
        if one.require_live and not one.liveness_available:
            print_line(
                console,
                ("⚠ ", "red"),
                f"{one.name} asks for live people, and no attack detector is installed: nobody passes.",
            )


def _camera(text: str) -> dict[str, str | None]:
    name, _, direction = text.partition(":")
    return {"name": name, "direction": direction or None}


def _written(given: object) -> "DoorWrite":
    """Raises `ValueInvalid`."""
    from visavis.wire.v1.doors import DoorWrite

    with valid("a door"):
        return DoorWrite.model_validate(given)


def _read(file: Path) -> "DoorWrite":
    import json

    try:
        return _written(json.loads(file.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"{file.name} cannot be read as JSON.") from error


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(doors), no_args_is_help=True)
    group.command("list")(common(listing))
    group.command("set")(common(put))
    group.command("remove")(common(remove))
    group.command("ask")(common(door_ask.ask))
    group.command("decisions")(common(door_decisions.decisions))
    group.command("state")(common(door_decisions.state))
    app.add_typer(group, name="doors", rich_help_panel=panel)

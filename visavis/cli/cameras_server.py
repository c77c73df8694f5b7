"""visavis cameras: those that the server knows"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.cameras import CameraNote, CameraRemovedDocument, CamerasDocument


class DirectionName(StrEnum):
    """What it means to be seen there."""

    PASSING = "passing"
    ENTRY = "entry"
    EXIT = "exit"


NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Of the camera: what its events call their source.")
]
SiteOption = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Where: a house, a shop.")]
ZoneOption = Annotated[
    str | None, typer.Option("--zone", metavar="NAME", help="Where in the site: a door, a hall.")
]
DirectionOption = Annotated[
    DirectionName | None, typer.Option("--direction", help="What it means to be seen there.")
]
NoteOption = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="For whoever looks after it.")]
AfterOption = Annotated[
    str, typer.Option("--after", metavar="NAME", help="Begin behind this camera.", show_default=False)
]
PageSize = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Listed at most.")]


def add(
    invocation: Invocation,
    name: NameArgument,
    site: SiteOption = None,
    zone: ZoneOption = None,
    direction: DirectionOption = None,
    note: NoteOption = None,
    server: ServerOption = None,
) -> None:
    """Tell the server about a camera: from now on its events note where it hangs.

    \b
    Examples:
      visavis cameras add door-1 --site "Head office" --zone Reception --direction entry
    """

    async def work() -> "CameraNote":
        from visavis.domain.camera import Direction, Place
        from visavis.wire.cameras import CameraNote

        place = Place(site=site or "", zone=zone or "", direction=Direction(direction or "passing"))
        async with open_platform(invocation) as platform:
            return CameraNote.of(await platform.cameras.add(name, place, note=note or ""))

    with connected(invocation, server) as client:
        if client is None:
            found = run(work)
        else:
            from visavis.domain.camera import Direction

            found = client.cameras.create(
                name,
                site=site or "",
                zone=zone or "",
                direction=Direction(direction or "passing"),
                note=note or "",
            )
    _answer(invocation, found)


def listing(
    invocation: Invocation,
    site: SiteOption = None,
    zone: ZoneOption = None,
    after: AfterOption = "",
    limit: PageSize = 100,
    server: ServerOption = None,
) -> None:
    """List the cameras that the server knows.

    \b
    Examples:
      visavis cameras list
      visavis cameras list --site "Head office" --json
    """

    async def work() -> "list[CameraNote]":
        from visavis.wire.cameras import CameraNote

        async with open_platform(invocation) as platform:
            page = await platform.cameras.page(site=site, zone=zone, after=after, limit=limit + 1)
        return [CameraNote.of(one) for one in page]

    with connected(invocation, server) as client:
        if client is None:
            found = run(work)
        else:
            from itertools import islice

            listed = (one for one in client.cameras.list(site=site, zone=zone) if one.name > after)
            found = list(islice(listed, limit + 1))
    from visavis.wire.cameras import CamerasDocument

    document = CamerasDocument.of(found, limit=limit)
    invocation.answer(document, lambda console: render(console, document))


def show(invocation: Invocation, name: NameArgument, server: ServerOption = None) -> None:
    """Show where a camera hangs.

    \b
    Examples:
      visavis cameras show door-1
    """

    async def work() -> "CameraNote":
        from visavis.wire.cameras import CameraNote

        async with open_platform(invocation) as platform:
            return CameraNote.of(await platform.cameras.get(name))

    with connected(invocation, server) as client:
        _answer(invocation, run(work) if client is None else client.cameras.get(name))


def move(
    invocation: Invocation,
    name: NameArgument,
    site: SiteOption = None,
    zone: ZoneOption = None,
    direction: DirectionOption = None,
    note: NoteOption = None,
    server: ServerOption = None,
) -> None:
    """Say that a camera hangs elsewhere now; what is not named stays, and old events keep their place.

    \b
    Examples:
      visavis cameras move door-1 --zone "Back door" --direction exit
    """
    from visavis.domain.camera import Direction
    from visavis.wire.v1.cameras import CameraEdit

    given = {"site": site, "zone": zone, "direction": direction and Direction(direction), "note": note}
    change = CameraEdit.model_validate({key: value for key, value in given.items() if value is not None})

    async def work() -> "CameraNote":
        from visavis.wire.cameras import CameraNote

        async with open_platform(invocation) as platform:
            before = await platform.cameras.get(name)
            place = change.place(before.place)
            return CameraNote.of(await platform.cameras.change(name, place=place, note=note))

    with connected(invocation, server) as client:
        _answer(invocation, run(work) if client is None else client.cameras.change(name, change))


def remove(invocation: Invocation, name: NameArgument, server: ServerOption = None) -> None:
    """Forget a camera. Its events stay, with the place that they noted.

    \b
    Examples:
      visavis cameras remove door-1
    """

    async def work() -> None:
        async with open_platform(invocation) as platform:
            await platform.cameras.remove(name)

    with connected(invocation, server) as client:
        if client is None:
            run(work)
        else:
            client.cameras.remove(name)
    from visavis.wire.cameras import CameraRemovedDocument

    document = CameraRemovedDocument(camera=name)
    invocation.answer(document, lambda console: _render_removed(console, document))


def _answer(invocation: Invocation, camera: "CameraNote") -> None:
    from visavis.wire.cameras import CamerasDocument

    document = CamerasDocument.of([camera])
    invocation.answer(document, lambda console: render(console, document))


def render(console: "Console", document: "CamerasDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.cameras:
        print_line(console, "No cameras yet: visavis cameras add NAME --site … --zone …")
        return
    rows = [
        (one.name, one.site or "–", one.zone or "–", one.direction.value, one.note)
        for one in document.cameras
    ]
    print_table(console, ("camera", "site", "zone", "direction", "note"), rows)


def _render_removed(console: "Console", document: "CameraRemovedDocument") -> None:
    from visavis.cli.tables import print_line

    print_line(console, f"{document.camera} is no longer known; its events stay.")


def add_to(group: typer.Typer) -> None:
    """Adds the commands to the group `cameras`."""
    group.command("add")(common(add))
    group.command("list")(common(listing))
    group.command("show")(common(show))
    group.command("move")(common(move))
    group.command("remove")(common(remove))

"""visavis doors ask"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.door_decisions import DoorArgument, line
from visavis.cli.invocation import Invocation
from visavis.cli.options import Photos
from visavis.cli.packs import ready_pack
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from visavis.wire.access import AccessNote

CameraOption = Annotated[
    str, typer.Option("--camera", metavar="NAME", help="As if this camera of the door had seen it.")
]


def ask(
    invocation: Invocation,
    door: DoorArgument,
    photos: Photos,
    camera: CameraOption = "",
    server: ServerOption = None,
) -> None:
    """Ask a door about the one human whom the photos show: may she pass now? Exit code 0 is yes, 1 is no.

    It is decided and logged as for a gate that asks; a controller that follows the door opens it.

    \b
    Examples:
      visavis doors ask front face.jpg
      visavis doors ask front one.jpg two.jpg --camera entrance-1 --json
    """
    from visavis.cli.tables import print_line
    from visavis.wire.passages import AccessDocument

    with connected(invocation, server) as client:
        if client is None:
            note = run(lambda: _here(invocation, door, photos, camera))
        else:
            note = client.doors.decide(door, *photos, camera=camera).decision
    invocation.answer(AccessDocument(decision=note), lambda console: print_line(console, *line(note)))
    raise typer.Exit(0 if note.outcome.value == "granted" else 1)


async def _here(invocation: Invocation, door: str, photos: list[Path], camera: str) -> "AccessNote":
    """In the database of this machine."""
    from visavis.application.passages.ask import Shown
    from visavis.bootstrap.library import read_files
    from visavis.wire.access import AccessNote

    async with open_platform(invocation) as platform:
        found = (await platform.doors.get(door)).door
        gallery = await existing_gallery(platform, found.gallery)
        ready_pack(invocation, platform.settings, gallery.pack)
        work = platform.work(gallery)
        pictures = [content for _, content in read_files(photos, platform.settings.limits.max_image_bytes)]
        ask_door = platform.ask_door(work.inference, work.identify)
        answer = await ask_door(found, gallery, Shown(pictures=pictures), camera=camera)
        best = answer.identification.candidates.best if answer.identification.candidates else None
        named = best is not None and best.subject_id == answer.decision.subject_id
        return AccessNote.of(answer.decision, best.name if best is not None and named else None)

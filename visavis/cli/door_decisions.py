"""visavis doors decisions, doors state"""

from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, data_console, write_data
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.access import AccessNote
    from visavis.wire.v1.doors import DoorState

DoorArgument = Annotated[str, typer.Argument(metavar="DOOR", help="Name of the door.")]
LimitOption = Annotated[
    int, typer.Option("--limit", min=1, max=100_000, metavar="N", help="At most so many.")
]
AfterOption = Annotated[
    int | None,
    typer.Option("--after", min=0, metavar="N", help="Above this sequence, the oldest first."),
]


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


StateArgument = Annotated[State, typer.Argument(metavar="|".join(State), help="What its contact says.")]
_STYLES = {"granted": "green", "denied": "bold red", "held_open": "yellow", "forced": "bold red"}


def decisions(
    invocation: Invocation,
    door: DoorArgument,
    after: AfterOption = None,
    limit: LimitOption = 100,
    server: ServerOption = None,
) -> None:
    """What was decided at a door, and why; the latest first, a line for each. With --json each line is a document.

    \b
    Examples:
      visavis doors decisions front
      visavis doors decisions front --after 1200 --json
    """
    invocation.streaming = True

    async def work() -> "list[AccessNote]":
        from visavis.application.ports.access_decisions import AccessFilter
        from visavis.wire.access import AccessNote

        async with open_platform(invocation) as platform:
            wanted = AccessFilter(door_id=(await platform.doors.get(door)).door.id)
            found = await platform.doors.decisions(wanted, after=after, limit=limit)
            return [AccessNote.of(one.decision, one.subject) for one in found]

    with connected(invocation, server) as client:
        there = client.doors.decisions(door, after=after) if client else None
        found = list(islice(there, limit)) if there else run(work)
    for note in found:
        show(invocation, note)


def state(
    invocation: Invocation, door: DoorArgument, said: StateArgument, server: ServerOption = None
) -> None:
    """Say what the contact of a door says, as its controller does: opened without a grant it was forced.

    \b
    Examples:
      visavis doors state front open
      visavis doors state front closed --json
    """
    from visavis.wire.passages import DoorStateDocument

    async def work() -> "DoorState":
        from visavis.wire.access import AccessNote
        from visavis.wire.v1.doors import ContactNote, DoorState

        async with open_platform(invocation) as platform:
            contact, wrong = await platform.door_contact(door, is_open=said is State.OPEN)
            return DoorState(
                contact=ContactNote.of(contact), decisions=tuple(AccessNote.of(one, None) for one in wrong)
            )

    with connected(invocation, server) as client:
        found = run(work) if client is None else client.doors.tell_state(door, is_open=said is State.OPEN)
    document = DoorStateDocument(door=door, state=found)
    invocation.answer(document, lambda console: _render_state(console, found))


def show(invocation: Invocation, note: "AccessNote") -> None:
    """One decision, in a line."""
    from visavis.cli.tables import print_line
    from visavis.wire.passages import AccessDocument

    if invocation.as_json:
        write_data(AccessDocument(decision=note).line())
    else:
        print_line(data_console(), *line(note))


def line(note: "AccessNote") -> list[str | tuple[str, str]]:
    at, outcome = f"{note.at.astimezone():%Y-%m-%d %H:%M:%S}", note.outcome.value
    who = f"  {note.subject}" if note.subject else ""
    return [f"{note.sequence:>6}  {at}  ", (outcome, _STYLES[outcome]), f"{who}  {note.explanation}"]


def _render_state(console: "Console", found: "DoorState") -> None:
    from visavis.cli.tables import print_line

    print_line(console, f"{found.contact.state} since {found.contact.since.astimezone():%Y-%m-%d %H:%M:%S}")
    for note in found.decisions:
        print_line(console, *line(note))

"""visavis schedules"""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.given import valid
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.passages import SchedulesDocument
    from visavis.wire.v1.schedules import ScheduleWrite

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Of the schedule.")]
ZoneOption = Annotated[str, typer.Option("--zone", metavar="ZONE", help="Time zone, as Europe/Berlin.")]
OpenOption = Annotated[
    list[str] | None,
    typer.Option(
        "--open",
        metavar="DAYS HOURS",
        help="As 'mon-fri 08:00-12:00,13:00-18:00' or 'sat,sun 22:00-06:00'; several times.",
    ),
]
SpecialOption = Annotated[
    list[str] | None,
    typer.Option(
        "--on", metavar="DATE [HOURS]", help="A day that differs, as '2026-12-24 08:00-12:00'; several times."
    ),
]
ClosedOption = Annotated[
    list[str] | None,
    typer.Option("--closed", metavar="DATE", help="A holiday, as 2026-12-25; several times."),
]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{2}:\d{2})-(\d{2}:\d{2})")


def schedules(invocation: Invocation) -> None:
    """When doors are open and people are expected: weekly hours in a time zone, nights, holidays.

    \b
    Examples:
      visavis schedules set office --zone Europe/Berlin --open "mon-fri 08:00-18:00" --closed 2026-12-25
      visavis schedules list
    """


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the schedules, and whether they are open now.

    \b
    Examples:
      visavis schedules list
      visavis schedules list --json
    """
    from visavis.wire.passages import SchedulesDocument

    async def work() -> "SchedulesDocument":
        from visavis.wire.v1.schedules import ScheduleNote

        async with open_platform(invocation) as platform:
            now, found = datetime.now(UTC), await platform.schedules.all()
            return SchedulesDocument(schedules=tuple(ScheduleNote.of(one, now) for one in found))

    with connected(invocation, server) as client:
        document = (
            run(work) if client is None else SchedulesDocument(schedules=client.schedules.list().schedules)
        )
    invocation.answer(document, lambda console: render(console, document))


def put(
    invocation: Invocation,
    name: NameArgument,
    zone: ZoneOption,
    open_: OpenOption = None,
    on: SpecialOption = None,
    closed: ClosedOption = None,
    server: ServerOption = None,
) -> None:
    """Make a schedule, or change it wholly. An end that is not later is one on the next day.

    \b
    Examples:
      visavis schedules set office --zone Europe/Berlin --open "mon-fri 08:00-12:00,13:00-18:00"
      visavis schedules set nights --zone Europe/Berlin --open "mon-sun 22:00-06:00" --closed 2026-12-24
    """
    from visavis.wire.passages import SchedulesDocument

    body = written(zone, open_ or [], [*(on or []), *(closed or [])])

    async def work() -> "SchedulesDocument":
        from visavis.wire.v1.schedules import ScheduleNote

        async with open_platform(invocation) as platform:
            kept = await platform.schedules.put(
                name, zone=body.zone, weekly=body.weekly, special=body.specials
            )
            return SchedulesDocument(schedules=(ScheduleNote.of(kept, datetime.now(UTC)),))

    with connected(invocation, server) as client:
        kept = client.schedules.put(name, body) if client else None
        document = SchedulesDocument(schedules=(kept,)) if kept else run(work)
    invocation.answer(document, lambda console: render(console, document))


def remove(invocation: Invocation, name: NameArgument, server: ServerOption = None) -> None:
    """Remove a schedule that no door and no attendance plan uses any more.

    \b
    Examples:
      visavis schedules remove office
    """
    from visavis.cli.tables import print_line
    from visavis.wire.passages import RemovedDocument

    async def work() -> None:
        async with open_platform(invocation) as platform:
            await platform.schedules.remove(name)

    with connected(invocation, server) as client:
        if client is None:
            run(work)
        else:
            client.schedules.remove(name)
    invocation.answer(
        RemovedDocument(removed=name), lambda console: print_line(console, f"{name} is removed.")
    )


def written(zone: str, week: list[str], special: list[str]) -> "ScheduleWrite":
    """The schedule that the options say. Raises `ValueInvalid`."""
    from visavis.wire.v1.schedules import ScheduleWrite

    spans = spans_of(week)
    with valid("a schedule"):
        return ScheduleWrite.model_validate(
            {"zone": zone, "special": [_special(one) for one in special]} | spans
        )


def spans_of(week: list[str]) -> dict[str, tuple[dict[str, str], ...]]:
    """Of texts such as 'mon-fri 08:00-12:00,13:00-18:00', by day. Raises `ValueInvalid`."""
    from visavis.wire.v1.schedules import DAYS

    found: dict[str, tuple[dict[str, str], ...]] = dict.fromkeys(DAYS, ())
    for text in week:
        days, _, hours = text.strip().partition(" ")
        for number in _numbers(days):
            found[DAYS[number]] += _spans(hours)
    return found


def _special(text: str) -> dict[str, object]:
    day, _, hours = text.strip().partition(" ")
    return {"day": day, "spans": _spans(hours) if hours.strip() else ()}


def _numbers(text: str) -> list[int]:
    """Of days as in 'mon-fri' or 'sat,sun'; a range may go over the end of the week."""
    found: list[int] = []
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            raise ValueInvalid(f"{part!r} is no day.", hint=f"Days are {', '.join(_DAYS)}.")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found += [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
    return found


def _spans(text: str) -> tuple[dict[str, str], ...]:
    found = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise ValueInvalid(f"{part.strip()!r} are no hours.", hint="Write them as 08:00-18:00.")
        found.append({"begins": match[1], "ends": match[2]})
    return tuple(found)


def render(console: "Console", document: "SchedulesDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.schedules:
        print_line(console, "There are no schedules.")
        return
    rows = [
        (
            one.name,
            one.zone,
            ("open", "green") if one.open else ("closed", "dim"),
            f"{one.next_change.astimezone():%Y-%m-%d %H:%M}" if one.next_change else "–",
            f"{len(one.special)}",
        )
        for one in document.schedules
    ]
    print_table(console, ("schedule", "time zone", "now", "until", ">special days"), rows)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(schedules), no_args_is_help=True)
    group.command("list")(common(listing))
    group.command("set")(common(put))
    group.command("remove")(common(remove))
    app.add_typer(group, name="schedules", rich_help_panel=panel)

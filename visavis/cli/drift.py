"""visavis drift"""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.platform import Platform
    from visavis.wire.monitors import DriftDocument, MonitorDocument, MonitorEntry, SignalNote

MonitorArgument = Annotated[UUID, typer.Argument(metavar="ID", help="Of the monitor, as the list shows it.")]
GalleryFilter = Annotated[
    str | None, typer.Option("--gallery", "-g", metavar="NAME", help="Only this gallery.")
]
SourceFilter = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only this camera or application.")
]
AlarmFlag = Annotated[bool, typer.Option("--alarm", help="Only those with an alarm.")]
AfterOption = Annotated[
    UUID | None, typer.Option("--after", metavar="ID", help="Begin behind this monitor.", show_default=False)
]
PageSize = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Listed at most.")]
_STYLES = {"alarm": "bold red", "normal": "green", "learning": "dim"}


def drift(invocation: Invocation) -> None:
    """Does a camera still send what it did: quality, light, colour, sharpness, sizes, scores.

    The worker looks every half minute. What the first captures of a source were like is usual there; an alarm says in
    what they differ now. Alarms are events, too: webhooks get them, and the audit log keeps them.

    \b
    Examples:
      visavis drift list --alarm
      visavis drift show 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
      visavis drift accept 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """


def listing(
    invocation: Invocation,
    gallery: GalleryFilter = None,
    source: SourceFilter = None,
    alarm: AlarmFlag = False,
    after: AfterOption = None,
    limit: PageSize = 100,
    server: ServerOption = None,
) -> None:
    """List the sources that are watched, and what is wrong with them.

    \b
    Examples:
      visavis drift list
      visavis drift list --alarm --json
      visavis drift list --gallery staff --server https://faces.example.org
    """

    async def work() -> "DriftDocument":
        async with open_platform(invocation) as platform:
            return await _listed(platform, gallery, source, alarm=alarm, after=after, limit=limit)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import drift as remote

            document = remote.listing(client, gallery, source, alarm=alarm, after=after, limit=limit)
    invocation.answer(document, lambda console: render(console, document))


def show(invocation: Invocation, monitor: MonitorArgument, server: ServerOption = None) -> None:
    """Show one monitor, signal by signal; with --json the histograms, too.

    \b
    Examples:
      visavis drift show 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
      visavis drift show 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 --json
    """

    async def work() -> "MonitorDocument":
        from visavis.domain.drift import MonitorId
        from visavis.wire.monitors import MonitorDocument

        async with open_platform(invocation) as platform:
            found = await platform.monitors.get(MonitorId(monitor))
            return MonitorDocument.of(found, platform.settings.drift.reference_captures)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import drift as remote

            document = remote.show(client, monitor)
    invocation.answer(document, lambda console: render_one(console, document.monitor))


def accept(invocation: Invocation, monitor: MonitorArgument, server: ServerOption = None) -> None:
    """This is normal now: what is captured from now on becomes the reference, and alarms end.

    For a camera that was moved or replaced, or another season. The audit log keeps who said so.

    \b
    Examples:
      visavis drift accept 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """

    async def work() -> "MonitorDocument":
        from visavis.domain.drift import MonitorId
        from visavis.wire.monitors import MonitorDocument

        async with open_platform(invocation) as platform:
            accepted = await platform.monitors.accept(MonitorId(monitor))
            return MonitorDocument.of(accepted, platform.settings.drift.reference_captures)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import drift as remote

            document = remote.accept(client, monitor)
    invocation.answer(document, lambda console: render_one(console, document.monitor))


def look(invocation: Invocation) -> None:
    """Look at new events now, as the worker does by itself; then list the alarms.

    \b
    Examples:
      visavis drift run
    """

    async def work() -> "DriftDocument":
        async with open_platform(invocation) as platform:
            while await platform.watch_drift():
                pass
            return await _listed(platform, None, None, alarm=True, after=None, limit=1000)

    document = run(work)
    invocation.answer(document, lambda console: render(console, document, nothing="No alarms."))


async def _listed(
    platform: "Platform",
    gallery: str | None,
    source: str | None,
    *,
    alarm: bool,
    after: UUID | None,
    limit: int,
) -> "DriftDocument":
    from visavis.application.ports.monitors import MonitorFilter
    from visavis.domain.drift import MonitorId
    from visavis.wire.monitors import DriftDocument

    place = await existing_gallery(platform, gallery) if gallery else None
    wanted = MonitorFilter(
        gallery_id=place.id if place else None, source=source, alarming=True if alarm else None
    )
    page = await platform.monitors.page(wanted, after=MonitorId(after) if after else None, limit=limit + 1)
    return DriftDocument.of(
        page[:limit],
        platform.settings.drift.reference_captures,
        next_after=str(page[limit - 1].id) if len(page) > limit else None,
    )


def render(
    console: "Console",
    document: "DriftDocument",
    nothing: str = "Nothing is watched yet: the worker looks at the detection log.",
) -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.monitors:
        print_line(console, nothing)
        return
    rows = [
        (
            one.id,
            one.gallery,
            one.source or "–",
            (one.state.value, _STYLES[one.state.value]),
            f"{one.captures:,}",
            f"{one.last_at.astimezone():%Y-%m-%d %H:%M}",
        )
        for one in document.monitors
    ]
    print_table(console, ("monitor", "gallery", "source", "state", ">captures", "last"), rows)
    for one in document.monitors:
        _render_alarms(console, one)


def render_one(console: "Console", monitor: "MonitorEntry") -> None:
    from visavis.cli.tables import print_facts, print_table

    state = monitor.state.value
    print_facts(
        console,
        [
            ("gallery", monitor.gallery),
            ("source", monitor.source or "–"),
            ("state", (state, _STYLES[state])),
            ("reference since", f"{monitor.reference_since.astimezone():%Y-%m-%d %H:%M}"),
            ("captures", f"{monitor.captures:,}"),
        ],
    )
    rows = [
        (
            note.signal.value,
            (note.state.value, _STYLES[note.state.value]),
            f"{note.reference_values:,}",
            _number(note.reference_mean),
            _number(note.mean),
            _number(note.psi),
        )
        for note in monitor.signals
    ]
    print_table(console, ("signal", "state", ">reference", ">mean", ">mean now", ">PSI"), rows)
    _render_alarms(console, monitor)


def _render_alarms(console: "Console", monitor: "MonitorEntry") -> None:
    from visavis.cli.tables import print_line

    for note in monitor.signals:
        if note.alarm_since is not None:
            print_line(console, ("⚠ ", "red"), f"{note.text} ", (f"{note.advice} {_since(note)}", "dim"))


def _since(note: "SignalNote") -> str:
    return f"(since {note.alarm_since.astimezone():%Y-%m-%d %H:%M})" if note.alarm_since else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(drift), no_args_is_help=True)
    group.command("list")(common(listing))
    group.command("show")(common(show))
    group.command("accept")(common(accept))
    group.command("run")(common(look))
    app.add_typer(group, name="drift", rich_help_panel=panel)

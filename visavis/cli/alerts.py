"""visavis alerts"""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli import alert_channels, alert_rules
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run
from visavis.domain.alert_kinds import AlertState, Severity

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.platform import Platform
    from visavis.wire.alert_notes import AlertNote
    from visavis.wire.alerts import AlertsDocument

AlertArgument = Annotated[UUID, typer.Argument(metavar="ID", help="Of the alert, as the list shows it.")]
StateFilter = Annotated[AlertState | None, typer.Option("--state", help="Only those in this state.")]
SeverityFilter = Annotated[Severity | None, typer.Option("--severity", help="Only those of this severity.")]
Remark = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="What is to be said about it.")]
PageSize = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Listed at most.")]
_STYLES = {"critical": "bold red", "warning": "yellow", "info": "dim"}


def alerts(invocation: Invocation) -> None:
    """Who or what somebody must be told of, and how: rules, channels, and the alerts that came of them.

    The worker looks at the detection log as it is written; an alert is out within a second or two.

    \b
    Examples:
      visavis alerts list --state open
      visavis alerts acknowledge 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 --note "on my way"
      visavis alerts channels add phone ntfys://our-alerts
      visavis alerts rules add watchlist --gallery watchlist --channel phone --severity critical
    """


def listing(
    invocation: Invocation,
    state: StateFilter = None,
    severity: SeverityFilter = None,
    limit: PageSize = 100,
    server: ServerOption = None,
) -> None:
    """List alerts, those that changed last first.

    \b
    Examples:
      visavis alerts list
      visavis alerts list --state open --severity critical --json
    """

    async def work() -> "AlertsDocument":
        from visavis.application.ports.alerts import AlertFilter
        from visavis.wire.alert_notes import AlertNote
        from visavis.wire.alerts import AlertsDocument

        async with open_platform(invocation) as platform:
            wanted = AlertFilter(state=state, severity=severity)
            page = await platform.alert_board.page(wanted, limit=limit)
            return AlertsDocument.of([AlertNote.of(one.alert, one.subject) for one in page])

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import alerts as remote

            document = remote.listing(client, state, severity, limit=limit)
    invocation.answer(document, lambda console: render(console, document))


def show(invocation: Invocation, alert: AlertArgument, server: ServerOption = None) -> None:
    """Show one alert.

    \b
    Examples:
      visavis alerts show 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """
    _changed(invocation, alert, None, None, server)


def acknowledge(
    invocation: Invocation, alert: AlertArgument, note: Remark = None, server: ServerOption = None
) -> None:
    """Say that somebody looks after it. The audit log keeps who said so.

    \b
    Examples:
      visavis alerts acknowledge 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 --note "on my way"
    """
    _changed(invocation, alert, AlertState.ACKNOWLEDGED, note, server)


def resolve(
    invocation: Invocation, alert: AlertArgument, note: Remark = None, server: ServerOption = None
) -> None:
    """Say that it is over: what happens from now on is another alert.

    \b
    Examples:
      visavis alerts resolve 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """
    _changed(invocation, alert, AlertState.RESOLVED, note, server)


def _changed(
    invocation: Invocation, alert: UUID, state: AlertState | None, note: str | None, server: str | None
) -> None:
    async def work() -> "AlertsDocument":
        async with open_platform(invocation) as platform:
            return await _change(platform, alert, state, note)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import alerts as remote

            document = remote.changed(client, alert, state, note)
    invocation.answer(document, lambda console: render(console, document))


async def _change(
    platform: "Platform", alert: UUID, state: AlertState | None, note: str | None
) -> "AlertsDocument":
    from visavis.domain.alert import AlertId
    from visavis.wire.alert_notes import AlertNote
    from visavis.wire.alerts import AlertsDocument

    board, alert_id = platform.alert_board, AlertId(alert)
    one = await board.get(alert_id) if state is None else await board.change(alert_id, state, note=note)
    return AlertsDocument.of([AlertNote.of(one.alert, one.subject)])


def render(console: "Console", document: "AlertsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.alerts:
        print_line(console, "No alerts.")
        return
    print_table(
        console,
        ("alert", "rule", "severity", "who or what", "where", "state", ">times", "last"),
        [_row(one) for one in document.alerts],
    )


def _row(one: "AlertNote") -> tuple[str | tuple[str, str], ...]:
    who = (
        one.subject or one.subject_id or (one.outcome.value if one.outcome else one.text or one.trigger.value)
    )
    where = " · ".join(place for place in (one.site, one.zone, one.source) if place)
    return (
        one.id,
        one.rule,
        (one.severity.value, _STYLES[one.severity.value]),
        who,
        where or "–",
        one.state.value,
        f"{one.count:,}",
        f"{one.last_at.astimezone():%Y-%m-%d %H:%M:%S}",
    )


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(alerts), no_args_is_help=True)
    group.command("list")(common(listing))
    group.command("show")(common(show))
    group.command("acknowledge")(common(acknowledge))
    group.command("resolve")(common(resolve))
    alert_rules.add_to(group)
    alert_channels.add_to(group)
    app.add_typer(group, name="alerts", rich_help_panel=panel)

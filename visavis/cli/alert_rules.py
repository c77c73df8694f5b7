"""visavis alerts rules"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.given import valid
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run
from visavis.domain.alert_kinds import Severity, Trigger

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from visavis.wire.alerts import AlertRuleRemovedDocument, AlertRulesDocument
    from visavis.wire.v1.alert_rules import AlertRuleCreate, WeeklyHours

RuleArgument = Annotated[UUID, typer.Argument(metavar="ID", help="Of the rule, as the list shows it.")]
RuleName = Annotated[str, typer.Argument(metavar="NAME", help="Of the rule.")]
Galleries = Annotated[
    list[str] | None, typer.Option("--gallery", metavar="NAME", help="Only of this gallery.")
]
Sources = Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help="Only at this camera.")]
Zones = Annotated[list[str] | None, typer.Option("--zone", metavar="NAME", help="Only in this zone.")]


class Decided(StrEnum):
    """What was decided about a face, as `Outcome` says it."""

    MATCH = "match"
    INCONCLUSIVE = "inconclusive"
    NON_MATCH = "non_match"


Outcomes = Annotated[list[Decided] | None, typer.Option("--outcome", help="non_match: somebody unknown.")]
TriggerOption = Annotated[Trigger, typer.Option("--on", help="What it waits for.")]
SeverityOption = Annotated[Severity, typer.Option("--severity", help="How much it matters.")]
Lasting = Annotated[
    float,
    typer.Option(
        "--lasting", metavar="S", min=0, help="Stayed, or with --on silent sent nothing, for so long."
    ),
]
During = Annotated[
    list[str] | None,
    typer.Option(
        "--during", metavar="DAYS HOURS", help="Only then, as 'mon-fri 22:00-06:00'; several times."
    ),
]
Quietly = Annotated[
    list[str] | None,
    typer.Option(
        "--quiet",
        metavar="DAYS HOURS",
        help="Then only critical alerts are sent; the others are told afterwards.",
    ),
]
ZoneOfTime = Annotated[
    str, typer.Option("--timezone", metavar="ZONE", help="Of --during and --quiet, as Europe/Berlin.")
]
Times = Annotated[
    int, typer.Option("--times", metavar="N", min=0, help="Came at least so often, within --within.")
]
Within = Annotated[float, typer.Option("--within", metavar="S", min=0, help="In which --times are counted.")]
Channels = Annotated[
    list[str] | None, typer.Option("--channel", metavar="NAME", help="Tell it through this channel.")
]
Dedupe = Annotated[
    float, typer.Option("--dedupe", metavar="S", min=0, help="One alert for a subject in this time.")
]
WithPicture = Annotated[bool, typer.Option("--picture", help="With a picture, where policies allow it.")]


def rules(invocation: Invocation) -> None:
    """What raises an alert, and whom it tells.

    \b
    Examples:
      visavis alerts rules list
      visavis alerts rules add watchlist --gallery watchlist --channel phone
    """


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the rules.

    \b
    Examples:
      visavis alerts rules list --json
    """

    async def work() -> "AlertRulesDocument":
        from visavis.wire.alerts import AlertRulesDocument
        from visavis.wire.v1.alert_rules import AlertRuleNote

        async with open_platform(invocation) as platform:
            found = await platform.alert_rules.all()
            return AlertRulesDocument(rules=tuple(AlertRuleNote.of(one) for one in found))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import alerts as remote

            document = remote.rules(client)
    invocation.answer(document, lambda console: render(console, document))


def add(
    invocation: Invocation,
    name: RuleName,
    gallery: Galleries = None,
    source: Sources = None,
    zone: Zones = None,
    outcome: Outcomes = None,
    on: TriggerOption = Trigger.SEEN,
    lasting: Lasting = 0.0,
    times: Times = 0,
    within: Within = 3600.0,
    during: During = None,
    quiet: Quietly = None,
    timezone: ZoneOfTime = "UTC",
    severity: SeverityOption = Severity.WARNING,
    channel: Channels = None,
    dedupe: Dedupe = 300.0,
    picture: WithPicture = False,
    server: ServerOption = None,
) -> None:
    """Add a rule. Particular subjects are set over the API.

    \b
    Examples:
      visavis alerts rules add watchlist --gallery watchlist --channel phone --severity critical
      visavis alerts rules add strangers --zone "Server room" --outcome non_match --lasting 10 --channel phone
      visavis alerts rules add nights --gallery staff --during "mon-sun 22:00-06:00" --timezone Europe/Berlin
      visavis alerts rules add "cameras that are silent" --on silent --lasting 3600 --channel phone
    """
    from visavis.domain.decision import Outcome
    from visavis.wire.v1.alert_rules import AlertRuleCreate, QuietHours, RuleCondition, RuleEffects

    with valid("a rule"):
        condition = RuleCondition(
            trigger=on,
            galleries=tuple(gallery or ()),
            sources=tuple(source or ()),
            zones=tuple(zone or ()),
            outcomes=tuple(Outcome(one.value) for one in outcome or (Decided.MATCH,)),
            lasting_s=lasting,
            times=times,
            within_s=within if times else 0.0,
            when=_hours(during or [], timezone),
        )
        quiet_hours = _hours(quiet or [], timezone)

    def wanted(channels: dict[str, UUID]) -> "AlertRuleCreate":
        told = tuple(_known(channels, one) for one in channel or ())
        with valid("a rule"):
            effects = RuleEffects(
                channels=told,
                dedupe_s=dedupe,
                picture=picture,
                quiet=QuietHours(hours=quiet_hours) if quiet_hours else None,
            )
            return AlertRuleCreate(name=name, severity=severity, condition=condition, effects=effects)

    document = _added(invocation, server, wanted)
    invocation.answer(document, lambda console: render(console, document))


def _added(
    invocation: Invocation, server: str | None, wanted: "Callable[[dict[str, UUID]], AlertRuleCreate]"
) -> "AlertRulesDocument":
    """Here or on the server; `wanted` is told the channels by name."""

    async def work() -> "AlertRulesDocument":
        from visavis.wire.alerts import AlertRulesDocument
        from visavis.wire.v1.alert_rules import AlertRuleNote

        async with open_platform(invocation) as platform:
            found = {one.name: UUID(str(one.id)) for one in await platform.alert_channels.all()}
            rule = wanted(found)
            made = await platform.alert_rules.create(
                rule.name, rule.condition.condition, rule.effects.effects, severity=rule.severity
            )
            return AlertRulesDocument(rules=(AlertRuleNote.of(made),))

    with connected(invocation, server) as client:
        if client is None:
            return run(work)
        from visavis.cli.remote import alerts as remote

        return remote.add_rule(client, wanted)


def remove(invocation: Invocation, rule: RuleArgument, server: ServerOption = None) -> None:
    """Remove a rule; its alerts stay.

    \b
    Examples:
      visavis alerts rules remove 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """
    from visavis.wire.alerts import AlertRuleRemovedDocument

    async def work() -> "AlertRuleRemovedDocument":
        from visavis.domain.alert import RuleId

        async with open_platform(invocation) as platform:
            await platform.alert_rules.remove(RuleId(rule))
        return AlertRuleRemovedDocument(rule=str(rule))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            client.alert_rules.remove(rule)
            document = AlertRuleRemovedDocument(rule=str(rule))
    invocation.answer(document, lambda console: console.print("Removed."))


def _hours(week: list[str], zone: str) -> "WeeklyHours | None":
    """Raises `ValueInvalid`."""
    from visavis.cli.schedules import spans_of
    from visavis.wire.v1.alert_rules import WeeklyHours

    if not week:
        return None
    spans = spans_of(week)
    texts = {day: tuple(f"{one['begins']}-{one['ends']}" for one in found) for day, found in spans.items()}
    return WeeklyHours(zone=zone, **texts)


def _known(channels: dict[str, UUID], name: str) -> UUID:
    """Raises `ChannelNotFound`."""
    from visavis.domain.errors import ChannelNotFound

    if name not in channels:
        raise ChannelNotFound(f"There is no channel {name!r}.", hint="visavis alerts channels list")
    return channels[name]


def render(console: "Console", document: "AlertRulesDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.rules:
        print_line(console, "No rules.")
        return
    rows = [
        (
            one.id,
            one.name,
            "on" if one.enabled else "off",
            one.severity.value,
            one.condition.trigger.value,
            ", ".join((*one.condition.galleries, *one.condition.sources, *one.condition.zones)) or "anywhere",
            f"{len(one.effects.channels)}",
        )
        for one in document.rules
    ]
    print_table(console, ("rule", "name", "", "severity", "waits for", "where", ">channels"), rows)


def add_to(group: typer.Typer) -> None:
    inner = typer.Typer(callback=common(rules), no_args_is_help=True)
    inner.command("list")(common(listing))
    inner.command("add")(common(add))
    inner.command("remove")(common(remove))
    group.add_typer(inner, name="rules")

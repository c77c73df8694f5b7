"""visavis alerts channels"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.given import valid
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run
from visavis.domain.alert_kinds import DispatchState

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.alerts import (
        ChannelRemovedDocument,
        ChannelsDocument,
        ChannelTestDocument,
        DispatchesDocument,
    )
    from visavis.wire.v1.channels import AppriseWanted, MqttWanted, WebhookWanted

ChannelArgument = Annotated[UUID, typer.Argument(metavar="ID", help="Of the channel, as the list shows it.")]
ChannelName = Annotated[str, typer.Argument(metavar="NAME", help="Of the channel.")]
Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="https://… for a signed webhook, mqtts://user@host for a broker, else as Apprise understands it.",
    ),
]
Names = Annotated[bool, typer.Option("--names", help="Messages may carry names of subjects.")]
Pictures = Annotated[bool, typer.Option("--pictures", help="Messages may carry a picture.")]
Publish = Annotated[bool, typer.Option("--publish", help="Of a broker: the detection log goes there, too.")]
HomeAssistant = Annotated[
    bool, typer.Option("--home-assistant", help="Of a broker: tell Home Assistant of cameras and alerts.")
]

StateFilter = Annotated[DispatchState | None, typer.Option("--state", help="dead: the dead letters.")]


def channels(invocation: Invocation) -> None:
    """How alerts reach people and machines: messengers, e-mail, push, signed webhooks, MQTT.

    \b
    Examples:
      visavis alerts channels list
      visavis alerts channels add phone ntfys://our-alerts
      visavis alerts channels test 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the channels, without their secrets.

    \b
    Examples:
      visavis alerts channels list --json
    """

    async def work() -> "ChannelsDocument":
        from visavis.wire.alerts import ChannelsDocument
        from visavis.wire.v1.channels import ChannelNote

        async with open_platform(invocation) as platform:
            found = await platform.alert_channels.all()
            return ChannelsDocument(channels=tuple(ChannelNote.of(one) for one in found))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.wire.alerts import ChannelsDocument

            document = ChannelsDocument(channels=client.channels.list().channels)
    invocation.answer(document, lambda console: render(console, document))


def add(
    invocation: Invocation,
    name: ChannelName,
    address: Address,
    names: Names = False,
    pictures: Pictures = False,
    publish: Publish = False,
    home_assistant: HomeAssistant = False,
    server: ServerOption = None,
) -> None:
    """Add a channel. The password of a broker is asked for, or read from the environment variable
    VISAVIS_CHANNEL_PASSWORD.

    \b
    Examples:
      visavis alerts channels add phone ntfys://our-alerts
      visavis alerts channels add gate https://hooks.example.org/alerts --names
      visavis alerts channels add home mqtts://visavis@broker.example.org --publish --home-assistant
    """
    from visavis.wire.v1.channels import ChannelCreate

    with valid("a channel"):
        wanted = ChannelCreate(
            name=name,
            target=_target(address, publish=publish, home_assistant=home_assistant),
            names=names,
            pictures=pictures,
        )

    async def work() -> "ChannelsDocument":
        from visavis.application.alerts.channels import new_secret
        from visavis.wire.alerts import ChannelsDocument
        from visavis.wire.v1.channels import ChannelNote, target_of

        secret = new_secret()
        async with open_platform(invocation) as platform:
            made = await platform.alert_channels.create(
                name, target_of(wanted.target, secret), names=names, pictures=pictures
            )
        shown = secret if wanted.target.kind == "webhook" else None
        return ChannelsDocument(channels=(ChannelNote.of(made),), secret=shown)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.wire.alerts import ChannelsDocument

            made = client.channels.create(wanted)
            document = ChannelsDocument(channels=(made.channel,), secret=made.secret)
    invocation.answer(document, lambda console: render(console, document))


def remove(invocation: Invocation, channel: ChannelArgument, server: ServerOption = None) -> None:
    """Remove a channel, with its messages.

    \b
    Examples:
      visavis alerts channels remove 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """
    from visavis.wire.alerts import ChannelRemovedDocument

    async def work() -> "ChannelRemovedDocument":
        from visavis.domain.alert import ChannelId

        async with open_platform(invocation) as platform:
            await platform.alert_channels.remove(ChannelId(channel))
        return ChannelRemovedDocument(channel=str(channel))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            client.channels.remove(channel)
            document = ChannelRemovedDocument(channel=str(channel))
    invocation.answer(document, lambda console: console.print("Removed."))


def trial(invocation: Invocation, channel: ChannelArgument, server: ServerOption = None) -> None:
    """Send a test, at once and once.

    \b
    Examples:
      visavis alerts channels test 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """
    from visavis.wire.alerts import ChannelTestDocument

    def document_of(accepted: bool, status: int | None, error: str) -> "ChannelTestDocument":
        return ChannelTestDocument(
            channel=str(channel), at=datetime.now(UTC), accepted=accepted, status=status, error=error
        )

    async def work() -> "ChannelTestDocument":
        from visavis.domain.alert import ChannelId

        async with open_platform(invocation) as platform:
            answer = await platform.alert_channels.test(ChannelId(channel))
        return document_of(answer.accepted, answer.status, answer.error)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            said = client.channels.test(channel)
            document = document_of(said.accepted, said.status, said.error)
    invocation.answer(
        document, lambda console: console.print("Accepted." if document.accepted else document.error)
    )
    if not document.accepted:
        raise typer.Exit(1)


def deliveries(
    invocation: Invocation, channel: ChannelArgument, state: StateFilter = None, server: ServerOption = None
) -> None:
    """What became of the messages of a channel; the latest first.

    \b
    Examples:
      visavis alerts channels deliveries 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 --state dead
    """
    from visavis.wire.alerts import DispatchesDocument

    async def work() -> "DispatchesDocument":
        from visavis.domain.alert import ChannelId
        from visavis.wire.v1.channels import DispatchNote

        async with open_platform(invocation) as platform:
            found = await platform.alert_channels.dispatches(channel_id=ChannelId(channel), state=state)
        return DispatchesDocument(deliveries=tuple(DispatchNote.of(one) for one in found))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            document = DispatchesDocument(
                deliveries=client.channels.deliveries(channel, state=state).deliveries
            )
    invocation.answer(document, lambda console: render_deliveries(console, document))


def _target(
    address: str, *, publish: bool, home_assistant: bool
) -> "AppriseWanted | WebhookWanted | MqttWanted":
    import os
    from urllib.parse import urlsplit

    from visavis.wire.v1.channels import AppriseWanted, MqttWanted, WebhookWanted

    parts = urlsplit(address)
    if parts.scheme in ("https", "http"):
        return WebhookWanted(kind="webhook", url=address)
    if parts.scheme not in ("mqtt", "mqtts"):
        return AppriseWanted(kind="apprise", address=address)
    secret = os.environ.get("VISAVIS_CHANNEL_PASSWORD")
    if secret is None:
        secret = (
            typer.prompt("Password of the broker", hide_input=True, default="", err=True)
            if parts.username
            else ""
        )
    tls = parts.scheme == "mqtts"
    return MqttWanted(
        kind="mqtt",
        host=parts.hostname or "",
        port=parts.port or (8883 if tls else 1883),
        tls=tls,
        user=parts.username or "",
        password=secret,
        publish=publish or home_assistant,
        discovery="homeassistant" if home_assistant else "",
    )


def render(console: "Console", document: "ChannelsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.channels:
        print_line(console, "No channels.")
        return
    rows = [
        (one.id, one.name, one.kind.value, one.leads_to, "on" if one.enabled else "off")
        for one in document.channels
    ]
    print_table(console, ("channel", "name", "kind", "leads to", ""), rows)
    if document.secret is not None:
        print_line(console, f"Secret of the signatures, shown this once: {document.secret}")


def render_deliveries(console: "Console", document: "DispatchesDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.deliveries:
        print_line(console, "No messages.")
        return
    rows = [
        (
            one.id,
            one.alert_id or "summary",
            one.state.value,
            f"{one.attempts}",
            f"{one.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
            one.error,
        )
        for one in document.deliveries
    ]
    print_table(console, ("message", "alert", "state", ">tries", "made", "what went wrong"), rows)


def add_to(group: typer.Typer) -> None:
    inner = typer.Typer(callback=common(channels), no_args_is_help=True)
    inner.command("list")(common(listing))
    inner.command("add")(common(add))
    inner.command("remove")(common(remove))
    inner.command("test")(common(trial))
    inner.command("deliveries")(common(deliveries))
    group.add_typer(inner, name="channels")

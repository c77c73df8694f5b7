"""visavis agents"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run

if TYPE_CHECKING:
    from visavis.bootstrap.platform import Platform
    from visavis.client.synchronous import Client
    from visavis.domain.agent import Agent
    from visavis.wire.agents import AgentDocument, AgentInvitedDocument, AgentRevokedDocument, AgentsDocument

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Of the agent.")]
GalleriesOption = Annotated[
    list[str] | None,
    typer.Option("--gallery", "-g", metavar="NAME", help="It may use this one; repeat it. None: all."),
]
HoursOption = Annotated[
    float, typer.Option("--hours", metavar="N", min=0.01, max=720.0, help="The token can be used so long.")
]
FileArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="TOML or JSON, as for: visavis edge --config", show_default=False),
]
VersionOption = Annotated[
    int, typer.Option("--to", metavar="N", min=0, help="This version; 0: the one before the last.")
]


def agents(invocation: Invocation) -> None:
    """Devices beside cameras: let them in, tell them what to do, see how they are.

    \b
    Examples:
      visavis agents invite gate-north --gallery staff
      visavis agents configure gate-north camera.toml
      visavis agents list
      visavis agents rollback gate-north
      visavis agents revoke gate-north
    """


def invite(
    invocation: Invocation,
    name: NameArgument,
    galleries: GalleriesOption = None,
    hours: HoursOption = 24.0,
    server: ServerOption = None,
) -> None:
    """Make a one-time token with which a device enrols. It is shown this once.

    \b
    Examples:
      visavis agents invite gate-north --gallery staff --hours 2
      visavis agents invite shop --server https://faces.example.org
    """
    from visavis.cli.agents_shown import render_invited
    from visavis.wire.agents import AgentInvitedDocument

    chosen = tuple(galleries) if galleries else None

    async def work() -> "AgentInvitedDocument":
        from datetime import timedelta

        from visavis.wire.v1.agents import InvitationIssued

        async with open_platform(invocation) as platform:
            limited = None if chosen is None else frozenset(chosen)
            issued = await platform.invite_agent(name, galleries=limited, lasts=timedelta(hours=hours))
            return AgentInvitedDocument(invitation=InvitationIssued.of(issued.invitation, issued.token))

    with connected(invocation, server) as client:
        document = (
            run(work)
            if client is None
            else AgentInvitedDocument(invitation=client.agents.invite(name, galleries=chosen, hours=hours))
        )
    invocation.answer(document, lambda console: render_invited(console, document))


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the agents: what they ought to run, what they run, and whether they and their cameras are up.

    \b
    Examples:
      visavis agents list
      visavis agents list --json
    """
    from visavis.cli.agents_shown import render
    from visavis.wire.agents import AgentsDocument

    async def work() -> "AgentsDocument":
        async with open_platform(invocation) as platform:
            found = await platform.fleet.page(limit=10_000)
            return AgentsDocument(agents=tuple(platform.agent_entry(one) for one in found))

    with connected(invocation, server) as client:
        document = run(work) if client is None else AgentsDocument(agents=tuple(client.agents.list()))
    invocation.answer(document, lambda console: render(console, document))


def show(invocation: Invocation, name: NameArgument, server: ServerOption = None) -> None:
    """Show one agent: its cameras, its configuration with passwords masked, and the versions of that.

    \b
    Examples:
      visavis agents show gate-north
      visavis agents show gate-north --json
    """

    async def here(platform: "Platform", agent: "Agent") -> "Agent":  # noqa: ARG001
        return agent

    def there(client: "Client", agent_id: str) -> None:
        """It is only looked at."""

    _one(invocation, name, server, here, there)


def configure(
    invocation: Invocation, name: NameArgument, file: FileArgument, server: ServerOption = None
) -> None:
    """Tell an agent what to do: cameras, thresholds, how the work is split, the model pack.

    The file is that of `visavis edge --config`; what only the device decides in it (server, hooks, state) is left
    out. The agent fetches the new version by itself, and goes on with the old one if it cannot apply it.

    \b
    Examples:
      visavis agents configure gate-north camera.toml
    """
    from visavis.cli.agents_shown import workload_from

    workload = workload_from(file)

    async def here(platform: "Platform", agent: "Agent") -> "Agent":
        return await platform.configure_agent(agent.id, workload)

    _one(invocation, name, server, here, lambda client, agent_id: client.agents.configure(agent_id, workload))


def rollback(
    invocation: Invocation, name: NameArgument, version: VersionOption = 0, server: ServerOption = None
) -> None:
    """Bring back an earlier configuration, as a new version with the old content.

    \b
    Examples:
      visavis agents rollback gate-north
      visavis agents rollback gate-north --to 2
    """

    async def here(platform: "Platform", agent: "Agent") -> "Agent":
        return await platform.fleet.roll_back(agent.id, version)

    _one(invocation, name, server, here, lambda client, agent_id: client.agents.roll_back(agent_id, version))


def revoke(invocation: Invocation, name: NameArgument, server: ServerOption = None) -> None:
    """Refuse an agent from now on. It erases its copies of galleries when it hears that.

    \b
    Examples:
      visavis agents revoke gate-north
    """
    from visavis.cli.agents_shown import found_on
    from visavis.wire.agents import AgentRevokedDocument

    async def work() -> "AgentRevokedDocument":
        async with open_platform(invocation) as platform:
            agent = await platform.fleet.by_name(name)
            await platform.fleet.revoke(agent.id)
            return AgentRevokedDocument(agent=name, id=str(agent.id))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            agent_id = found_on(client, name)
            client.agents.revoke(agent_id)
            document = AgentRevokedDocument(agent=name, id=agent_id)
    from visavis.cli.tables import print_line

    invocation.answer(document, lambda console: print_line(console, f"{name} is revoked."))


def _one(
    invocation: Invocation,
    name: str,
    server: str | None,
    here: "Callable[[Platform, Agent], Awaitable[Agent]]",
    there: "Callable[[Client, str], object]",
) -> None:
    """Does something with one agent, here or there, and shows what became of it."""
    from visavis.cli.agents_shown import found_on, render_one
    from visavis.wire.agents import AgentDocument

    async def work() -> "AgentDocument":
        async with open_platform(invocation) as platform:
            agent = await here(platform, await platform.fleet.by_name(name))
            return AgentDocument(agent=await platform.agent_detail(agent))

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            agent_id = found_on(client, name)
            there(client, agent_id)
            document = AgentDocument(agent=client.agents.get(agent_id))
    invocation.answer(document, lambda console: render_one(console, document.agent))


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(agents), no_args_is_help=True)
    group.command("invite")(common(invite))
    group.command("list")(common(listing))
    group.command("show")(common(show))
    group.command("configure")(common(configure))
    group.command("rollback")(common(rollback))
    group.command("revoke")(common(revoke))
    app.add_typer(group, name="agents", rich_help_panel=panel)

"""Agents as the command line shows them, and their configurations as it reads them."""

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from visavis.domain.errors import AgentNotFound, FileUnreadable, SettingsInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.client.synchronous import Client
    from visavis.wire.agents import AgentInvitedDocument, AgentsDocument
    from visavis.wire.edge import Workload
    from visavis.wire.v1.agents import AgentDetail, AgentEntry

_MOST_BYTES = 4 * 2**20
_STYLES = {"up": "green", "silent": "bold red"}


def found_on(client: "Client", name: str) -> str:
    """The identifier of an agent of a server. Raises `AgentNotFound`."""
    found = next((one.id for one in client.agents.list() if one.name == name), None)
    if found is None:
        raise AgentNotFound(f"There is no agent {name!r}.")
    return found


def workload_from(path: Path) -> "Workload":
    """What of a configuration file a server may change. Values are not repeated: addresses may hold passwords.

    Raises `FileUnreadable`, `SettingsInvalid` naming every field that is wrong.
    """
    from pydantic import ValidationError

    from visavis.wire.edge import AgentConfig, Workload

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileUnreadable(f"{path} is too large for a configuration.")
        text = path.read_text("utf-8")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise FileUnreadable(f"The configuration {path} cannot be read.") from error
    if not isinstance(values, dict):
        raise SettingsInvalid("The configuration is no table of options.")
    own = set(AgentConfig.model_fields) - set(Workload.model_fields)
    kept = {name: value for name, value in values.items() if name not in own}
    try:
        return Workload.model_validate_json(json.dumps(kept, default=str))
    except ValidationError as error:
        problems = tuple(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise SettingsInvalid(
            f"The configuration is wrong: {'; '.join(problems)}.",
            hint="See all options with: visavis edge --example",
            reasons=problems,
        ) from error


def render_invited(console: "Console", document: "AgentInvitedDocument") -> None:
    from visavis.cli.tables import print_facts, print_line

    issued = document.invitation
    galleries = "all" if issued.galleries is None else ", ".join(issued.galleries)
    print_facts(
        console,
        [
            ("agent", issued.name),
            ("galleries", galleries),
            ("until", f"{issued.expires_at.astimezone():%Y-%m-%d %H:%M}"),
        ],
    )
    print_line(console, "On the device, once:")
    print_line(console, f"  visavis edge --enrol {issued.token} --server URL")


def render(console: "Console", document: "AgentsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.agents:
        print_line(console, "There is no agent yet: visavis agents invite NAME")
        return
    rows = [
        (
            one.name,
            (one.state.value, _STYLES[one.state.value]),
            _cameras(one),
            _configured(one),
            f"{one.report.health.spool.waiting:,}" if one.report else "–",
            one.report.health.version if one.report else "–",
            f"{one.reported_at.astimezone():%Y-%m-%d %H:%M:%S}" if one.reported_at else "never",
        )
        for one in document.agents
    ]
    heads = ("agent", "state", ">cameras", "configuration", ">waiting", "version", "heard of")
    print_table(console, heads, rows)
    for one in document.agents:
        if one.failed:
            told = f"{one.name}: version {one.failed} could not be applied: {one.failure}"
            print_line(console, ("⚠ ", "red"), told)


def render_one(console: "Console", agent: "AgentDetail") -> None:
    from visavis.cli.tables import print_facts, print_line, print_table

    facts: list[tuple[str, str | tuple[str, str]]] = [
        ("id", agent.id),
        ("state", (agent.state.value, _STYLES[agent.state.value])),
        ("galleries", "all" if agent.galleries is None else ", ".join(agent.galleries)),
        ("configuration", _configured(agent)),
    ]
    if agent.failed:
        facts.append(("failed", f"version {agent.failed}: {agent.failure}"))
    if agent.workload is not None:
        facts += [("split", agent.workload.split.value), ("pack", agent.workload.pack)]
    print_facts(console, facts)
    health = {one.id: one for one in agent.report.health.cameras} if agent.report else {}
    wanted = {one.id: one.address for one in agent.workload.cameras} if agent.workload else {}
    rows = []
    for name in sorted(health.keys() | wanted.keys()):
        seen = health.get(name)
        state = "–" if seen is None else ("up" if seen.connected else f"down {seen.problem}".strip())
        rate = f"{seen.frames_per_s:.1f}" if seen else "–"
        dropped = f"{seen.dropped:,}" if seen else "–"
        rows.append((name, wanted.get(name, "–"), state, rate, dropped))
    if rows:
        print_table(console, ("camera", "address", "state", ">frames/s", ">dropped"), rows)
    for version in agent.versions[:10]:
        copy = f", brings back {version.copy_of}" if version.copy_of else ""
        print_line(
            console,
            f"version {version.version}, {version.created_at.astimezone():%Y-%m-%d %H:%M}, "
            f"{version.created_by}{copy}",
        )


def _cameras(agent: "AgentEntry") -> str:
    if agent.report is None:
        return "–"
    cameras = agent.report.health.cameras
    return f"{sum(one.connected for one in cameras)}/{len(cameras)}"


def _configured(agent: "AgentEntry") -> str:
    if agent.desired == 0:
        return "its own file"
    if agent.applied == agent.desired:
        return f"{agent.applied}"
    return f"{agent.applied} → {agent.desired}"
